"""Session keys of the fields of a new audit."""

from __future__ import annotations


def key_of(name: str) -> str:
    """Return the session key of a field."""
    return f"new-audit-{name}"
