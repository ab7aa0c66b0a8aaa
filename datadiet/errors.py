"""What can go wrong, as one tree, with the wording of every message.

DataDietError
├── ConfigError            a setting, option or argument has a value that is not allowed
├── DataError              an array, label or image that cannot be used
│   ├── SourceError        a source that cannot be read, or is not a labelled image set
│   └── ImageDecodeError   the bytes of one image cannot become pixels; skipped and listed, never fatal
├── ModelError             a model that cannot be built, trained or scored per example
├── TrainingError          a training that stopped without a usable model
├── StoreError             a workspace, a run or a file in it
│   ├── NotFoundError      asked for by name and absent: a run, a checkpoint step, a score
│   ├── CorruptFileError   a stored file that is not what was written
│   └── DatabaseError      the workspace database: locked, newer, unreachable
└── JobError               a job that was lost, cancelled or died

Messages are built by named constructors, so that their wording is tested in one file. Each says the
name as the user wrote it, the value, what is allowed, and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Self


class DataDietError(Exception):
    """Anything that datadiet refuses, in one sentence; the command line prints it and exits with 1."""


class ConfigError(DataDietError):
    """A setting, option or argument has a value that is not allowed."""

    @classmethod
    def unknown_setting(cls, name: str, known: Iterable[str]) -> Self:
        """Return the error for a setting that does not exist, with the nearest one that does."""
        close = get_close_matches(name, list(known), n=1)
        hint = f"Did you mean {close[0]}?" if close else f"Known settings: {', '.join(sorted(known))}."
        return cls(f"Unknown setting {name}. {hint}")

    @classmethod
    def unknown_choice(cls, name: str, value: object, allowed: Iterable[str]) -> Self:
        """Return the error for a value that is not one of a few names."""
        return cls(f"{name} is {value!r}; it must be one of {', '.join(allowed)}.")

    @classmethod
    def out_of_range(cls, name: str, value: object, allowed: str) -> Self:
        """Return the error for a number outside its range; ``allowed`` reads like ``in (0, 1]``."""
        return cls(f"{name} is {value}; it must be {allowed}.")


class DataError(DataDietError):
    """An array, label or image that cannot be used."""


class SourceError(DataError):
    """A source that cannot be read, or is not a labelled image set."""


class ImageDecodeError(DataError):
    """The bytes of one image cannot become pixels; the message is the reason that is listed."""


class ModelError(DataDietError):
    """A model that cannot be built, trained or scored per example."""


class TrainingError(DataDietError):
    """A training that stopped without a usable model."""


class StoreError(DataDietError):
    """A workspace, a run, or a file in it."""


class NotFoundError(StoreError):
    """Something asked for by name that is not there."""


class CorruptFileError(StoreError):
    """A stored file that is not what was written."""

    @classmethod
    def wrong_digest(cls, path: Path) -> Self:
        """Return the error for a file whose bytes differ from its checksum."""
        return cls(
            f"{path} is damaged: its bytes differ from its checksum. "
            "Delete the folder or file it names and run the same command again to compute it anew."
        )


class DatabaseError(StoreError):
    """The workspace database: locked, newer than this program, or unreachable."""


class JobError(DataDietError):
    """A job that was lost, cancelled or died."""
