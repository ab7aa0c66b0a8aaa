"""How a fraction becomes a count: one rule for every selection."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def nearest_count(fraction: float, total: int) -> int:
    """Return ``fraction × total`` rounded to the nearest integer, a half up.

    The fraction is read as the decimal that it prints as, so that 0.35 of 10 is 4 (3.5, a half up)
    although the float 0.35 is a little less.

    Args:
        fraction: In ``[0, 1]``.
        total: Examples that the fraction is of.

    Example:
        >>> nearest_count(0.35, 10), nearest_count(0.4, 50_000)
        (4, 20000)
    """
    product = Decimal(repr(float(fraction))) * total
    return int(product.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def kept_count(keep_fraction: float, total: int) -> int:
    """Return how many of ``total`` examples a selection keeps: the nearest count, at least 1.

    Args:
        keep_fraction: In ``(0, 1]``.
        total: Training examples, at least 1.

    Example:
        >>> kept_count(0.001, 10)
        1
    """
    return min(total, max(1, nearest_count(keep_fraction, total)))
