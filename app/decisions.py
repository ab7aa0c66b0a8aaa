"""Decisions on their way between browser and store: what came up is checked, stored, acknowledged.

What the browser sends is anybody's text. Each operation becomes one review or one sentence that says
why not; a store that cannot write is said to the browser, which keeps what it has and sends again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from getpass import getuser
from hashlib import sha256
from typing import Any

import pandas as pd
import streamlit as st

from app.failures import public_sentence
from datadiet.errors import ConfigError, DataDietError, NotFoundError
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.reviews import Review, append_reviews, read_reviews
from datadiet.store.runs import list_runs
from datadiet.store.workspace import Workspace
from datadiet.triage.reviews import active, matched, resolve

MOST_AT_ONCE = 500  # operations in a message
LONGEST_TEXT = 2_000  # characters of a note or a class name
QUEUES = ("browse", "mislabels", "outliers", "duplicates")


@dataclass(frozen=True)
class Ack:
    """What became of the operations of one message."""

    workspace: str  # names the store: another one knows none of these
    stored: list[str] = field(default_factory=list)  # operation ids that now survive
    refused: list[tuple[str, str]] = field(default_factory=list)  # id and why it is no decision
    problem: str = ""  # why the store cannot write; none of the message was stored then

    def document(self) -> dict[str, Any]:
        """Return it as JSON for the browser."""
        refused = [list(each) for each in self.refused]
        return {
            "workspace": self.workspace,
            "stored": self.stored,
            "refused": refused,
            "problem": self.problem,
        }


def store_key(workspace: Workspace) -> str:
    """Return a short name of the workspace for the browser's storage; it tells no path."""
    return sha256(str(workspace.root.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def reviewer() -> str:
    """Return who decides: the login, else the system's user of the dashboard."""
    login = st.user.get("email") if st.user.get("is_logged_in") else None
    return str(login or getuser())


def store_operations(workspace: Workspace, operations: object, *, who: str) -> Ack:
    """Store what the browser sent and return what became of it; sending it again is harmless.

    Args:
        workspace: Where.
        operations: A list of operations: ``id``, ``run_id``, ``example_id``, ``decision``, and where they
            matter ``new_label``, ``note`` and ``queue``.
        who: From :func:`reviewer`.
    """
    sent = operations[:MOST_AT_ONCE] if isinstance(operations, list) else []
    rows: list[Review] = []
    refused: list[tuple[str, str]] = []
    files = _known_runs(workspace) if sent else {}
    for operation in sent:
        try:
            rows.append(_review(operation, files, who))
        except DataDietError as error:
            refused.append((_text(operation, "id")[:80], public_sentence(str(error))))
    return _stored(workspace, rows, refused)


def _stored(workspace: Workspace, rows: Sequence[Review], refused: list[tuple[str, str]]) -> Ack:
    try:
        append_reviews(workspace, rows)
    except DataDietError as error:
        return Ack(store_key(workspace), refused=refused, problem=public_sentence(str(error)))
    return Ack(store_key(workspace), [row.operation_id for row in rows], refused)


def _known_runs(workspace: Workspace) -> dict[str, RunFiles]:
    return {record.run_id: _run_files(workspace, record.run_id) for record in list_runs(workspace)}


@lru_cache(maxsize=16)
def _run_files(workspace: Workspace, run_id: str) -> RunFiles:
    """Return a run's files; what is read here of a run never changes, so it is read once."""
    return RunFiles(workspace, run_id)


def _review(operation: object, files: Mapping[str, RunFiles], who: str) -> Review:
    operation_id, run_id = _text(operation, "id"), _text(operation, "run_id")
    if not operation_id or run_id not in files:
        raise NotFoundError("A decision names no run of this workspace; it was made in another one.")
    run = files[run_id]
    place = _row(run, operation)
    example = run.images.examples.iloc[place]
    decision, new_label = _text(operation, "decision"), _new_label(operation, run)
    if decision == "relabel" and new_label not in run.class_names:
        raise ConfigError.unknown_choice("class", new_label, run.class_names)
    return Review(
        operation_id=operation_id,
        source_key=str(example["source_key"]),
        image_hash=str(example["image_hash"]),
        label_shown=run.class_names[int(run.labels["label"].iloc[place])],
        decision=decision,
        new_label=new_label,
        queue=queue if (queue := _text(operation, "queue")) in QUEUES else "browse",
        note=_text(operation, "note"),
        reviewer=who,
        run_id=run_id,
    )


def _row(run: RunFiles, operation: object) -> int:
    example_id = operation.get("example_id") if isinstance(operation, dict) else None
    if type(example_id) is not int:
        raise ConfigError(f"A decision must name an example by its number, not {str(example_id)[:40]!r}.")
    return int(run.images.rows([example_id])[0])


def _new_label(operation: object, run: RunFiles) -> str:
    """Return the class that is named: by its index where there is one, as browsers alter some names."""
    index = operation.get("label_index") if isinstance(operation, dict) else None
    if type(index) is int and 0 <= index < len(run.class_names) and _text(operation, "decision") == "relabel":
        return run.class_names[index]
    return _text(operation, "new_label")


def _text(operation: object, name: str) -> str:
    value = operation.get(name, "") if isinstance(operation, dict) else ""
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def held(files: RunFiles) -> pd.DataFrame:
    """Return the DECIDED table of a run: the decision that holds for each reviewed example."""
    return resolve(read_reviews(files.workspace), files.images.examples)


def undo_stack(files: RunFiles, who: str) -> list[dict[str, Any]]:
    """Return the decisions of one reviewer that can be undone, the newest last.

    Returns:
        A dictionary each: ``operation_id``, ``example_id``, ``decision``, ``new_label``, ``queue``.
    """
    found = matched(active(read_reviews(files.workspace)), files.images.examples)
    mine = found[found["reviewer"] == who].sort_values("sequence")
    texts = ("operation_id", "decision", "new_label", "queue")
    return [
        {"example_id": int(row["example_id"]), **{name: str(row[name]) for name in texts}}
        for row in mine.to_dict("records")
    ]
