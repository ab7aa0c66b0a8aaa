"""Every random number of a run comes from here: one seed and a purpose give one generator."""

from __future__ import annotations

from hashlib import sha256


def derive_seed(seed: int, purpose: str) -> int:
    """Return a seed in ``[0, 2**63)`` that depends on ``seed`` and ``purpose`` alone.

    The same on every machine and Python (SHA-256 of the text ``"seed/purpose"``); two purposes give
    unrelated streams.

    Args:
        seed: The seed of the model, noise or split.
        purpose: What the numbers are for, such as ``"order"`` or ``"init"``.

    Returns:
        An integer in ``[0, 2**63)``.

    Example:
        >>> derive_seed(0, "order") == derive_seed(0, "order")
        True
        >>> derive_seed(0, "order") == derive_seed(0, "init")
        False
    """
    digest = sha256(f"{seed}/{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
