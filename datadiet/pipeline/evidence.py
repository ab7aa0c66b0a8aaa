"""What each seed of a run saw, gathered from its files for triage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.pipeline.labels import trains_on
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.arrays import open_array
from datadiet.store.publish import is_published
from datadiet.store.tables import read_table
from datadiet.triage.evidence import ACCURACY_LAG, SeedEvidence

OPINIONS = "opinions.npy"  # of a training segment: mean log-probabilities of its minibatches


def run_evidence(files: RunFiles, seeds: Sequence[int]) -> list[SeedEvidence]:
    """Return what every seed saw of all examples, in row order."""
    return [seed_evidence(files, seed) for seed in seeds]


def seed_evidence(files: RunFiles, seed: int) -> SeedEvidence:
    """Return what one seed saw of all examples, in row order."""
    is_train = trains_on(files.labels, seed, files.config.num_folds)
    return SeedEvidence(
        probabilities=files.evaluation(seed, "probabilities"),
        features=files.evaluation(seed, "features"),
        is_train=is_train,
        minibatch=minibatch_opinions(files, seed, np.flatnonzero(is_train)),
        epoch_accuracies=tuple(files.history(seed)["train_accuracy"]),
    )


def minibatch_opinions(files: RunFiles, seed: int, rows: NDArray[np.int64]) -> NDArray[np.float32] | None:
    """Return mean log-probabilities of the training minibatches, shape (N, C), NaN where never shown.

    Segments count by their epochs, and an epoch less, the further its accuracy lies below the best one:
    what a model thought before it knew anything tells nothing. None where the run kept no opinions.

    Args:
        files: Of the run.
        seed: The model.
        rows: The rows it trains on, rising, in whose order opinions are stored.
    """
    folders = [folder for folder in own_segments(files, seed) if is_published(folder / OPINIONS)]
    if not folders:
        return None
    best = float(files.history(seed)["train_accuracy"].max())
    total = np.zeros((len(files.labels), len(files.class_names)), dtype=np.float32)
    weight = np.zeros((len(files.labels), 1), dtype=np.float32)
    for folder in folders:
        accuracies = read_table(folder / "history.parquet")["train_accuracy"]
        share = epochs_weight(accuracies, best)
        opinions = open_array(folder / OPINIONS)[:].astype(np.float32)  # (n, C)
        is_shown = np.isfinite(opinions).all(axis=1)
        total[rows[is_shown]] += share * opinions[is_shown]
        weight[rows[is_shown]] += share
    return np.asarray(total / np.where(weight > 0, weight, np.nan), dtype=np.float32)


def epochs_weight(accuracies: pd.Series[float], best: float) -> float:
    """Return how much a segment counts: its epochs, each less the further below ``best`` it was right."""
    return float(np.exp(-(best - accuracies.to_numpy(dtype=np.float64)) / ACCURACY_LAG).sum())


def own_segments(files: RunFiles, seed: int) -> list[Path]:
    """Return the segments that lead to the last step, rising, each epoch once.

    Read backwards, each from where the one after it began: a step that was kept later lies inside one.
    """
    folders: list[Path] = []
    begins_after = -1
    for folder in reversed(files.segments(seed)):
        epochs = read_table(folder / "history.parquet")["epoch"]
        if not folders or int(epochs.max()) == begins_after:
            folders.append(folder)
            begins_after = int(epochs.min()) - 1
    return folders[::-1]
