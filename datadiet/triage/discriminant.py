"""A linear discriminant on the ensemble's features that never trains on the example it judges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadiet.seeds import derive_seed
from datadiet.triage.nearest import READ_ROWS, Rows, Vectors, row_blocks

NUM_FOLDS = 5
SHRINKAGE = 0.1  # of the covariance towards a multiple of the identity
MAX_COLUMNS = 1024  # of all seeds together; wider features are projected on their main directions
SAMPLE_ROWS = 10_000  # rows from which those are found

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class _View:
    """How one seed's features are read: rooted, centred, projected, scaled to a mean square norm of 1."""

    features: Rows
    is_rooted: bool
    mean: Vectors
    basis: Vectors

    def block(self, rows: slice) -> Vectors:
        """Return these rows as the discriminant sees them."""
        centred = _rooted(self.features, rows, is_rooted=self.is_rooted) - self.mean
        return np.asarray(centred @ self.basis, dtype=np.float32)


@dataclass(frozen=True)
class _Sums:
    """What a discriminant needs to know of some examples: class counts, class sums, sum of squares."""

    counts: Matrix  # (C,)
    sums: Matrix  # (C, D)
    squares: Matrix  # (D, D)

    def without(self, other: _Sums) -> _Sums:
        """Return the sums of the examples that are not among ``other``'s."""
        return _Sums(self.counts - other.counts, self.sums - other.sums, self.squares - other.squares)


def discriminant_logits(
    labels: NDArray[np.int64], features: Sequence[Rows], is_train: NDArray[np.bool_], *, num_classes: int
) -> NDArray[np.float32]:
    """Return the logits of each class for each example, by a model fitted without that example.

    Linear discriminant analysis with one shrunken covariance for all classes: the mean of many
    examples hardly moves when some of their labels are wrong, and through five folds no example
    votes for itself, so a network that has memorised its labels cannot hide them. Examples outside
    ``is_train`` get the mean over the folds. Features after a rectifier are rooted, which makes them
    more nearly normal.

    Source: Fisher (1936); for noisy labels Lee et al. (2019), "Robust Inference via Generative
    Classifiers for Handling Noisy Labels", arXiv:1901.11300.

    Args:
        labels: Shape ``(N,)``, the labels trained on.
        features: One array ``(N, D)`` a seed, side by side in the discriminant.
        is_train: Shape ``(N,)``, the examples it is fitted on.
        num_classes: C.

    Returns:
        Shape ``(N, C)``; minus infinity-like for a class that no fitted example has.
    """
    views = [_view(one, is_train, MAX_COLUMNS // len(features)) for one in features]
    folds = _folds(is_train)
    parts = _sums_of_folds(labels, views, folds, num_classes)
    total = _Sums(*(np.sum(column, axis=0) for column in zip(*map(_fields, parts), strict=True)))
    models = [_solved(total.without(part)) for part in parts]
    logits = np.empty((len(labels), num_classes), np.float32)
    for rows in row_blocks(len(labels), READ_ROWS):
        x = _joined(views, rows)
        by_fold = np.stack([x @ weights + bias for weights, bias in models])  # (folds, b, C)
        own = folds[rows]
        logits[rows] = np.where(own[:, None] < 0, by_fold.mean(axis=0), by_fold[own, np.arange(len(own))])
    return logits


def _folds(is_train: NDArray[np.bool_]) -> NDArray[np.int64]:
    folds = np.full(len(is_train), -1, dtype=np.int64)
    rows = np.flatnonzero(is_train)
    order = np.random.default_rng(derive_seed(0, "discriminant")).permutation(len(rows))
    folds[rows[order]] = np.arange(len(rows)) % NUM_FOLDS
    return folds


def _sums_of_folds(
    labels: NDArray[np.int64], views: Sequence[_View], folds: NDArray[np.int64], num_classes: int
) -> list[_Sums]:
    width = sum(view.basis.shape[1] for view in views)
    parts = [
        _Sums(np.zeros(num_classes), np.zeros((num_classes, width)), np.zeros((width, width)))
        for _ in range(NUM_FOLDS)
    ]
    for rows in row_blocks(len(labels), READ_ROWS):
        block = _joined(views, rows)
        for fold, part in enumerate(parts):
            mine = folds[rows] == fold
            x, own = block[mine], labels[rows][mine]
            onehot = np.eye(num_classes, dtype=np.float32)[own]
            part.counts[:] += np.bincount(own, minlength=num_classes)
            part.sums[:] += onehot.T @ x
            part.squares[:] += x.T @ x
    return parts


def _solved(sums: _Sums) -> tuple[Vectors, Vectors]:
    """Return weights ``(D, C)`` and biases ``(C,)`` of the discriminant of these examples."""
    num_fitted = max(sums.counts.sum(), 1.0)
    means = sums.sums / np.maximum(sums.counts, 1.0)[:, None]
    covariance = (sums.squares - (means.T * sums.counts) @ means) / num_fitted
    ridge = max(float(np.trace(covariance)) / len(covariance), 1e-9)
    covariance = (1 - SHRINKAGE) * covariance + SHRINKAGE * ridge * np.eye(len(covariance))
    weights = np.linalg.solve(covariance, means.T)
    bias = np.log(np.maximum(sums.counts, 1e-9) / num_fitted) - 0.5 * (means.T * weights).sum(axis=0)
    return weights.astype(np.float32), bias.astype(np.float32)


def _view(features: Rows, is_train: NDArray[np.bool_], most_columns: int) -> _View:
    blocks = list(row_blocks(len(features), READ_ROWS))
    is_rooted = all(bool((np.asarray(features[rows]) >= 0).all()) for rows in blocks)
    total = np.sum(
        [_rooted(features, rows, is_rooted=is_rooted)[is_train[rows]].sum(axis=0) for rows in blocks], axis=0
    )
    mean = (total / is_train.sum()).astype(np.float32)
    every = max(1, -(-int(is_train.sum()) // SAMPLE_ROWS))
    sample = np.concatenate([
        (_rooted(features, rows, is_rooted=is_rooted) - mean)[is_train[rows]][::every] for rows in blocks
    ])
    scale = np.float32(1 / np.sqrt((sample**2).sum(axis=1).mean() + 1e-12))
    return _View(features, is_rooted, mean, _main_directions(sample, most_columns) * scale)


def _main_directions(sample: Vectors, most_columns: int) -> Vectors:
    width = sample.shape[1]
    if width <= most_columns:
        return np.eye(width, dtype=np.float32)
    _, directions = np.linalg.eigh(sample.T.astype(np.float64) @ sample)  # rising
    return directions[:, : -most_columns - 1 : -1].astype(np.float32)


def _rooted(features: Rows, rows: slice, *, is_rooted: bool) -> Vectors:
    block = np.asarray(features[rows], dtype=np.float32)
    return np.sqrt(block) if is_rooted else block


def _joined(views: Sequence[_View], rows: slice) -> Vectors:
    return np.concatenate([view.block(rows) for view in views], axis=1)


def _fields(sums: _Sums) -> tuple[Matrix, Matrix, Matrix]:
    return sums.counts, sums.sums, sums.squares
