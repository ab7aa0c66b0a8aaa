"""Look after a workspace: what is in it, names, deletion, soundness."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from datadiet.errors import NotFoundError, StoreError
from datadiet.pipeline.run_files import RunFiles
from datadiet.store import runs
from datadiet.store.documents import read_json
from datadiet.store.notes import write_note
from datadiet.store.workspace import Workspace

T = TypeVar("T")


@dataclass(frozen=True)
class Listing:
    """The data sets and runs of a workspace."""

    root: Path
    datasets: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    problems: list[str]  # a sentence for each that cannot be read

    def headline(self) -> dict[str, Any]:
        """Return what ``datadiet list --json`` prints."""
        found = {"datasets": self.datasets, "runs": self.runs, "problems": self.problems}
        return {"workspace": str(self.root), **found}

    def text(self) -> str:
        """Return a line a run, under its data set; last what cannot be read."""
        if not self.runs and not self.problems:
            return (
                f"{self.root} holds no runs yet. Make one with: datadiet audit SOURCE, or try: datadiet demo"
            )
        lines = []
        for dataset in self.datasets:
            counts = ", ".join(
                f"{count:,} {split}" for split, count in dataset["num_examples"].items() if count
            )
            lines.append(f"{dataset['source_name']}  data set {dataset['dataset_id']}: {counts}")
            lines += [_run_line(run) for run in self.runs if run["dataset_id"] == dataset["dataset_id"]]
        readable = {dataset["dataset_id"] for dataset in self.datasets}
        lines += [_run_line(run) for run in self.runs if run["dataset_id"] not in readable]
        return "\n".join([*lines, *(f"Not listed: {problem}" for problem in self.problems)])


def _run_line(run: dict[str, Any]) -> str:
    noise = f", {run['noise']} noise" if run["noise"] != "none" else ""
    title = (run["name"] or run["source"]).replace("\n", "\\n")
    return f"  {run['run_id']}  {title}: {run['profile']}, {run['num_seeds']} seeds scored{noise}"


def listing(workspace: Path | str) -> Listing:
    """Return the data sets and runs of a workspace, and what of them cannot be read."""
    place = Workspace.existing(Path(workspace))
    problems: list[str] = []
    datasets = _readable(partial(_dataset_entry, place), runs.list_datasets(place), problems)
    found = _readable(partial(_run_entry, place), runs.list_runs(place), problems)
    return Listing(place.root, datasets, found, problems)


def _readable(
    entry: Callable[[T], dict[str, Any]], each: Iterable[T], problems: list[str]
) -> list[dict[str, Any]]:
    """Return the entries of those that can be read; why others cannot goes to ``problems``."""
    entries = []
    for one in each:
        try:
            entries.append(entry(one))
        except (StoreError, NotFoundError) as error:
            problems.append(str(error))
    return entries


def _dataset_entry(place: Workspace, dataset_id: str) -> dict[str, Any]:
    document = read_json(place.dataset_dir(dataset_id) / "dataset.json")
    names = ("dataset_id", "source_name", "num_examples", "num_skipped", "class_names")
    return {name: document[name] for name in names}


def _run_entry(place: Workspace, record: runs.RunRecord) -> dict[str, Any]:
    files = RunFiles(place, record.run_id)
    return {
        "run_id": record.run_id,
        "name": record.name,
        "dataset_id": record.dataset_id,
        "source": files.document["source"],
        "profile": files.config.profile,
        "noise": files.config.noise.kind,
        "num_seeds": len(files.scored_seeds()),
    }


def rename_run(text: str, name: str, *, workspace: Path | str) -> str:
    """Give the run that ``text`` names another name; return its id.

    Raises:
        NotFoundError: No run, or more than one, is meant.
        StoreError: The name is empty or another run's.
    """
    place = Workspace.existing(Path(workspace))
    run_id = runs.resolve_run(place, text)
    runs.rename_run(place, run_id, name)
    return run_id


@dataclass(frozen=True)
class RunSize:
    """How much a run takes on disk."""

    run_id: str
    num_bytes: int


def run_size(text: str, *, workspace: Path | str) -> RunSize:
    """Return the size of the run that ``text`` names, or of what a deletion left under a whole id.

    Raises:
        NotFoundError: No run, or more than one, is meant.
    """
    place = Workspace.existing(Path(workspace))
    run_id = runs.resolve_deletable(place, text)
    files = (path for path in place.run_dir(run_id).rglob("*") if path.is_file())
    return RunSize(run_id, sum(path.stat().st_size for path in files))


def delete_run(run_id: str, *, workspace: Path | str) -> None:
    """Delete a run's models, scores, selections and note; reviews and the data set stay.

    Raises:
        StoreError: Something works on it, or it cannot be removed.
    """
    place = Workspace.existing(Path(workspace))
    runs.delete_run(place, run_id)
    write_note(place, run_id, "")


def note_run(text: str, note: str, *, workspace: Path | str) -> str:
    """Replace the note on the run that ``text`` names, an empty one takes it away; return the run's id.

    Raises:
        NotFoundError: No run, or more than one, is meant.
        ConfigError: The note is too long.
        StoreError: It cannot be written.
    """
    place = Workspace.existing(Path(workspace))
    run_id = runs.resolve_run(place, text)
    write_note(place, run_id, note)
    return run_id


def delete_dataset(dataset_id: str, *, workspace: Path | str) -> None:
    """Delete a prepared data set that no run works on, and the note on it; the source is not touched.

    Raises:
        NotFoundError: There is no such data set.
        StoreError: A run works on it, or it cannot be removed.
    """
    place = Workspace.existing(Path(workspace))
    runs.delete_dataset(place, dataset_id)
    write_note(place, dataset_id, "")
