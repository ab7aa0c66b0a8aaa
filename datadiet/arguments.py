"""What callers in Python hand over, looked at before anything is done: whole numbers, kinds of values."""

from __future__ import annotations

import os
from numbers import Integral
from pathlib import Path

from datadiet.errors import ConfigError


def check_whole(name: str, value: object, *, least: int) -> None:
    """Refuse what is no whole number, or one below ``least``; True and False are none.

    Raises:
        ConfigError: It is refused; the sentence has its name and what is allowed.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ConfigError.out_of_range(name, value, f"a whole number from {least} up")


def check_kind(name: str, value: object, kinds: type | tuple[type, ...], allowed: str) -> None:
    """Refuse what is an instance of none of ``kinds``; ``allowed`` says in words what it must be.

    Raises:
        ConfigError: It is refused; the sentence has its name, its value and what is allowed.
    """
    if not isinstance(value, kinds):
        raise ConfigError.out_of_range(name, repr(value)[:200], allowed)


def as_folder(name: str, value: object) -> Path:
    """Return a folder that was given as text or as a path.

    Raises:
        ConfigError: It is neither.
    """
    check_kind(name, value, (str, os.PathLike), "the path of a folder")
    return Path(value)  # type: ignore[arg-type]
