"""What a card says of a run or a data set, read once until their files change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from app import state, words
from datadiet.data.images import LabeledImages
from datadiet.errors import DataDietError
from datadiet.pipeline.report import noise_words
from datadiet.pipeline.run import Run, open_run
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.documents import read_json
from datadiet.store.notes import read_note
from datadiet.store.reviews import read_reviews
from datadiet.store.runs import RunRecord, list_datasets, list_runs
from datadiet.store.workspace import Workspace
from datadiet.triage.reviews import resolve

NUM_PICTURES = 14  # of a data set


@dataclass(frozen=True)
class RunFacts:
    """What a card says of a run; sentences are Markdown, names are not."""

    run_id: str
    name: str
    dataset_id: str
    state: str  # done, unfinished, empty, damaged
    problem: str = ""  # why it cannot be read, as it was said
    estimate: str = ""
    accuracy: str = ""
    making: str = ""  # model, seeds, noise
    num_decisions: int = 0
    parent: Mapping[str, Any] | None = None
    loses_flips: bool = False  # its parent had planted flips, and it has none
    note: str = ""


@dataclass(frozen=True)
class DatasetFacts:
    """What a card says of a prepared data set, and its runs, the newest first."""

    dataset_id: str
    title: str
    counts: str = ""
    problem: str = ""
    note: str = ""
    runs: list[RunFacts] = field(default_factory=list)


def datasets(workspace: Workspace) -> list[DatasetFacts]:
    """Return the data sets with their runs, those with the newest run first; what is damaged is among them.

    Raises:
        DatabaseError: The database refused.
    """
    runs = [run_facts(workspace, record) for record in reversed(list_runs(workspace))]
    order = list(dict.fromkeys([*(run.dataset_id for run in runs), *list_datasets(workspace)]))
    return [
        dataset_facts(workspace, dataset_id, [run for run in runs if run.dataset_id == dataset_id])
        for dataset_id in order
    ]


def dataset_facts(workspace: Workspace, dataset_id: str, runs: list[RunFacts]) -> DatasetFacts:
    """Return what a card says of a data set; of one that cannot be read, why.

    Args:
        workspace: Where.
        dataset_id: Its id; empty for that of runs whose settings cannot be read.
        runs: Those that work on it.
    """
    if not dataset_id:
        return DatasetFacts("", "Runs that cannot be read", runs=runs)
    try:
        document = read_json(workspace.dataset_dir(dataset_id) / "dataset.json")
        note = read_note(workspace, dataset_id)
    except DataDietError as error:
        return DatasetFacts(dataset_id, f"data set {dataset_id[:8]}", problem=str(error), runs=runs)
    num = sum(document["num_examples"].values())
    size, skipped = document["image_size"], document["num_skipped"]
    counts = f"{num:,} images · {len(document['class_names']):,} classes · {size} px"
    counts += f" · {skipped:,} left out" if skipped else ""
    return DatasetFacts(dataset_id, state.source_title(document["source_name"]), counts, note=note, runs=runs)


def run_facts(workspace: Workspace, record: RunRecord) -> RunFacts:
    """Return what a card says of a run; of one that cannot be read, why.

    Args:
        workspace: Where.
        record: The run.
    """
    name, problem = record.name, record.problem
    try:
        note = read_note(workspace, record.run_id)
    except DataDietError as error:
        note, problem = "", problem or str(error)
    if record.problem:
        return RunFacts(record.run_id, name or "unreadable", "", "damaged", record.problem, note=note)
    try:
        stamp = state.run_stamp(record.run_id)
        found = _read_run(workspace.root, record.run_id, stamp)
        num_decisions = _num_decisions(workspace.root, record.run_id, f"{stamp}-{_decided_at(workspace)}")
    except DataDietError as error:
        return RunFacts(
            record.run_id, name or "unreadable", record.dataset_id, "damaged", str(error), note=note
        )
    return RunFacts(
        record.run_id, name or found["title"], record.dataset_id, problem=problem, note=note,
        num_decisions=num_decisions, **found["facts"],
    )  # fmt: skip


def _decided_at(workspace: Workspace) -> int:
    """Return a number that changes with every decision."""
    database = workspace.root / "workspace.db"
    return database.stat().st_mtime_ns if database.exists() else 0


@st.cache_data(max_entries=256, ttl=3600, show_spinner=False)
def _num_decisions(root: Path, run_id: str, stamp: str) -> int:
    """Return on how many images of a run's data set somebody decided.

    Raises:
        StoreError: The images or the decisions cannot be read.
    """
    workspace = Workspace.existing(root)
    reviews = read_reviews(workspace)
    if reviews.empty:
        return 0
    files = RunFiles(workspace, run_id)
    return len(resolve(reviews, files.images.examples)) if files.shown_seeds() else 0


@st.cache_data(max_entries=256, ttl=3600, show_spinner=False)
def _read_run(root: Path, run_id: str, stamp: str) -> dict[str, Any]:
    """Return a run's title and the facts that need its files.

    Raises:
        StoreError: A file of it cannot be read.
    """
    files = RunFiles(Workspace.existing(root), run_id)
    title = state.source_title(str(files.document["source"]))
    if not files.shown_seeds():
        return {"title": title, "facts": {"state": "empty", "parent": files.document.get("reviews")}}
    run = open_run(run_id, workspace=root)
    is_triaged = run.is_triaged
    facts = {
        "state": "done" if is_triaged else "unfinished",
        "estimate": words.estimate_sentence(run.estimate) if is_triaged else "",
        "accuracy": words.accuracy_sentence({split: run.accuracy(split) for split in ("test", "validation")}),
        "making": _making(run),
        "parent": run.parent,
        "loses_flips": _loses_flips(run),
    }
    return {"title": title, "facts": facts}


def _loses_flips(run: Run) -> bool:
    """Return whether the run whose labels this one corrects had planted flips that this one has not."""
    if run.parent is None or run.files.config.noise.kind != "none":
        return False
    try:
        return RunFiles(run.files.workspace, str(run.parent["parent"])).config.noise.kind != "none"
    except DataDietError:  # deleted, or damaged
        return False


def _making(run: Run) -> str:
    config = run.files.config
    parts = [config.profile, config.train.model] if config.profile != config.train.model else [config.profile]
    return " · ".join([*parts, words.seeds_words(run), noise_words(run) or "no noise planted"])


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False)
def pictures(root: Path, dataset_id: str) -> list[tuple[bytes, str]]:
    """Return some pictures of a data set with the names of their classes, spread over the classes.

    Args:
        root: Folder of the workspace.
        dataset_id: Whole id; what it names never changes.

    Raises:
        StoreError: The data set cannot be read.
    """
    images = LabeledImages.open(Workspace.existing(root).dataset_dir(dataset_id))
    labels = images.examples["given_label"].to_numpy()
    order = np.argsort(labels, kind="stable")
    rows = order[np.linspace(0, len(order) - 1, num=min(NUM_PICTURES, len(order))).astype(int)]
    ids, names = images.examples["example_id"].to_numpy(), images.class_names
    return [(images.thumbnail(int(ids[row])), names[int(labels[row])]) for row in rows]
