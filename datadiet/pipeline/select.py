"""Choose which training examples to keep, and store the choice with its run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from datadiet.errors import ConfigError, NotFoundError, StoreError
from datadiet.frames.selections import SELECTION
from datadiet.pipeline.group_names import group_names
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.run_text import workspace_option
from datadiet.scores.registry import check_score, find_method
from datadiet.selection.choose import Selection, select
from datadiet.selection.listed import parse_index_list
from datadiet.selection.request import BY_CLASS, SelectionRequest
from datadiet.store.checksums import refuse_unsealed
from datadiet.store.documents import read_json, write_json
from datadiet.store.publish import is_published, publish_folder
from datadiet.store.tables import read_table, write_table


class Scored(Protocol):
    """What choosing reads of a run."""

    @property
    def files(self) -> RunFiles:
        """Return its files."""

    @property
    def seeds(self) -> Sequence[int]:
        """Return its usable seeds."""

    @property
    def class_names(self) -> list[str]:
        """Return the class names, by index."""

    def scores(self) -> pd.DataFrame:
        """Return a row an example."""


@dataclass(frozen=True)
class StoredSelection:
    """A selection of a run: the kept examples and how they were chosen."""

    selection_id: str
    run_id: str
    frame: pd.DataFrame  # SELECTION
    document: dict[str, Any]  # rule and settings, data set, seeds, version, counts, remarks
    workspace_option: str = ""  # what the next command needs to find it

    @property
    def example_ids(self) -> list[int]:
        """Return the kept ids, in source order."""
        return [int(value) for value in self.frame["example_id"]]

    def headline(self) -> dict[str, Any]:
        """Return what ``datadiet select --json`` prints."""
        return {"selection_id": self.selection_id, "run_id": self.run_id, **self.document}

    def text(self) -> str:
        """Return what was kept, in words, and how to take it along."""
        counts = self.document["counts"]
        lines = [
            f"Selection {self.selection_id}: {counts['num_kept']:,} of {counts['num_train']:,} are kept.",
            *self.document["remarks"],
            f"Next: datadiet export {self.run_id} kept --selection {self.selection_id} --out kept.csv"
            f"{self.workspace_option}",
        ]
        return "\n".join(lines)


def select_examples(
    run: Scored, request: SelectionRequest, *, imported: Path | None = None, group_table: Path | None = None
) -> StoredSelection:
    """Return, stored, the selection that ``request`` asks for.

    Args:
        run: Whose training examples are chosen from.
        request: The rule and what it reads.
        imported: Index list for the rule ``list``, in any export format.
        group_table: CSV with the column ``request.quota_by``, as for ``datadiet show --groups``.

    Raises:
        ConfigError: The rule and the list do not go together, or the window passes the end.
        DataError: The list names what is not there.
        NotFoundError: The score was not computed.
    """
    if (request.rule == "list") != (imported is not None):
        raise ConfigError("The rule list needs --list FILE, and no other rule takes one.")
    listed = read_list(imported) if imported else []
    scores = run.scores()
    if request.score:
        option = workspace_option(run.files.workspace)
        check_score(request.score, scores, run=run.files.run_id, option=option)
    direction = find_method(request.score).direction if request.score else "high"
    chosen = select(
        request,
        scores,
        class_names=run.class_names,
        direction=direction,
        listed=listed,
        groups=quota_groups(run.files, scores, request.quota_by, group_table),
    )
    folder = run.files.workspace.selection_dir(run.files.run_id, chosen.selection_id)
    if not is_published(folder):
        with publish_folder(run.files.workspace, folder) as attempt:
            write_table(attempt / "selection.parquet", chosen.frame, SELECTION)
            write_json(attempt / "selection.json", selection_document(run, chosen))
    return read_selection(run.files, chosen.selection_id)


def quota_groups(
    files: RunFiles, scores: pd.DataFrame, quota_by: str, table: Path | None
) -> pd.Series[str] | None:
    """Return the groups that a quota keeps shares of; None for classes.

    Raises:
        ConfigError: A table is given and no column of it named, or the other way round.
    """
    if quota_by != BY_CLASS:
        return group_names(files, scores, quota_by, table)
    if table is not None:
        raise ConfigError("--table holds groups; name its column with --group.")
    return None


def selection_document(run: Scored, chosen: Selection) -> dict[str, Any]:
    """Return what selection.json holds beside the ids: where they come from."""
    return {
        "selection": chosen.parameters,
        "dataset_id": run.files.images.dataset_id,
        "seeds": list(run.seeds),
        "datadiet_version": version("datadiet"),
        "counts": {
            "num_kept": len(chosen.frame),
            "num_train": chosen.num_train,
            "num_suspects_dropped": chosen.num_suspects_dropped,
        },
        "remarks": list(chosen.remarks),
        "order": len(list_selections(run)),
    }


def read_list(path: Path) -> list[Any]:
    """Return the entries of an index list file.

    Raises:
        ConfigError: The file cannot be read or has an unknown ending.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"--list {path} cannot be read: {error.strerror}.") from error
    return parse_index_list(data, path.suffix.lstrip(".").lower())


def read_selection(files: RunFiles, selection_id: str) -> StoredSelection:
    """Return a stored selection.

    Raises:
        NotFoundError: The run has none of that id.
        CorruptFileError: It lost its checksums.
    """
    folder = files.workspace.selection_dir(files.run_id, selection_id)
    if not is_published(folder):
        refuse_unsealed(folder)
        raise NotFoundError(f"Run {files.run_id} has no selection {selection_id}.")
    frame = read_table(folder / "selection.parquet", SELECTION)
    document = read_json(folder / "selection.json")
    return StoredSelection(selection_id, files.run_id, frame, document, workspace_option(files.workspace))


def list_selections(run: Scored) -> list[StoredSelection]:
    """Return the stored selections of a run, in the order in which they were made."""
    folders = _selections_folder(run).glob("*")
    return _in_order([read_selection(run.files, path.name) for path in folders if is_published(path)])


def readable_selections(run: Scored) -> tuple[list[StoredSelection], list[str]]:
    """Return the stored selections that can be read, in order of making, and why others cannot."""
    found, problems = [], []
    for folder in sorted(_selections_folder(run).glob("*")):
        try:
            found.append(read_selection(run.files, folder.name))
        except StoreError as error:
            problems.append(str(error))
        except NotFoundError:  # a stray folder: nothing was published there
            continue
    return _in_order(found), problems


def _in_order(found: list[StoredSelection]) -> list[StoredSelection]:
    return sorted(found, key=lambda selection: (selection.document["order"], selection.selection_id))


def _selections_folder(run: Scored) -> Path:
    return run.files.workspace.run_dir(run.files.run_id) / "selections"


def find_selection(run: Scored, text: str | None) -> StoredSelection:
    """Return the selection whose id starts with ``text``, the newest where it is None.

    Raises:
        NotFoundError: None, or more than one, is meant.
        CorruptFileError: One that may be meant lost its checksums.
    """
    stored = list_selections(run)
    found = [each for each in stored if text is None or each.selection_id.startswith(text)]
    if not found or text is None:  # which is the newest is not known where one cannot be read
        for folder in sorted(_selections_folder(run).glob("*")):
            if folder.name.startswith(text or ""):
                refuse_unsealed(folder)
    if text is None and found:
        return found[-1]
    if len(found) != 1:
        known = ", ".join(each.selection_id for each in stored) or "none; make one with: datadiet select"
        meant = "any selection" if text is None else f"one selection {text}"
        raise NotFoundError(f"Run {run.files.run_id} does not have {meant}; it has {known}.")
    return found[0]
