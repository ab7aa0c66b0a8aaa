"""What Browse keeps of a run between questions: its columns, neighbours, probabilities, values of each seed.

Caches are keyed on the run's id and the stamp of its files, never on a table. What they return is shared
between sessions; nobody writes into it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.browse.ahead import read_ahead
from app.browse.columns import BrowseTable, browse_table
from app.state import read_scores
from datadiet.data.originals import OriginalReader
from datadiet.errors import NotFoundError
from datadiet.pipeline.ensemble import score_keys, seed_values
from datadiet.pipeline.labels import trains_on
from datadiet.pipeline.run import Run
from datadiet.store.arrays import StoredArray

_RUNS = 3  # in memory
_SECONDS = 3600.0


@dataclass(frozen=True)
class Opened:
    """A run as Browse reads it; the cached readers below are asked with its first three fields."""

    root: Path
    run: Run
    stamp: str
    table: BrowseTable = field(repr=False)

    @property
    def version(self) -> str:
        """Return what names these columns to the browser."""
        return f"{self.run.run_id}-{self.stamp}"


def open_browse(root: Path, run: Run, stamp: str) -> Opened:
    """Return a run with the columns that Browse sends."""
    return Opened(root, run, stamp, _table(root, run.run_id, stamp))


@st.cache_resource(max_entries=_RUNS, ttl=_SECONDS, show_spinner=False)
def _table(root: Path, run_id: str, stamp: str) -> BrowseTable:
    scored = read_scores(root, run_id, stamp)
    read_ahead(scored.run.files.images)
    return browse_table(scored.scores)


@dataclass(frozen=True)
class Nearest:
    """The neighbours table as arrays, sorted by example and rank."""

    example_ids: NDArray[np.int64]
    neighbour_ids: NDArray[np.int64]
    distances: NDArray[np.float64]

    def of(self, example_id: int) -> list[tuple[int, float]]:
        """Return the neighbours of an example with their cosine distance, nearest first."""
        start, stop = np.searchsorted(self.example_ids, [example_id, example_id + 1])
        ids, distances = self.neighbour_ids[start:stop], self.distances[start:stop]
        return [(int(i), float(d)) for i, d in zip(ids, distances, strict=True)]


@st.cache_resource(max_entries=_RUNS, ttl=_SECONDS, show_spinner=False)
def nearest(_run: Run, run_id: str, stamp: str) -> Nearest | None:
    """Return the neighbours of all examples; None where the run was not triaged."""
    try:
        rows = _run.neighbours().sort_values(["example_id", "rank"], kind="stable")
    except NotFoundError:
        return None
    names = ("example_id", "neighbour_id")
    ids, others = (rows[name].to_numpy(np.int64) for name in names)
    return Nearest(ids, others, rows["distance"].to_numpy(np.float64))


@st.cache_resource(max_entries=256, ttl=_SECONDS, show_spinner=False)
def typical(_run: Run, run_id: str, stamp: str, class_index: int) -> list[int]:
    """Return the most typical images of a class; empty where the run was not triaged."""
    try:
        return _run.exemplars(class_index, 4)
    except NotFoundError:
        return []


@st.cache_resource(max_entries=_RUNS, ttl=_SECONDS, show_spinner=False)
def probabilities(_run: Run, run_id: str, stamp: str) -> list[StoredArray]:
    """Return p(class) of each seed at the last step, (N, C) each; rows are read when asked for."""
    return [_run.files.evaluation(seed, "probabilities") for seed in _run.seeds]


@st.cache_resource(max_entries=_RUNS, ttl=_SECONDS, show_spinner=False)
def trained(_run: Run, run_id: str, stamp: str) -> NDArray[np.bool_]:
    """Return which seed trained on which example, (S, N)."""
    labels, num_folds = _run.files.labels, _run.files.config.num_folds
    return np.stack([trains_on(labels, seed, num_folds) for seed in _run.seeds])


@st.cache_resource(max_entries=_RUNS, ttl=_SECONDS, show_spinner=False)
def seed_spreads(_run: Run, run_id: str, stamp: str) -> dict[str, NDArray[np.float32]]:
    """Return the lowest and the highest value over seeds of each score, (2, N); NaN where none has one."""
    spreads = {}
    for key in score_keys(_run.files, _run.seeds, _run.files.last_step):
        values = seed_values(_run.files, key, _run.seeds)
        known = ~np.isnan(values)
        low = np.where(known, values, np.inf).min(axis=0)
        high = np.where(known, values, -np.inf).max(axis=0)
        spread = np.stack([low, high])
        spreads[key.name] = np.where(known.any(axis=0), spread, np.nan).astype(np.float32)
    return spreads


@dataclass(frozen=True)
class Curves:
    """Signals of one seed over its epochs: (E, N) each, NaN where the seed did not train on an example."""

    seed: int
    epochs: list[int]
    label_probability: NDArray[np.float16]
    margin: NDArray[np.float32]


@st.cache_resource(max_entries=_RUNS, ttl=_SECONDS, show_spinner=False)
def curves(_run: Run, run_id: str, stamp: str) -> list[Curves]:
    """Return what each seed saw of every example over its epochs; seeds that kept no signals are left out."""
    ids = _run.files.labels["example_id"].to_numpy(np.int64)
    found = [_curves_of(_run, seed, ids) for seed in _run.seeds]
    return [each for each in found if each is not None]


def _curves_of(run: Run, seed: int, ids: NDArray[np.int64]) -> Curves | None:
    try:
        signals = run.files.signals(seed)
    except NotFoundError:
        return None
    if signals.empty:
        return None
    epochs, places = np.unique(signals["epoch"].to_numpy(np.int64), return_inverse=True)
    rows = np.searchsorted(ids, signals["example_id"].to_numpy(np.int64))
    probability = np.full((len(epochs), len(ids)), np.nan, np.float16)
    margin = np.full((len(epochs), len(ids)), np.nan, np.float32)
    probability[places, rows] = signals["label_probability"].to_numpy(np.float16)
    margin[places, rows] = signals["margin"].to_numpy(np.float32)
    return Curves(seed, [int(epoch) for epoch in epochs], probability, margin)


@st.cache_resource(max_entries=_RUNS, ttl=_SECONDS, show_spinner=False)
def originals(_run: Run, run_id: str, stamp: str) -> OriginalReader:
    """Return what finds the original pictures of a run's source; it keeps one decoding process."""
    return OriginalReader.of_run(_run.files.document, _run.files.images.document)
