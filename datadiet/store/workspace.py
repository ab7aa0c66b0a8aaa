"""Where everything lies in a workspace, which layout it has, and what dead attempts left in it."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from datadiet.errors import CorruptFileError, NotFoundError, StoreError
from datadiet.store.checksums import LAYOUT_NAME
from datadiet.store.disk import (
    TEMPORARY_NAME,
    claim,
    disk_errors,
    locked,
    make_folder,
    remove,
    short_name,
    sync,
)

log = logging.getLogger(__name__)

LAYOUT = 1  # raised when files change in a way that an older program would misread
DATABASE_NAME = "workspace.db"


@dataclass(frozen=True)
class Workspace:
    """A folder that holds data sets, runs and the database; made by :meth:`open`."""

    root: Path
    database_url: str

    @classmethod
    def open(cls, root: Path, *, database_url: str | None = None) -> Self:
        """Return the workspace at ``root``, made if absent, cleared of what dead attempts left.

        Args:
            root: The folder.
            database_url: Any SQLAlchemy URL; None is SQLite inside the workspace.

        Raises:
            StoreError: The folder cannot be made, or was written by a newer datadiet.
            CorruptFileError: The layout file is damaged.
        """
        root = root.absolute()
        with disk_errors(root):
            make_folder(root)
            with locked(root):
                if not (root / LAYOUT_NAME).exists():
                    _write_layout(root / LAYOUT_NAME)
        return cls.existing(root, database_url=database_url)

    @classmethod
    def existing(cls, root: Path, *, database_url: str | None = None) -> Self:
        """Return the workspace at ``root`` as :meth:`open` does, but make none: for what runs on for long.

        Args:
            root: The folder.
            database_url: Any SQLAlchemy URL; None is SQLite inside the workspace.

        Raises:
            NotFoundError: There is none; it may have been moved.
            StoreError: It was written by a newer datadiet, or cannot be read.
            CorruptFileError: The layout file is damaged.
        """
        root = root.absolute()
        if not (root / LAYOUT_NAME).is_file():
            raise NotFoundError.no_workspace(root)
        _check_layout(root / LAYOUT_NAME)
        with disk_errors(root):
            for leftover in _leftovers(root):
                _remove_if_dead(leftover)
        return cls(root, database_url or f"sqlite:///{root / DATABASE_NAME}")

    @property
    def attempts_dir(self) -> Path:
        """Return the folder of work that is not published yet."""
        return self.root / "attempts"

    @property
    def logs_dir(self) -> Path:
        """Return the folder of the jobs' logs."""
        return self.root / "logs"

    @property
    def queue_dir(self) -> Path:
        """Return the folder of the tickets of jobs that take turns."""
        return self.root / "queue"

    @property
    def notes_dir(self) -> Path:
        """Return the folder of what people write about runs and data sets."""
        return self.root / "notes"

    @property
    def datasets_dir(self) -> Path:
        """Return the folder of all prepared data sets."""
        return self.root / "datasets"

    @property
    def runs_dir(self) -> Path:
        """Return the folder of all runs."""
        return self.root / "runs"

    @property
    def sets_dir(self) -> Path:
        """Return the folder of the sets of examples that the dashboard keeps by run."""
        return self.root / "sets"

    def dataset_dir(self, dataset_id: str) -> Path:
        """Return the published folder of a prepared data set."""
        return self.datasets_dir / dataset_id

    def run_dir(self, run_id: str) -> Path:
        """Return the folder of a run."""
        return self.runs_dir / run_id

    def seed_dir(self, run_id: str, seed: int) -> Path:
        """Return the folder of one model of a run."""
        return self.run_dir(run_id) / f"seed_{seed:02d}"

    def step_dir(self, run_id: str, seed: int, step: int) -> Path:
        """Return the published folder of the training segment that ends at ``step``."""
        return self.seed_dir(run_id, seed) / f"step_{step:06d}"

    def scores_dir(self, run_id: str, seed: int) -> Path:
        """Return the folder of one model's scores."""
        return self.seed_dir(run_id, seed) / "scores"

    def triage_dir(self, run_id: str) -> Path:
        """Return the folder of what is derived over all seeds of a run."""
        return self.run_dir(run_id) / "triage"

    def selection_dir(self, run_id: str, selection_id: str) -> Path:
        """Return the published folder of a selection."""
        return self.run_dir(run_id) / "selections" / selection_id


def _write_layout(path: Path) -> None:
    part = path.with_name(f".{short_name()}.part.json")
    try:
        part.write_bytes(_layout_bytes(LAYOUT))
        sync(part)
        part.replace(path)
        sync(path.parent)
    finally:
        remove(part)


def _layout_bytes(layout: int) -> bytes:
    """Return the layout file: few bytes, the same for one layout, so that any other byte is damage."""
    digest = sha256(f"layout {layout}".encode()).hexdigest()
    return json.dumps({"layout": layout, "seal": digest}, sort_keys=True).encode()


def _check_layout(path: Path) -> None:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StoreError.cannot_read(path, error.strerror or str(error)) from error
    layout = _layout_in(raw)
    if layout is None:
        raise CorruptFileError.layout_damaged(path)
    if layout > LAYOUT:
        raise StoreError.newer_layout(path.parent, layout=layout, known=LAYOUT)


def _layout_in(raw: bytes) -> int | None:
    """Return the layout that the file states, or None where it is damaged."""
    try:
        document = json.loads(raw)
        layout = int(document["layout"])
    except (ValueError, KeyError, TypeError):
        return None
    is_later_form = "seal" not in document and layout > LAYOUT
    return layout if raw == _layout_bytes(layout) or is_later_form else None


def _leftovers(root: Path) -> Iterator[Path]:
    """Yield what an attempt may have left: attempt folders, and temporary files beside final ones."""
    if (root / "attempts").is_dir():
        yield from sorted((root / "attempts").iterdir())
    yield from (path for path in root.iterdir() if TEMPORARY_NAME.fullmatch(path.name))
    for top in ("datasets", "runs", "notes", "queue"):
        for folder, below, names in os.walk(root / top):
            below[:] = [name for name in below if not name.startswith(("step_", "thumbnails"))]
            yield from (Path(folder, name) for name in names if TEMPORARY_NAME.fullmatch(name))


def _remove_if_dead(leftover: Path) -> None:
    """Remove what no process holds; where somebody alive holds it, or it may not be touched, it stays."""
    try:
        with locked(leftover.parent):
            if (lock := claim(leftover)) is not None:
                remove(leftover)
                os.close(lock)
    except OSError as error:
        log.info("%s is left in place: %s", leftover, error.strerror)
