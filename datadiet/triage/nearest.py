"""Nearest neighbours of unit vectors by cosine: exact in blocks, approximate above a size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from usearch.index import Index

from datadiet.cores import num_threads
from datadiet.errors import DataError

Vectors = NDArray[np.float32]
Precision = Literal["f32", "bf16"]  # usearch's words

EXACT_UP_TO = 25_000  # examples; above, a graph costs less, and the search is approximate
BLOCK_ROWS = 128  # rows compared with all others at once, at most
BLOCK_VALUES = 2**23  # similarities held at once, at most: 32 MiB
READ_ROWS = 4096  # rows read from a stored array at once
MAX_DIMENSIONS = 256  # of the vectors compared; wider ones are projected on their main directions
SAMPLE_ROWS = 10_000  # rows from which main directions are found
CONNECTIVITY = 12  # links of a row in the graph
EXPANSION = 48  # rows kept in view while the graph is built or searched, unless told otherwise
NUM_PIVOTS = 256  # rows by whose nearest one the others are put in order
RECALL_ROWS = 500  # rows on which an approximate search is compared with the exact one
GROUP = 64  # columns, evenly spaced, whose largest similarity is looked at first
CROWDED = 100  # times k columns at which a row is thinned before it is sorted


class Rows(Protocol):
    """An array that is read by rows: a NumPy array, or one that lies in the store."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape, rows first."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """Return the rows of a slice or of an integer array."""


@dataclass(frozen=True)
class Neighbours:
    """The nearest neighbours of the M rows that were asked for, a row itself left out."""

    rows: NDArray[np.int64]  # (M, k), nearest first; ties by the lower row
    distances: Vectors  # (M, k), cosine distance, in [0, 2]
    recall: float  # share of the true neighbours found, measured on a sample; 1 where exact


def unit_vectors(features: Sequence[Rows]) -> Vectors:
    """Return one unit vector an example: each seed's features L2-normalised, then side by side.

    A dot product of two rows is the mean over seeds of the cosine of their features. Above
    ``MAX_DIMENSIONS`` columns the vectors are projected on the main directions of a sample, which
    keeps nearly all of a trained network's features and bounds memory to 1 KiB an example.

    Args:
        features: One array ``(N, D)`` a seed, rows in the same order.

    Returns:
        Shape ``(N, min(sum of D, MAX_DIMENSIONS))``, float32, rows of norm 1 (0 where all are 0).

    Raises:
        DataError: There is no array, their lengths differ, or a feature is not finite.
    """
    if not features or len({len(one) for one in features}) != 1:
        raise DataError(
            "Neighbours need features of the same examples from each seed, "
            f"got {[len(one) for one in features]}."
        )
    num_rows = len(features[0])
    every = max(1, -(-num_rows // SAMPLE_ROWS))
    sample = np.concatenate([_joined(features, rows)[::every] for rows in row_blocks(num_rows, READ_ROWS)])
    basis = _main_directions(sample)
    vectors = np.empty((num_rows, basis.shape[1] if basis is not None else sample.shape[1]), np.float32)
    for rows in row_blocks(num_rows, READ_ROWS):
        block = _joined(features, rows)
        vectors[rows] = _normalised(block if basis is None else block @ basis)
    return vectors


def nearest(vectors: Vectors, num_neighbours: int, *, asked: NDArray[np.int64] | None = None) -> Neighbours:
    """Return the nearest others by cosine: exact up to ``EXACT_UP_TO`` rows, else approximate.

    Args:
        vectors: Shape ``(N, D)``, float32, rows of norm 1.
        num_neighbours: How many a row; fewer where there are fewer others.
        asked: Shape ``(M,)``, the rows whose neighbours are looked for; all where it is None.

    Raises:
        DataError: There are fewer than two rows.
    """
    if len(vectors) < 2:
        raise DataError("Neighbours need at least two examples.")
    if len(vectors) <= EXACT_UP_TO:
        return nearest_exact(vectors, num_neighbours, asked=asked)
    return nearest_approximate(vectors, num_neighbours, asked=asked)


def nearest_exact(
    vectors: Vectors, num_neighbours: int, *, asked: NDArray[np.int64] | None = None
) -> Neighbours:
    """Return the nearest others, every asked row compared with all, a block at a time."""
    num_rows, k = len(vectors), min(num_neighbours, len(vectors) - 1)
    own = np.arange(num_rows) if asked is None else asked
    found = np.empty((len(own), k), np.int64)
    distances = np.empty((len(own), k), np.float32)
    at_once = min(BLOCK_ROWS, max(1, BLOCK_VALUES // num_rows))
    kept = np.empty((at_once, num_rows), np.float32)  # written anew by each block: no memory to ask for
    for rows in row_blocks(len(own), at_once):
        block = own[rows]
        similarity = np.matmul(vectors[block], vectors.T, out=kept[: len(block)])  # (b, N)
        similarity[np.arange(len(block)), block] = -np.inf
        found[rows], best = _largest(similarity, k)
        distances[rows] = 1.0 - best
    return Neighbours(found, distances.clip(0.0, 2.0), recall=1.0)


def nearest_approximate(
    vectors: Vectors,
    num_neighbours: int,
    *,
    asked: NDArray[np.int64] | None = None,
    expansion: int = EXPANSION,
    precision: Precision = "f32",
) -> Neighbours:
    """Return the nearest others by a graph index (HNSW), with its recall measured on a sample.

    The graph compares squared Euclidean distances. Between rows of norm 1 their order is that of the
    cosine, and in float32 they tell apart what lies within 1e-4 of each other, as features of a class
    do; half precision does not. Like rows enter it, and are searched for, one after the other, so that
    what they look at is still in the cache.

    Source: Malkov & Yashunin (2018), arXiv:1603.09320, as built by usearch: by one thread, so that the
    answer does not depend on their number, and searched by all.

    Args:
        vectors: Shape ``(N, D)``, float32, rows of norm 1.
        num_neighbours: How many a row.
        asked: Shape ``(M,)``, the rows whose neighbours are looked for; all where it is None.
        expansion: Rows kept in view while the graph is built or searched: more find more, and take longer.
        precision: In which the graph holds the rows; ``bf16`` is faster where near rows are few.
    """
    num_rows, k = len(vectors), min(num_neighbours, len(vectors) - 1)
    own = np.arange(num_rows) if asked is None else asked
    order = like_together(vectors)
    index = _graph(vectors, order, expansion, precision)
    found = np.empty((len(own), k), np.int64)
    distances = np.empty((len(own), k), np.float32)
    turns = np.argsort(np.argsort(order)[own])  # places in ``own``, like rows together
    for rows in row_blocks(len(own), READ_ROWS):
        turn = turns[rows]
        found[turn], distances[turn] = _searched(index, vectors, own[turn], k)
    return Neighbours(found, distances, recall=measured_recall(vectors, found, asked=asked))


def like_together(vectors: Vectors) -> NDArray[np.int64]:
    """Return all rows in an order in which like ones stand together: by the nearest of some rows."""
    pivots = vectors[np.linspace(0, len(vectors) - 1, NUM_PIVOTS).astype(np.int64)]  # (P, D)
    blocks = row_blocks(len(vectors), READ_ROWS)
    pivot = np.concatenate([(vectors[rows] @ pivots.T).argmax(axis=1) for rows in blocks])
    return np.argsort(pivot, kind="stable")


def measured_recall(
    vectors: Vectors, found: NDArray[np.int64], *, asked: NDArray[np.int64] | None = None
) -> float:
    """Return the share of the true nearest neighbours of evenly spaced asked rows that ``found`` holds.

    Args:
        vectors: Shape ``(N, D)``.
        found: Shape ``(M, k)``, the neighbours found for the asked rows.
        asked: Shape ``(M,)``; all rows where it is None.
    """
    places = np.linspace(0, len(found) - 1, min(RECALL_ROWS, len(found))).astype(np.int64)
    true = nearest_exact(vectors, found.shape[1], asked=places if asked is None else asked[places]).rows
    hits = [len(np.intersect1d(one, other)) for one, other in zip(true, found[places], strict=True)]
    return float(np.sum(hits) / true.size)


def row_blocks(num_rows: int, size: int) -> Iterator[slice]:
    """Yield slices of at most ``size`` rows that cover ``num_rows``."""
    for start in range(0, num_rows, size):
        yield slice(start, min(start + size, num_rows))


def _joined(features: Sequence[Rows], rows: slice) -> Vectors:
    parts = [_normalised(np.asarray(one[rows], dtype=np.float32)) for one in features]
    joined: Vectors = np.concatenate(parts, axis=1) / np.float32(np.sqrt(len(parts)))
    if not np.isfinite(joined).all():
        raise DataError(
            "A feature is not a finite number, so neighbours cannot be found; did a seed diverge?"
        )
    return joined


def _normalised(block: Vectors) -> Vectors:
    norms = np.linalg.norm(block, axis=1, keepdims=True)
    units: Vectors = np.divide(block, norms, out=np.zeros_like(block), where=norms != 0)
    return units


def _main_directions(sample: Vectors) -> Vectors | None:
    if sample.shape[1] <= MAX_DIMENSIONS:
        return None
    wide = sample.astype(np.float64)
    _, directions = np.linalg.eigh(wide.T @ wide)  # rising
    return directions[:, : -MAX_DIMENSIONS - 1 : -1].astype(np.float32)


def _graph(vectors: Vectors, order: NDArray[np.int64], expansion: int, precision: Precision) -> Index:
    index = Index(
        ndim=vectors.shape[1],
        metric="l2sq",
        dtype=precision,
        connectivity=CONNECTIVITY,
        expansion_add=expansion,
        expansion_search=expansion,
    )
    for rows in row_blocks(len(order), READ_ROWS):
        index.add(order[rows], vectors[order[rows]], threads=1)
    return index


def _searched(
    index: Index, vectors: Vectors, own: NDArray[np.int64], k: int
) -> tuple[NDArray[np.int64], Vectors]:
    """Return rows and cosine distances of the ``k`` nearest of each row of ``own``, nearest first."""
    keys = np.asarray(index.search(vectors[own], k + 1, threads=num_threads()).keys)
    found = _without_self(keys.reshape(-1, k + 1).astype(np.int64), own)
    distances = 1.0 - np.einsum("bd,bkd->bk", vectors[own], vectors[found])
    order = np.lexsort((found, distances), axis=1)
    nearest_first = np.take_along_axis(distances, order, axis=1).clip(0.0, 2.0)
    return np.take_along_axis(found, order, axis=1), nearest_first


def _largest(similarity: Vectors, k: int) -> tuple[NDArray[np.int64], Vectors]:
    """Return columns and values of each row's ``k`` largest, largest first, ties by the lower column.

    The k-th largest of the maxima of groups of columns is a lower bound of the k-th largest value,
    so that few columns are left to sort: several times as fast as a partition of every row.
    """
    num_rows, num_columns = similarity.shape
    num_groups = num_columns // GROUP
    if num_groups > 4 * k:
        groups = similarity[:, : num_groups * GROUP].reshape(num_rows, GROUP, num_groups)
        maxima = groups.max(axis=1)  # down whole rows of groups: four times as fast as along columns
        bound = np.partition(maxima, num_groups - k, axis=1)[:, num_groups - k, None]
    else:
        bound = np.partition(similarity, num_columns - k, axis=1)[:, num_columns - k, None]
    is_near = similarity >= bound
    for crowded in np.flatnonzero(np.count_nonzero(is_near, axis=1) > CROWDED * k):
        is_near[crowded] = _exactly_largest(similarity[crowded], k)
    rows, columns = np.divmod(np.flatnonzero(is_near), num_columns)
    values = similarity[rows, columns]
    order = np.lexsort((columns, -values, rows))
    starts = np.searchsorted(rows[order], np.arange(num_rows))
    picked = order[starts[:, None] + np.arange(k)]
    return columns[picked], values[picked]


def _exactly_largest(values: Vectors, k: int) -> NDArray[np.bool_]:
    """Return a mask of the ``k`` largest, of equal ones the first; for rows full of equal values."""
    bound = np.partition(values, len(values) - k)[len(values) - k]
    mask: NDArray[np.bool_] = values > bound
    mask[np.flatnonzero(values == bound)[: k - np.count_nonzero(mask)]] = True
    return mask


def _without_self(keys: NDArray[np.int64], own: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the keys but the row's own; but the last where its own was not found."""
    is_own = keys == own[:, None]
    is_own[~is_own.any(axis=1), -1] = True
    others: NDArray[np.int64] = keys[~is_own].reshape(len(keys), -1)
    return others
