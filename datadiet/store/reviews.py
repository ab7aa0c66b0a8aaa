"""A person's decisions: appended, never edited; the same operation sent twice counts once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pandas as pd
from sqlalchemy import Connection, insert, select

from datadiet.errors import ConfigError, CorruptFileError, DatabaseError
from datadiet.frames import triage
from datadiet.store.database import REVIEWS, reading, writing
from datadiet.store.workspace import Workspace

NAMES_A_LABEL = ("relabel", "new_class")
FILLED_IN = ("time", "reviewer", "label_shown")  # by whoever stores it: they do not make another decision
MOST_AT_ONCE = 500  # operation ids that one question names; SQLite takes no more than 999


def utc_now() -> str:
    """Return the time as it is shown: UTC, ISO 8601, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, kw_only=True)
class Review:
    """One decision about one image; the columns are those of ``frames.triage.REVIEWS``."""

    operation_id: str
    source_key: str
    image_hash: str
    label_shown: str
    decision: str
    run_id: str
    new_label: str = ""
    queue: str = "browse"
    note: str = ""
    reviewer: str = ""
    time: str = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        """Refuse a decision that is not one.

        Raises:
            ConfigError: The decision is unknown, or names no class where it must.
        """
        if self.decision not in triage.DECISIONS:
            raise ConfigError.unknown_choice("decision", self.decision, triage.DECISIONS)
        if self.decision in (*NAMES_A_LABEL, "undo") and not self.new_label:
            what = "the operation it undoes" if self.decision == "undo" else "a class"
            raise ConfigError(f"A review with decision {self.decision} must name {what} in new_label.")


def append_reviews(workspace: Workspace, rows: Sequence[Review]) -> int:
    """Append decisions in one transaction; when this returns, they survive.

    A row whose operation id is stored already is skipped, so that sending again after a doubtful
    failure is harmless.

    Args:
        workspace: Where.
        rows: In order.

    Returns:
        The sequence of the last of them, 0 where there are none.

    Raises:
        DatabaseError: The database refused, or an operation id stands for another decision; nothing
            was appended.
    """
    if not rows:
        return 0
    with writing(workspace) as connection:
        stored = _stored(connection, [row.operation_id for row in rows])
        new: dict[str, dict[str, Any]] = {}
        for row in rows:
            known = stored.get(row.operation_id) or new.get(row.operation_id)
            if known is None:
                new[row.operation_id] = {**asdict(row), "digest": _digest(asdict(row))}
            elif any(known[name] != value for name, value in asdict(row).items() if name != "time"):
                raise DatabaseError.other_operation(row.operation_id)
        if new:
            connection.execute(insert(REVIEWS), list(new.values()))
        last = select(REVIEWS.c.sequence).where(REVIEWS.c.operation_id == rows[-1].operation_id)
        return int(connection.execute(last).scalar_one())


@dataclass(frozen=True)
class Appended:
    """What became of decisions that were appended each on its own."""

    stored: list[str]  # operation ids that now survive, those that were there before included
    refused: list[tuple[str, str]]  # operation id and why it is no decision


def append_each(workspace: Workspace, rows: Sequence[Review]) -> Appended:
    """Append those decisions that can be, in one transaction; when this returns, they survive.

    One that is stored already is acknowledged, also where the reviewer or the label that was shown was
    filled in otherwise this time. Refused, alone, are another decision under the id of a stored one, and
    an undo of itself or of an operation that is not stored before it.

    Args:
        workspace: Where.
        rows: In order.

    Raises:
        DatabaseError: The database refused; nothing was appended.
    """
    if not rows:
        return Appended([], [])
    stored: list[str] = []
    refused: list[tuple[str, str]] = []
    with writing(workspace) as connection:
        undone = [row.new_label for row in rows if row.decision == "undo"]
        known = _stored(connection, [*(row.operation_id for row in rows), *undone])
        new: dict[str, dict[str, Any]] = {}
        for row in rows:
            if why := _refusal(row, known):
                refused.append((row.operation_id, why))
                continue
            stored.append(row.operation_id)
            if row.operation_id not in known:
                known[row.operation_id] = asdict(row)
                new[row.operation_id] = {**asdict(row), "digest": _digest(asdict(row))}
        if new:
            connection.execute(insert(REVIEWS), list(new.values()))
    return Appended(stored, refused)


def _refusal(row: Review, known: dict[str, dict[str, Any]]) -> str:
    """Return why a decision cannot follow the known ones, empty where it can."""
    there = known.get(row.operation_id)
    if there is not None:
        is_same = all(there[name] == value for name, value in asdict(row).items() if name not in FILLED_IN)
        return "" if is_same else str(DatabaseError.other_operation(row.operation_id))
    if row.decision == "undo" and row.new_label not in known:
        return "An undo names an operation that is not stored, so there is nothing to take back."
    return ""


def _stored(connection: Connection, operation_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the rows that are there already, by operation id."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(operation_ids), MOST_AT_ONCE):
        part = operation_ids[start : start + MOST_AT_ONCE]
        query = select(REVIEWS).where(REVIEWS.c.operation_id.in_(part))
        found |= {row["operation_id"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def read_reviews(workspace: Workspace, *, run_id: str | None = None, after: int = 0) -> pd.DataFrame:
    """Return the decisions in their order, as the table ``frames.triage.REVIEWS``.

    Args:
        workspace: Where.
        run_id: Only those made in this run; None for all.
        after: Only those with a higher sequence.

    Raises:
        CorruptFileError: A stored decision is not what was written.
        DatabaseError: The database refused.
    """
    query = select(REVIEWS).where(REVIEWS.c.sequence > after).order_by(REVIEWS.c.sequence)
    if run_id is not None:
        query = query.where(REVIEWS.c.run_id == run_id)
    with reading(workspace) as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    for row in rows:
        if row.pop("digest") != _digest(row):
            raise CorruptFileError.damaged_review(workspace.root, row["sequence"])
    return triage.REVIEWS.from_rows(rows)


def _digest(row: dict[str, Any]) -> str:
    """Return the digest of a decision, its place in the sequence aside."""
    texts = {name: value for name, value in row.items() if name != "sequence"}
    return sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()
