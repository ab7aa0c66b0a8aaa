"""The table of every example's nearest neighbours, and how far they agree with its label."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.frames.triage import NEIGHBOURS
from datadiet.triage.nearest import Neighbours

NUM_LISTED = 10  # neighbours an example in the table


def neighbour_table(example_ids: NDArray[np.int64], neighbours: Neighbours) -> pd.DataFrame:
    """Return the NEIGHBOURS table: up to ``NUM_LISTED`` nearest of each example, nearest first."""
    rows, distances = neighbours.rows[:, :NUM_LISTED], neighbours.distances[:, :NUM_LISTED]
    num_examples, num_listed = rows.shape
    frame = pd.DataFrame({
        "example_id": np.repeat(example_ids, num_listed),
        "rank": np.tile(np.arange(num_listed), num_examples),
        "neighbour_id": example_ids[rows].ravel(),
        "distance": distances.ravel(),
    })
    return NEIGHBOURS.conform(frame.sort_values(["example_id", "rank"]))


def label_shares(
    labels: NDArray[np.int64], neighbours: Neighbours, *, num_classes: int
) -> NDArray[np.float64]:
    """Return the share of each example's neighbours that carry each label: ``(N, C)``."""
    num_examples, num_neighbours = neighbours.rows.shape
    places = np.arange(num_examples)[:, None] * num_classes + labels[neighbours.rows]
    counts = np.bincount(places.ravel(), minlength=num_examples * num_classes)
    return np.asarray(counts.reshape(num_examples, num_classes) / num_neighbours, dtype=np.float64)
