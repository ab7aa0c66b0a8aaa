"""Runs by id, by the start of an id, or by name; made, listed, renamed and deleted."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from datadiet.errors import ConfigError, NotFoundError, StoreError
from datadiet.store.database import RUN_NAMES, reading, writing
from datadiet.store.disk import claim, disk_errors, shared
from datadiet.store.documents import publish_json, read_json
from datadiet.store.publish import unpublish
from datadiet.store.workspace import Workspace

CONFIG_NAME = "config.json"
LONGEST_NAME = 200  # characters of a run's name


@dataclass(frozen=True)
class RunRecord:
    """What a run is: its settings and the data set it works on."""

    run_id: str
    name: str  # empty for none
    dataset_id: str
    config: dict[str, Any]
    created_sequence: int  # order of making; 0 where the database does not know it
    problem: str = ""  # a sentence where config.json cannot be read; dataset_id and config are then empty


def record_run(workspace: Workspace, document: dict[str, Any], *, name: str = "") -> RunRecord:
    """Write down a run, unless it is there already; a name that is given is kept either way.

    Args:
        workspace: Where.
        document: What config.json holds, JSON-able: ``run_id``, ``dataset_id``, ``config`` and more.
        name: What to call it; empty leaves its name as it is.

    Raises:
        ConfigError: The name belongs to another run.
        StoreError: The disk or the database refuses.
    """
    run_id = str(document["run_id"])
    with writing(workspace) as connection:  # one transaction: a name that was free a moment ago may be taken
        if name:
            _check_name(workspace, connection, run_id, name)
        publish_json(workspace.run_dir(run_id) / CONFIG_NAME, document)
        _store_name(connection, run_id, name or None)
    return read_run(workspace, run_id)


def run_name(workspace: Workspace, run_id: str) -> str:
    """Return what the run is called, empty for nothing.

    Raises:
        DatabaseError: The database refused.
    """
    return _names(workspace).get(run_id, (0, ""))[1]


def read_run(workspace: Workspace, run_id: str) -> RunRecord:
    """Return the record of a run, given its whole id.

    Raises:
        NotFoundError: There is no such run.
        StoreError: Its config.json cannot be read.
    """
    document = read_json(workspace.run_dir(run_id) / CONFIG_NAME)
    sequence, name = _names(workspace).get(run_id, (0, ""))
    return RunRecord(run_id, name, document["dataset_id"], document["config"], sequence)


def list_runs(workspace: Workspace) -> list[RunRecord]:
    """Return all runs, oldest first; one whose config.json is damaged says so in ``problem``.

    Raises:
        DatabaseError: The database refused.
    """
    names = _names(workspace)
    records = []
    for run_id in _run_ids(workspace):
        sequence, name = names.get(run_id, (0, ""))
        try:
            document = read_json(workspace.run_dir(run_id) / CONFIG_NAME)
            record = RunRecord(run_id, name, document["dataset_id"], document["config"], sequence)
        except StoreError as error:
            record = RunRecord(run_id, name, "", {}, sequence, str(error))
        records.append(record)
    return sorted(records, key=lambda record: (record.created_sequence, record.run_id))


def list_datasets(workspace: Workspace) -> list[str]:
    """Return the ids of all prepared data sets, sorted."""
    return _folders(workspace.datasets_dir)


def resolve_run(workspace: Workspace, text: str) -> str:
    """Return the id of the run that ``text`` names: its id, its name, or the start of its id.

    Raises:
        NotFoundError: No run, or more than one, is named so; the sentence has near ones.
        DatabaseError: The database refused.
    """
    run_ids = _run_ids(workspace)
    if text in run_ids:
        return text
    names = {name: run_id for run_id, (_, name) in _names(workspace).items() if name and run_id in run_ids}
    if text in names:
        return names[text]
    matches = [run_id for run_id in run_ids if text and run_id.startswith(text)]
    if len(matches) > 1:
        raise NotFoundError.ambiguous("run", text, matches)
    if not matches:
        raise NotFoundError.unknown_name("run", text, [*run_ids, *names])
    return matches[0]


def rename_run(workspace: Workspace, run_id: str, name: str) -> None:
    """Give a run a name; empty takes it away.

    Raises:
        ConfigError: The name belongs to another run.
        DatabaseError: The database refused.
    """
    with writing(workspace) as connection:
        if name:
            _check_name(workspace, connection, run_id, name)
        _store_name(connection, run_id, name)


@contextmanager
def working_on(workspace: Workspace, run_id: str) -> Generator[None]:
    """Say that somebody works on a run while the block runs, so that it is not deleted under the work.

    Any number of processes may work on one; the system takes their word back however they end.

    Raises:
        NotFoundError: There is no such run any more.
    """
    with ExitStack() as held:
        try:
            held.enter_context(shared(workspace.run_dir(run_id) / CONFIG_NAME))
        except FileNotFoundError:
            raise NotFoundError(f"There is no run {run_id} any more: it was deleted.") from None
        yield


def leftover_runs(workspace: Workspace) -> list[str]:
    """Return the ids under which something lies without the config.json that makes it a run, sorted."""
    run_ids = set(_run_ids(workspace))
    return [name for name in _folders(workspace.runs_dir) if name not in run_ids]


def resolve_deletable(workspace: Workspace, text: str) -> str:
    """Return the id that ``text`` names as :func:`resolve_run` does, or the whole id of a leftover.

    Raises:
        NotFoundError: Neither, or more than one run, is named so.
        DatabaseError: The database refused.
    """
    return text if text in leftover_runs(workspace) else resolve_run(workspace, text)


def delete_run(workspace: Workspace, run_id: str) -> None:
    """Take a run away by one rename, then remove it, its sets and its name; reviews made in it stay.

    Raises:
        StoreError: Something works on it, or the disk or the database refuses.
    """
    with _nobody_working_on(workspace, run_id):
        unpublish(workspace, workspace.run_dir(run_id))
    unpublish(workspace, workspace.sets_dir / run_id)
    with writing(workspace) as connection:
        connection.execute(delete(RUN_NAMES).where(RUN_NAMES.c.run_id == run_id))


@contextmanager
def _nobody_working_on(workspace: Workspace, run_id: str) -> Generator[None]:
    """Keep others from beginning work on a run while the block runs; refuse where somebody works."""
    config = workspace.run_dir(run_id) / CONFIG_NAME
    with disk_errors(config):
        lock = claim(config)
    if lock is None and config.exists():
        raise StoreError(
            f"Run {run_id} is being worked on by another command. Wait until it ends, or stop it (datadiet "
            "jobs lists those of the dashboard, datadiet cancel JOB stops one), then delete the run."
        )
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def delete_dataset(workspace: Workspace, dataset_id: str) -> None:
    """Take a prepared data set away by one rename, then remove it; the source is not touched.

    Raises:
        NotFoundError: There is no such data set.
        StoreError: A run works on it, or the disk refuses.
    """
    if dataset_id not in list_datasets(workspace):
        raise NotFoundError.unknown_name("data set", dataset_id, list_datasets(workspace))
    if users := [each.run_id for each in list_runs(workspace) if each.dataset_id in {dataset_id, ""}]:
        raise StoreError(
            f"Data set {dataset_id} is still needed by run {users[0]} ({len(users)} in all); "
            "delete them first."
        )
    unpublish(workspace, workspace.dataset_dir(dataset_id))


def _run_ids(workspace: Workspace) -> list[str]:
    return [name for name in _folders(workspace.runs_dir) if (workspace.run_dir(name) / CONFIG_NAME).exists()]


def _folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _names(workspace: Workspace) -> dict[str, tuple[int, str]]:
    with reading(workspace) as connection:
        return _names_in(connection)


def _names_in(connection: Connection) -> dict[str, tuple[int, str]]:
    rows = connection.execute(select(RUN_NAMES)).all()
    return {row.run_id: (row.sequence, row.name or "") for row in rows}


def _check_name(workspace: Workspace, connection: Connection, run_id: str, name: str) -> None:
    """Refuse a name that would name two runs, or that no line of a list could show."""
    if "\n" in name or not name.strip() or len(name) > LONGEST_NAME:
        raise ConfigError(
            f"{name[:LONGEST_NAME]!r} cannot be a name of a run: names have 1 to {LONGEST_NAME} characters, "
            "no line breaks, and more than spaces. Choose another."
        )
    run_ids = _run_ids(workspace)
    names = _names_in(connection)
    holders = [other for other, (_, taken) in names.items() if taken == name and other in run_ids]
    if any(other != run_id for other in holders) or (name in run_ids and name != run_id):
        raise ConfigError(
            f"The name {name!r} belongs to another run. Choose another name, or rename that one."
        )


def _store_name(connection: Connection, run_id: str, name: str | None) -> None:
    """Give the run its place in the sequence, and its name unless that is None."""
    known = connection.execute(select(RUN_NAMES).where(RUN_NAMES.c.run_id == run_id)).first()
    if known is None:
        connection.execute(insert(RUN_NAMES).values(run_id=run_id, name=name))
    elif name is not None:
        connection.execute(update(RUN_NAMES).where(RUN_NAMES.c.run_id == run_id).values(name=name))
