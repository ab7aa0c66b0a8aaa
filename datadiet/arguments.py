"""What callers in Python hand over, looked at before anything is done: whole numbers, kinds of values."""

from __future__ import annotations

import os
from numbers import Integral
from pathlib import Path

from datadiet.errors import ConfigError

MOST_SEEDS, MOST_WORKERS = 1000, 256  # beyond either, somebody has mistyped
LONGEST_SHOWN = 80  # characters of a value that is refused


def check_whole(name: str, value: object, *, least: int, most: int | None = None) -> None:
    """Refuse what is no whole number, or one below ``least`` or above ``most``; True and False are none.

    Raises:
        ConfigError: It is refused; the sentence has its name and what is allowed.
    """
    whole = int(value) if isinstance(value, Integral) and not isinstance(value, bool) else None
    if whole is None or whole < least or (most is not None and whole > most):
        allowed = f"from {least} up" if most is None else f"from {least} to {most}"
        raise ConfigError.out_of_range(name, value, f"a whole number {allowed}")


def check_kind(name: str, value: object, kinds: type | tuple[type, ...], allowed: str) -> None:
    """Refuse what is an instance of none of ``kinds``; ``allowed`` says in words what it must be.

    Raises:
        ConfigError: It is refused; the sentence has its name, its value and what is allowed.
    """
    if not isinstance(value, kinds):
        raise ConfigError.out_of_range(name, _shown(value), allowed)


def _shown(value: object) -> str:
    """Return a value on one line, and not too much of it: an array would print itself over many."""
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def as_folder(name: str, value: object) -> Path:
    """Return a folder that was given as text or as a path.

    Raises:
        ConfigError: It is neither, or holds a null character.
    """
    if not isinstance(value, str | os.PathLike):
        raise ConfigError.out_of_range(name, _shown(value), "the path of a folder")
    path = Path(value)
    if "\0" in str(path):
        allowed = "a path that a system can have, without a null character"
        raise ConfigError.out_of_range(name, _shown(value), allowed)
    return path
