"""What a decision from a file must be, beyond a known word, before it is stored for good."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict

import pandas as pd

from datadiet.errors import ConfigError
from datadiet.frames.triage import REVIEWS
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.reviews import Review
from datadiet.triage.reviews import checked_new_class, matched

_RUN_ID = re.compile(r"[0-9a-f]{8,64}")


def check_rows(rows: Sequence[Review], files: RunFiles, stored: pd.DataFrame) -> None:
    """Refuse rows that no decision could be, whole; those that are stored already are not looked at.

    A relabel must name a class of the run, or one that a ``new_class`` in the workspace or the file makes.
    Rows about images of other data sets name classes that this run cannot know.

    Args:
        rows: In the order of the file.
        files: Of the run that they are imported into.
        stored: The REVIEWS table of the workspace.

    Raises:
        ConfigError: A row is none; the sentence has its number.
    """
    table = pd.DataFrame([{"sequence": number, **asdict(row)} for number, row in enumerate(rows)])
    own = set(matched(REVIEWS.conform(table), files.images.examples)["operation_id"]) if rows else set()
    made = {row.new_label for row in rows if row.decision == "new_class"}
    made |= set(stored.loc[stored["decision"] == "new_class", "new_label"])
    earlier = set(stored["operation_id"])
    for number, row in enumerate(rows, start=1):
        names = files.class_names if row.operation_id in own else None
        try:
            if row.operation_id not in earlier:
                _check_ids(row, earlier)
                _check_name(row, names, made)
        except ConfigError as error:
            raise ConfigError(f"Row {number} of the reviews file: {error}") from error
        earlier.add(row.operation_id)


def _check_ids(row: Review, earlier: Collection[str]) -> None:
    if not row.operation_id.strip():
        raise ConfigError("It has no operation_id.")
    if not _RUN_ID.fullmatch(row.run_id):
        raise ConfigError(f"run_id is {row.run_id[:40]!a}, which is no id of a run.")
    if row.decision == "undo" and row.new_label not in earlier:
        raise ConfigError("It undoes an operation that is neither stored nor in a row before it.")


def _check_name(row: Review, names: Sequence[str] | None, made: Collection[str]) -> None:
    """Refuse a class that cannot be meant; ``names`` is None where the run cannot know its classes."""
    known = names or ()
    if row.decision == "relabel" and names is not None and row.new_label not in {*known, *made}:
        raise ConfigError.unknown_choice("new_label", row.new_label, known)
    if row.decision != "new_class" or row.new_label in known:
        return
    if checked_new_class(row.new_label, known) != row.new_label:
        raise ConfigError(f"The new class {row.new_label!r} has spaces around its name.")
