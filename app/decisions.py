"""Decisions on their way between browser and store: what came up is checked, stored, acknowledged.

What the browser sends is anybody's text. Each operation becomes one review, or one sentence that says why
it is none, or waits: where a run cannot be read or the store cannot write, the browser keeps it, and sends
it again.
"""

from __future__ import annotations

import logging
import re
import secrets
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
from datadiet.pipeline.seen_decisions import as_seen, as_stored
from datadiet.store.checksums import LAYOUT_NAME
from datadiet.store.reviews import Review, append_each, read_reviews
from datadiet.store.runs import list_runs
from datadiet.store.workspace import Workspace
from datadiet.triage.reviews import checked_new_class, resolve

logger = logging.getLogger(__name__)
MOST_AT_ONCE = 500  # operations in a message
LONGEST_TEXT = 2_000  # characters of a note or a class name
_ID = re.compile(r"[\w.\-]{1,120}", re.ASCII)
_UNHOLDABLE = re.compile(r"[\x00\ud800-\udfff]")  # in a note: no export can hold it, U+FFFD takes its place
QUEUES = ("browse", "mislabels", "outliers", "duplicates")


@dataclass(frozen=True)
class Ack:
    """What became of the operations of one message."""

    workspace: str  # names the store: another one knows none of these
    stored: list[str] = field(default_factory=list)  # operation ids that now survive
    refused: list[tuple[str, str]] = field(default_factory=list)  # id and why it is no decision
    waiting: list[str] = field(default_factory=list)  # ids that cannot be stored now and stay in the browser
    problem: str = ""  # a sentence or more: why those wait

    def document(self) -> dict[str, Any]:
        """Return it as JSON for the browser."""
        refused = [list(each) for each in self.refused]
        return {
            "workspace": self.workspace,
            "stored": self.stored,
            "refused": refused,
            "waiting": self.waiting,
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

    Only what is no decision is refused, and the browser drops that alone. What cannot be read or written
    now waits there and is sent again; the rest of the message is stored. Nothing is raised.

    Args:
        workspace: Where.
        operations: A list of operations: ``id``, ``run_id``, ``example_id``, ``decision``, and where they
            matter ``new_label``, ``note`` and ``queue``.
        who: From :func:`reviewer`.
    """
    sent = operations[:MOST_AT_ONCE] if isinstance(operations, list) else []
    try:
        return _stored(workspace, sent, who)
    except Exception as error:
        waiting = [_id(operation) for operation in sent]
        return Ack(store_key(workspace), waiting=waiting, problem=_public(error))


def _stored(workspace: Workspace, sent: Sequence[object], who: str) -> Ack:
    rows: list[Review] = []
    refused: list[tuple[str, str]] = []
    waiting: list[str] = []
    problems: dict[str, str] = {}  # by run: its later decisions wait behind those that do, in their order
    files = _known_runs(workspace) if sent else {}
    for operation in sent:
        run_id = _text(operation, "run_id")
        try:
            if run_id not in problems:
                rows.append(_review(operation, files, who))
                continue
        except ConfigError as error:
            refused.append((_id(operation), public_sentence(str(error))))
            continue
        except Exception as error:
            problems[run_id] = _public(error)
        waiting.append(_id(operation))
    rows, behind = _without_those_behind(rows, waiting)
    appended = append_each(workspace, rows)
    return Ack(
        store_key(workspace),
        appended.stored,
        [*refused, *((each, public_sentence(why)) for each, why in appended.refused)],
        waiting=[*waiting, *behind],
        problem=" ".join(dict.fromkeys(problems.values())),
    )


def _without_those_behind(rows: Sequence[Review], waiting: Sequence[str]) -> tuple[list[Review], list[str]]:
    """Return the reviews that can be stored, and the ids of undoes whose operation waits itself."""
    held = set(waiting)
    kept: list[Review] = []
    for row in rows:
        if row.decision == "undo" and row.new_label in held:
            held.add(row.operation_id)
        else:
            kept.append(row)
    return kept, [row.operation_id for row in rows if row.operation_id in held - set(waiting)]


def _public(error: Exception) -> str:
    """Return what a person is told of a failure that leaves decisions in the browser; log the rest."""
    if isinstance(error, DataDietError):
        return public_sentence(str(error))
    error_id = secrets.token_hex(4)
    logger.error("Error id %s", error_id, exc_info=error)
    return f"The dashboard could not store it; its log has the detail under error id {error_id}."


def _known_runs(workspace: Workspace) -> dict[str, RunFiles]:
    if not (workspace.root / LAYOUT_NAME).exists():
        raise NotFoundError.no_workspace(workspace.root)
    return {record.run_id: _run_files(workspace, record.run_id) for record in list_runs(workspace)}


@lru_cache(maxsize=16)
def _run_files(workspace: Workspace, run_id: str) -> RunFiles:
    """Return a run's files; what is read here of a run never changes, so it is read once."""
    return RunFiles(workspace, run_id)


def _review(operation: object, files: Mapping[str, RunFiles], who: str) -> Review:
    """Return the review that an operation stands for.

    Raises:
        ConfigError: It is no decision.
        DataDietError: Its run is gone, or cannot be read now.
    """
    run_id = _text(operation, "run_id")
    if not _ID.fullmatch(_text(operation, "id")):
        raise ConfigError("A decision must have an id of up to 120 letters, digits, dots and dashes.")
    if not run_id:
        raise ConfigError("A decision must name the run it was made in.")
    if run_id not in files:
        raise NotFoundError(
            f"The run {run_id[:8]!a} is not in this workspace any more. Its decisions are kept in this "
            "browser and are in no export until it is back."
        )
    run = files[run_id]
    place = _row(run, operation)
    example = run.images.examples.iloc[place]
    made = _text(operation, "decision")
    decision, new_label = as_stored(run, place, made, _new_label(operation, made, run))
    return Review(
        operation_id=_text(operation, "id"),
        source_key=str(example["source_key"]),
        image_hash=str(example["image_hash"]),
        label_shown=run.class_names[int(run.labels["label"].iloc[place])],
        decision=decision,
        new_label=new_label,
        queue=queue if (queue := _text(operation, "queue")) in QUEUES else "browse",
        note=_UNHOLDABLE.sub("\ufffd", _text(operation, "note")),
        reviewer=who,
        run_id=run_id,
    )


def _row(run: RunFiles, operation: object) -> int:
    example_id = operation.get("example_id") if isinstance(operation, dict) else None
    if type(example_id) is not int:
        raise ConfigError(f"A decision must name an example by its number, not {str(example_id)[:40]!a}.")
    images = run.images  # what fails here is no fault of the operation
    if not 0 <= example_id <= int(images.examples["example_id"].max()):
        raise ConfigError("A decision names an example that is not in the data set of its run.")
    try:
        return int(images.rows([example_id])[0])
    except NotFoundError as error:
        raise ConfigError(str(error)) from error


def _new_label(operation: object, decision: str, run: RunFiles) -> str:
    """Return what the decision names: a class, or the operation that is undone.

    A class is named by its index where there is one, as browsers alter some names.

    Raises:
        ConfigError: It names no class of the run, or a new one that cannot be called so.
    """
    names, name = run.class_names, _text(operation, "new_label")
    index = operation.get("label_index") if isinstance(operation, dict) else None
    if decision == "relabel" and type(index) is int and 0 <= index < len(names):
        return names[index]
    if decision == "relabel" and name not in names:
        raise ConfigError.unknown_choice("class", name, names)
    return checked_new_class(name, names) if decision == "new_class" else name


def _text(operation: object, name: str) -> str:
    value = operation.get(name, "") if isinstance(operation, dict) else ""
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def _id(operation: object) -> str:
    """Return an operation's id as the browser knows it; what cannot travel back is escaped."""
    return _text(operation, "id").encode("utf-8", "backslashreplace").decode()


def held(files: RunFiles) -> pd.DataFrame:
    """Return the DECIDED table of a run: what holds for each reviewed example, against the label it shows."""
    return as_seen(resolve(read_reviews(files.workspace), files.images.examples), files)
