"""A flat map of the ensemble's features: near on the map is alike, as far as two dimensions can tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from datadiet.errors import ConfigError, DataError

Points = NDArray[np.float32]
Vectors = NDArray[np.float32]

UMAP_NEIGHBOURS = 15  # of each example that the map keeps near; the default of umap-learn
UMAP_MIN_DISTANCE = 0.1  # between points on the map; the default of umap-learn
_BLOCK_ROWS = 4096


@dataclass(frozen=True)
class FeatureMap:
    """Where each example lies on a map; axes have no unit and no meaning of their own."""

    points: Points  # (N, 2)
    method: str  # pca or umap
    explained: float  # share of the features' variance that the map shows; NaN where the method has none


def pca_map(vectors: Vectors) -> FeatureMap:
    """Return the examples on the two main directions of their features.

    The sign of a direction is fixed (largest component positive), so that the same features give the
    same map. Failure mode: classes that differ along further directions lie on top of each other;
    ``explained`` says how much is seen.

    Args:
        vectors: Shape ``(N, D)``, one row an example, as of
            :func:`datadiet.triage.nearest.unit_vectors`.

    Raises:
        DataError: The shape is another, or a value is not finite.
    """
    check_vectors(vectors)
    mean = vectors.mean(axis=0, dtype=np.float64)  # (D,)
    variances, directions = np.linalg.eigh(_covariance(vectors, mean))  # rising
    found = directions[:, ::-1][:, :2]  # (D, 2), or (D, 1) of one feature
    signs = np.sign(found[np.abs(found).argmax(axis=0), np.arange(found.shape[1])])
    basis = np.zeros((vectors.shape[1], 2), dtype=np.float32)
    basis[:, : found.shape[1]] = found * signs
    points = vectors @ basis - mean.astype(np.float32) @ basis  # (N, 2)
    spread = np.clip(variances, 0, None)
    share = float(spread[-2:].sum() / spread.sum()) if spread.sum() > 0 else 1.0
    return FeatureMap(points, "pca", share)


def _covariance(vectors: Vectors, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the covariance (D, D), summed block by block so that no second copy of all rows is held."""
    total = np.zeros((vectors.shape[1], vectors.shape[1]))
    for start in range(0, len(vectors), _BLOCK_ROWS):
        block = vectors[start : start + _BLOCK_ROWS] - mean
        total += block.T @ block
    return total / len(vectors)


def umap_map(vectors: Vectors, *, seed: int = 0) -> FeatureMap:
    """Return the examples where UMAP puts them: neighbours stay near, large distances mean little.

    Needs the package umap-learn. One thread, so that a seed gives the same map.

    Source: McInnes, Healy & Melville (2018), arXiv:1802.03426. Failure mode: gaps and sizes of clumps
    follow from the method, not from the data.

    Args:
        vectors: Shape ``(N, D)``, N at least 4.
        seed: Of its random start.

    Raises:
        ConfigError: umap-learn is not installed.
        DataError: The shape is another, or a value is not finite.
    """
    check_vectors(vectors)
    if len(vectors) < 4:
        raise DataError(f"UMAP needs at least 4 examples, got {len(vectors)}.")
    if not has_umap():
        raise ConfigError("The UMAP map needs the package umap-learn: pip install umap-learn.")
    umap = import_module("umap")  # here: optional, and seconds of compiled code
    embedder = umap.UMAP(
        n_neighbors=min(UMAP_NEIGHBOURS, len(vectors) - 1),
        min_dist=UMAP_MIN_DISTANCE,
        metric="cosine",
        random_state=seed,
        n_jobs=1,
    )
    points = np.asarray(embedder.fit_transform(vectors), dtype=np.float32)
    return FeatureMap(points, "umap", float("nan"))


def has_umap() -> bool:
    """Return whether umap-learn is installed."""
    return find_spec("umap") is not None


def check_vectors(vectors: Vectors) -> None:
    """Refuse what no map can be drawn of.

    Raises:
        DataError: Not ``(N, D)`` with a row and a column, or a value is not finite.
    """
    if vectors.ndim != 2 or 0 in vectors.shape:
        raise DataError(f"A map needs features (N, D), got {vectors.shape}.")
    if not np.isfinite(vectors).all():
        raise DataError("A map needs finite features; the models of this run gave others.")


MAPS: dict[str, Callable[[Vectors], FeatureMap]] = {"pca": pca_map, "umap": umap_map}
