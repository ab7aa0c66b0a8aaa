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
    def unknown_model(cls, name: str, known: Iterable[str]) -> Self:
        """Return the error for a model name that is neither ours, nor torchvision's, nor an import path."""
        close = get_close_matches(name, list(known), n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        return cls(
            f"model is {name!r}; it must be quick, resnet18, resnet50, a classification network of "
            f"torchvision, or an import path module:factory.{hint}"
        )

    @classmethod
    def out_of_range(cls, name: str, value: object, allowed: str) -> Self:
        """Return the error for a number outside its range; ``allowed`` reads like ``in (0, 1]``."""
        return cls(f"{name} is {value}; it must be {allowed}.")


class DataError(DataDietError):
    """An array, label or image that cannot be used."""


class SourceError(DataError):
    """A source that cannot be read, or is not a labelled image set."""


class ImageDecodeError(DataError):
    """The bytes of one image cannot become pixels; the message is the reason that is listed.

    Args:
        reason: A sentence for the table of problems.
        kind: Kind of problem, as in the table: unreadable, not_an_image, missing_file or outside_root.
    """

    def __init__(self, reason: str, kind: str = "unreadable") -> None:
        super().__init__(reason)
        self.kind = kind


class ModelError(DataDietError):
    """A model that cannot be built, trained or scored per example."""

    @classmethod
    def batch_statistics(cls, layer: str, kind: str, state: str) -> Self:
        """Return the error for a layer that reads the whole batch, so no example has its own gradient."""
        return cls(
            f"Layer {layer or kind} ({kind}) {state}, so it mixes the images of a batch and no image has a "
            "gradient of its own. Call model.eval(), and keep running statistics."
        )

    @classmethod
    def depends_on_batch(cls, kind: str) -> Self:
        """Return the error for a model whose output for an image is not a function of that image."""
        return cls(
            f"{kind} gives an image other logits alone than beside another image, so it has no gradient per "
            "image. It must neither mix the images of a batch nor draw random numbers in evaluation mode."
        )

    @classmethod
    def does_not_take(cls, name: str, what: str, error: Exception) -> Self:
        """Return the error for a network that fails on the images it is to read."""
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
        return cls(
            f"{name} does not take {what}: {reason}. "
            "Choose another --image-size, or --model quick or resnet18."
        )

    @classmethod
    def other_weights(cls, name: str) -> Self:
        """Return the error for stored weights that belong to another network."""
        return cls(
            f"The stored weights are not those of {name}; the model's code changed since they were made. "
            "Audit the data again to train it anew, or go back to the code that made them."
        )


class TrainingError(DataDietError):
    """A training that stopped without a usable model."""

    @classmethod
    def diverged(cls, seed: int, step: int) -> Self:
        """Return the error for a loss or weight that is no longer a finite number."""
        return cls(
            f"Seed {seed} diverged: its loss or a weight was no longer a finite number at step {step}. "
            "It is left out of every mean; a lower train.lr may help."
        )


class StoreError(DataDietError):
    """A workspace, a run, or a file in it."""

    @classmethod
    def disk_full(cls, path: Path, *, needed: int, free: int, inodes: int | None) -> Self:
        """Return the error for a write without room; bytes, and files where they are counted."""
        at_least = f"at least {needed / 1e6:.1f} MB are needed, " if needed else ""
        files = "no further file can be made there (no inodes left), " if inodes == 0 else ""
        return cls(
            f"{path} cannot be written: the disk is full ({files}{at_least}{free / 1e6:.1f} MB are free). "
            "Free some space and run the same command again; what is done stays done."
        )

    @classmethod
    def call_failed(cls, path: Path, reason: str, *, other: str = "choose another --workspace") -> Self:
        """Return the error for a write that the system refused, with its reason and what to do instead."""
        return cls(
            f"{path} cannot be written: {reason}. Mend that, or {other}, "
            "and run the same command again; what is done stays done."
        )

    @classmethod
    def cannot_read(cls, path: Path, reason: str) -> Self:
        """Return the error for a file that is there and cannot be read."""
        return cls(f"{path} cannot be read: {reason}.")

    @classmethod
    def newer_layout(cls, root: Path, *, layout: int, known: int) -> Self:
        """Return the error for a workspace of a later version."""
        return cls(
            f"{root} was written by a newer datadiet (layout {layout}, this one reads up to {known}). "
            "Upgrade, or choose another --workspace."
        )


class NotFoundError(StoreError):
    """Something asked for by name that is not there."""

    @classmethod
    def no_file(cls, path: Path) -> Self:
        """Return the error for a stored file that does not exist."""
        return cls(f"{path} does not exist. Run the command that makes it first.")

    @classmethod
    def no_workspace(cls, root: Path) -> Self:
        """Return the error for a workspace that is not where it was, or never was."""
        return cls(
            f"There is no workspace at {root}: it was moved or deleted, its disk is away, or it was never "
            "made. Put it back, or name another with --workspace; nothing is made in its place. "
            "datadiet audit and datadiet dashboard make a new one."
        )

    @classmethod
    def unknown_name(cls, kind: str, text: str, known: Iterable[str]) -> Self:
        """Return the error for a run, data set or job that is not there, with the nearest that are."""
        names = sorted(known)
        close = get_close_matches(text, names, n=3, cutoff=0.5)
        if not names:
            return cls(f"There is no {kind} {text!r}: this workspace holds none yet.")
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        hint = (
            f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(names[:10])}{more}."
        )
        return cls(f"There is no {kind} {text!r}. {hint}")

    @classmethod
    def ambiguous(cls, kind: str, text: str, matches: Iterable[str]) -> Self:
        """Return the error for a text that names more than one."""
        return cls(f"{text!r} names more than one {kind}: {', '.join(sorted(matches))}. Write more of it.")


class CorruptFileError(StoreError):
    """A stored file that is not what was written."""

    @classmethod
    def wrong_digest(cls, path: Path) -> Self:
        """Return the error for a file whose bytes differ from its checksum."""
        return cls(
            f"{path} is damaged: its bytes differ from its checksum. "
            "Delete the folder or file it names and run the same command again to compute it anew."
        )

    @classmethod
    def wrong_place(cls, path: Path, place: str) -> Self:
        """Return the error for a whole file or folder that belongs elsewhere."""
        return cls(
            f"{path} is damaged: it was published as {place} and must have been moved or swapped. "
            "Delete it and run the same command again to compute it anew."
        )

    @classmethod
    def file_gone(cls, path: Path) -> Self:
        """Return the error for a file that is on record and missing."""
        return cls(
            f"{path} is missing, though it was published. Delete the folder it was in "
            "and run the same command again to compute it anew."
        )

    @classmethod
    def no_seal(cls, path: Path) -> Self:
        """Return the error for a file or folder that no checksum vouches for."""
        return cls(
            f"{path} is damaged: no checksum is on record for it. Delete it and run the command that made "
            "it again; for data sets, checkpoints and scores that is datadiet audit."
        )

    @classmethod
    def damaged_review(cls, root: Path, sequence: int) -> Self:
        """Return the error for a stored decision whose text differs from its digest."""
        return cls(
            f"{root}: review {sequence} in the database is damaged: its text differs from its digest. "
            "Put back a copy of the database."
        )

    @classmethod
    def layout_damaged(cls, path: Path) -> Self:
        """Return the error for a layout file that is not what was written."""
        return cls(
            f"{path} is damaged, so the format of this workspace is not known. If no newer datadiet "
            "wrote it, delete that file and run the same command again."
        )


class DatabaseError(StoreError):
    """The workspace database: locked, newer than this program, or unreachable."""

    @classmethod
    def refused(cls, shown: str, reason: str, *, seconds: float) -> Self:
        """Return the error for a database that refused, with its reason; ``shown`` has no password."""
        if "locked" in reason:
            return cls(
                f"The database {shown} is locked: another process has held it for {seconds:.0f} seconds. "
                "Nothing was changed; try again when it has ended."
            )
        return cls(f"The database {shown} refused: {reason}. Nothing was changed; mend that and try again.")

    @classmethod
    def unusable_url(cls, reason: str) -> Self:
        """Return the error for a database URL that names none."""
        return cls(
            f"The database URL cannot be used: {reason}. Write it like sqlite:////folder/workspace.db."
        )

    @classmethod
    def newer(cls, shown: str, revision: str) -> Self:
        """Return the error for a database with a schema that this program does not know."""
        return cls(
            f"The database {shown} was written by a newer datadiet (schema {revision}). "
            "Upgrade, or choose another --workspace."
        )

    @classmethod
    def gone(cls, path: Path, record: Path) -> Self:
        """Return the error for a database that was made and is missing or empty; ``record`` says it was."""
        return cls(
            f"{path} is missing or empty, though it was made: jobs, names of runs and all reviews are in it. "
            f"Put back a copy of it; to begin anew without them, delete {record.name} beside it."
        )

    @classmethod
    def other_operation(cls, operation_id: str) -> Self:
        """Return the error for an operation id that was used for something else."""
        return cls(
            f"Operation {operation_id!r} is stored with another decision. Reviews are never edited: "
            "send the new decision under a new operation id."
        )


class JobError(DataDietError):
    """A job that was lost, cancelled or died."""

    @classmethod
    def incomplete(cls, counts: str, key: str, reason: str) -> Self:
        """Return the error for work of which a part failed; ``key`` names the first that did."""
        first = f" {key}: {reason}" if key else f" {reason}."
        advice = "" if "run the same command again" in reason else " Run the same command again to go on."
        return cls(f"Not everything was done ({counts}).{first}{advice}")
