"""Examples unlike all others or unlike their class: distance to neighbours in the ensemble's features."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.cores import num_threads
from datadiet.frames.triage import OUTLIERS
from datadiet.triage.nearest import Neighbours, Vectors, nearest

NUM_NEIGHBOURS = 20  # whose distances are averaged


def outlier_table(
    example_ids: NDArray[np.int64], labels: NDArray[np.int64], vectors: Vectors, neighbours: Neighbours
) -> pd.DataFrame:
    """Return how far each example lies from its neighbours, overall and among those of its label.

    The distance overall is the score: far from everything the ensemble knows. The distance in the
    class is also high for a mislabelled example, which lies amid another class; that is what
    ``mislabel_score`` is for. Examples that were memorised lie nearer to their label's class than
    their picture would, so planted outliers of a class are found less surely than strangers to all.

    Source: Sun et al. (2022), "Out-of-Distribution Detection with Deep Nearest Neighbors",
    arXiv:2204.06507, with the mean over the neighbours in place of the k-th distance.

    Args:
        example_ids: Shape ``(N,)``.
        labels: Shape ``(N,)``, the labels trained on.
        vectors: Shape ``(N, D)``, from :func:`datadiet.triage.nearest.unit_vectors`.
        neighbours: Their nearest, from :func:`datadiet.triage.nearest.nearest`.

    Returns:
        An OUTLIERS table; ``distance_in_class`` is NaN for the only example of a class.
    """
    overall = neighbours.distances[:, :NUM_NEIGHBOURS].mean(axis=1, dtype=np.float64)
    frame = pd.DataFrame({
        "example_id": example_ids,
        "outlier_score": rank_fractions(overall),
        "distance_overall": overall,
        "distance_in_class": distance_in_class(vectors, labels, neighbours),
    })
    return OUTLIERS.conform(frame.sort_values("example_id"))


def distance_in_class(
    vectors: Vectors, labels: NDArray[np.int64], neighbours: Neighbours
) -> NDArray[np.float64]:
    """Return the mean distance to the nearest others of the same label; NaN where there is none.

    Where all neighbours of a row carry its label, they are its nearest in the class too; only the
    other rows are searched for, each in its class, and a class a thread.

    Args:
        vectors: Shape ``(N, D)``, from :func:`datadiet.triage.nearest.unit_vectors`.
        labels: Shape ``(N,)``.
        neighbours: Of all rows, whatever their label.
    """
    near = neighbours.rows[:, :NUM_NEIGHBOURS]
    are_enough = near.shape[1] == min(NUM_NEIGHBOURS, len(labels) - 1)
    is_pure = (labels[near] == labels[:, None]).all(axis=1) & are_enough
    means = neighbours.distances[:, :NUM_NEIGHBOURS].mean(axis=1, dtype=np.float64)
    distances = np.where(is_pure, means, np.nan)

    def search(label: np.int64) -> None:
        rows = np.flatnonzero(labels == label)
        asked = np.flatnonzero(~is_pure[rows])
        if len(rows) > 1:
            found = nearest(vectors[rows], NUM_NEIGHBOURS, asked=asked)
            distances[rows[asked]] = found.distances.mean(axis=1, dtype=np.float64)

    with ThreadPoolExecutor(num_threads()) as threads:
        list(threads.map(search, np.unique(labels[~is_pure])))  # raises what a search raised
    return distances


def rank_fractions(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rank of each value in [0, 1], equal values with their mean rank."""
    ranks = pd.Series(values).rank(method="average").to_numpy(np.float64)
    return np.asarray((ranks - 1) / max(len(values) - 1, 1), dtype=np.float64)
