"""Re-reads a whole workspace and says of every file whether it is what was written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from datadiet.errors import CorruptFileError, StoreError
from datadiet.store.checksums import (
    SEAL_NAME,
    SIDECAR_SUFFIX,
    FileSum,
    file_sum,
    lost_its_seal,
    read_seal,
    sidecar_of,
)
from datadiet.store.database import reading
from datadiet.store.disk import TEMPORARY_NAME
from datadiet.store.notes import checked_notes
from datadiet.store.reviews import read_reviews
from datadiet.store.runs import leftover_runs
from datadiet.store.workspace import Workspace


@dataclass(frozen=True)
class Finding:
    """What was found about one file; ``reason`` is a sentence where it is not sound."""

    path: Path
    is_sound: bool
    reason: str = ""


def verify(workspace: Workspace) -> Iterator[Finding]:
    """Yield a finding for every file of data sets, runs, sets, notes and the database, read in full.

    Files are read block by block, so that memory stays small. What an attempt is still writing is
    left out. A folder in a run's place that is no run is a finding too.
    """
    for top in (workspace.datasets_dir, workspace.runs_dir, workspace.sets_dir):
        yield from _verify_below(top, {})
    leftovers = [workspace.run_dir(run_id) for run_id in leftover_runs(workspace)]
    yield from (_leftover(folder) for folder in leftovers if _holds_files(folder))
    for path, reason in checked_notes(workspace):
        yield Finding(path, is_sound=not reason, reason=reason)
    yield _verify_database(workspace)


def _holds_files(folder: Path) -> bool:
    """Return whether files lie in a folder; empty ones, which a full disk leaves, are nobody's loss."""
    names = (name for _, _, files in os.walk(folder) for name in files)
    return any(not TEMPORARY_NAME.fullmatch(name) for name in names)


def _leftover(folder: Path) -> Finding:
    """Return the finding about what lies in a run's place and is none."""
    reason = (
        f"{folder} has no config.json: the run was deleted while something worked on it, or an audit was "
        "stopped as it began. Give the same audit again to make it whole, or remove it: datadiet delete "
        f"{folder.name}"
    )
    return Finding(folder, is_sound=False, reason=reason)


def _verify_below(folder: Path, sealed: dict[Path, FileSum]) -> Iterator[Finding]:
    """Yield findings for ``folder``; ``sealed`` has what the seals of folders above say of files here."""
    if not folder.is_dir():
        return
    if (folder / SEAL_NAME).exists():
        try:
            sums = read_seal(folder / SEAL_NAME, folder)
        except StoreError as error:
            yield Finding(folder / SEAL_NAME, is_sound=False, reason=str(error))
            return
        yield Finding(folder / SEAL_NAME, is_sound=True)
        sealed = {**sealed, **{folder / name: found for name, found in sums.items()}}
        yield from (_missing(path) for path in sealed if not path.exists() and folder in path.parents)
    elif not any(folder in path.parents for path in sealed) and lost_its_seal(folder):
        yield Finding(folder, is_sound=False, reason=str(CorruptFileError.no_seal(folder)))
        return
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from _verify_below(path, sealed)
        elif path.name != SEAL_NAME and not TEMPORARY_NAME.fullmatch(path.name):
            yield _verify_file(path, sealed.get(path))


def _missing(path: Path) -> Finding:
    return Finding(path, is_sound=False, reason=str(CorruptFileError.file_gone(path)))


def _verify_file(path: Path, expected: FileSum | None) -> Finding:
    if not path.is_file():  # reading a pipe would wait for ever
        return Finding(path, is_sound=False, reason=f"{path} is no regular file.")
    try:
        if expected is None and path.name.endswith(SIDECAR_SUFFIX):
            return _verify_sidecar(path)
        if expected is None:
            expected = _sum_in_sidecar(path)
        if file_sum(path) != expected:
            raise CorruptFileError.wrong_digest(path)
    except StoreError as error:
        return Finding(path, is_sound=False, reason=str(error))
    except OSError as error:
        return Finding(path, is_sound=False, reason=f"{path} cannot be read: {error.strerror}.")
    return Finding(path, is_sound=True)


def _verify_sidecar(sidecar: Path) -> Finding:
    """Read a seal. One without its file: the file was removed, or a kill came between its two renames.

    Of a program that is at work between the two, the temporary file still lies beside it; what dead ones
    left was removed when the workspace was opened.
    """
    path = sidecar.with_name(sidecar.name.removesuffix(SIDECAR_SUFFIX))
    read_seal(sidecar, path)
    is_written = any(TEMPORARY_NAME.fullmatch(each.name) for each in path.parent.iterdir())  # looked at first
    return Finding(sidecar, is_sound=True) if path.is_file() or is_written else _missing(path)


def _sum_in_sidecar(path: Path) -> FileSum:
    if not sidecar_of(path).exists():
        raise CorruptFileError.no_seal(path)
    found = read_seal(sidecar_of(path), path).get(path.name)
    if found is None:
        raise CorruptFileError.no_seal(path)
    return found


def _verify_database(workspace: Workspace) -> Finding:
    path = workspace.root / "workspace.db"
    try:
        with reading(workspace) as connection:
            if connection.dialect.name != "sqlite":
                return Finding(path, is_sound=True)
            answer = str(connection.execute(text("PRAGMA integrity_check")).scalar())
        read_reviews(workspace)
    except StoreError as error:
        return Finding(path, is_sound=False, reason=str(error))
    return Finding(path, is_sound=answer == "ok", reason="" if answer == "ok" else f"{path}: {answer}")
