"""What is known of each image of a run, looked up for cards: votes of models, neighbours, exemplars."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from app import state
from datadiet.errors import NotFoundError
from datadiet.pipeline.labels import trains_on
from datadiet.pipeline.run import Run
from datadiet.store.arrays import StoredArray

NUM_NEIGHBOURS = 6
NUM_EXEMPLARS = 6


class Evidence:
    """The tables and arrays of a run that cards are made of; reading only."""

    def __init__(self, run: Run, scores: pd.DataFrame) -> None:
        self.run = run
        self.scores = scores  # in example_id order
        self.example_ids = scores["example_id"].to_numpy(dtype=np.int64)
        self.labels = scores["label"].to_numpy(dtype=np.int64)
        self._is_train = {
            seed: trains_on(run.files.labels, seed, run.files.config.num_folds) for seed in run.seeds
        }
        self.estimate = run.estimate if run.is_triaged else None
        self._probabilities: dict[int, StoredArray] = {}
        self._exemplars: dict[int, list[int]] = {}
        self._neighbours = _neighbour_rows(run)
        self._examples, (height, width) = run.files.images.examples, run.files.images.images.shape[1:3]
        self._sizes = self._examples[["width", "height"]].to_numpy(dtype=np.int64)  # (N, 2), in the source
        self._is_whole = (self._sizes == (width, height)).all(axis=1)

    def has_example(self, example_id: int) -> bool:
        """Return whether the run has an example of that number."""
        row = int(np.searchsorted(self.example_ids, example_id)) if 0 <= example_id < 2**63 else 0
        return row < len(self.example_ids) and int(self.example_ids[row]) == example_id

    def example(self, example_id: int) -> pd.Series[Any]:
        """Return an example's row of the EXAMPLES table."""
        return self._examples.iloc[int(self.rows([example_id])[0])]

    def sizes(self, example_ids: Sequence[int]) -> list[list[int]]:
        """Return width and height of each picture in its source, pixels."""
        rows = self.rows(example_ids)
        return [[int(width), int(height)] for width, height in self._sizes[rows]]

    def rows(self, example_ids: Sequence[int]) -> NDArray[np.int64]:
        """Return the row of each example."""
        return np.searchsorted(self.example_ids, np.asarray(example_ids, dtype=np.int64))

    def probabilities(self, example_ids: Sequence[int]) -> NDArray[np.float64]:
        """Return the class probabilities of each seed, shape (S, n, C)."""
        rows = self.rows(example_ids)
        for seed in self.run.seeds:
            if seed not in self._probabilities:
                self._probabilities[seed] = self.run.files.evaluation(seed, "probabilities")
        return np.stack([self._probabilities[seed][rows].astype(np.float64) for seed in self.run.seeds])

    def is_train(self, example_ids: Sequence[int]) -> NDArray[np.bool_]:
        """Return which seeds trained on each example, shape (S, n)."""
        rows = self.rows(example_ids)
        return np.stack([self._is_train[seed][rows] for seed in self.run.seeds])

    def neighbours(self, example_id: int) -> list[int]:
        """Return the example_ids of the nearest neighbours, the nearest first; none without triage."""
        ids, starts = self._neighbours
        row = int(self.rows([example_id])[0])
        return [int(each) for each in ids[starts[row] : starts[row + 1]][:NUM_NEIGHBOURS]]

    def exemplars(self, class_index: int) -> list[int]:
        """Return the example_ids of the most typical images of a class; none without triage."""
        if class_index not in self._exemplars:
            try:
                found = self.run.exemplars(class_index, NUM_EXEMPLARS)
            except NotFoundError:
                found = []
            self._exemplars[class_index] = found
        return self._exemplars[class_index]

    def pictures(self, example_ids: Sequence[int]) -> list[bytes | NDArray[np.uint8]]:
        """Return each picture as :meth:`LabeledImages.pictures` does, asked for in the order of the files."""
        images, rows = self.run.files.images, self.rows(example_ids)
        if self._is_whole[rows].all():
            return list(images.images[rows])
        order = np.argsort(rows, kind="stable")
        found = images.pictures([example_ids[place] for place in order])
        by_place = dict(zip(order.tolist(), found, strict=True))
        return [by_place[place] for place in range(len(example_ids))]


def _neighbour_rows(run: Run) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the neighbours of all examples one after the other, and where those of each row begin."""
    known = run.files.labels["example_id"].to_numpy(dtype=np.int64)
    try:
        table = run.neighbours().sort_values(["example_id", "rank"], kind="stable")
    except NotFoundError:
        return np.zeros(0, np.int64), np.zeros(len(known) + 1, np.int64)
    starts = np.searchsorted(table["example_id"].to_numpy(), np.append(known, np.iinfo(np.int64).max))
    return table["neighbour_id"].to_numpy(dtype=np.int64), starts.astype(np.int64)


@st.cache_resource(max_entries=4, ttl=3600.0, show_spinner=False)
def read_evidence(root: Path, run_id: str, stamp: str) -> Evidence:
    """Return the evidence of a run.

    Args:
        root: Folder of the workspace.
        run_id: Whole id.
        stamp: From :func:`app.state.run_stamp`.
    """
    scored = state.read_scores(root, run_id, stamp)
    return Evidence(scored.run, scored.scores)
