"""From one value a seed to one value an example: mean, standard error, percentile. Torch-free."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.errors import DataError
from datadiet.frames.scores import SUMMARY
from datadiet.scores.method import Direction

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def mean_over_seeds(values: Floats) -> Floats:
    """Return the mean of each column over its numbers; NaN where a column has none.

    Args:
        values: Shape ``(S, N)``, NaN where a seed gives no value.
    """
    is_known = ~np.isnan(values)
    num_seeds = is_known.sum(axis=0)
    total = np.where(is_known, values, 0.0).sum(axis=0)
    return np.where(num_seeds > 0, total / np.maximum(num_seeds, 1), np.nan)


def standard_error(values: Floats) -> Floats:
    """Return the standard error of each column's mean (sample deviation ÷ √seeds); NaN below two seeds.

    Args:
        values: Shape ``(S, N)``, NaN where a seed gives no value.
    """
    is_known = ~np.isnan(values)
    num_seeds = is_known.sum(axis=0)
    deviations = np.where(is_known, values - mean_over_seeds(values), 0.0)
    variance = np.square(deviations).sum(axis=0) / np.maximum(num_seeds - 1, 1)
    return np.where(num_seeds > 1, np.sqrt(variance / np.maximum(num_seeds, 1)), np.nan)


def hardness(values: Floats, direction: Direction) -> Floats:
    """Return ``values`` turned so that larger is harder; ``none`` is left as it is."""
    return -values if direction == "low" else values


def percentiles(values: Floats, direction: Direction, is_train: Mask) -> Floats:
    """Return the rank of each example among the training examples, from easy (0) to hard (1).

    Equal training examples keep the order they come in, which is that of example_id. Examples outside train
    are not ranked: they get the place their value would have, ties in the middle.

    Args:
        values: Shape ``(N,)``, in example_id order; NaN stays NaN and is not ranked.
        direction: Which end is hard.
        is_train: Shape ``(N,)``, bool.

    Returns:
        Shape ``(N,)``, in [0, 1] or NaN.

    Example:
        >>> import numpy as np
        >>> percentiles(np.array([3.0, 1.0, 2.0]), "low", np.array([True, True, True])).tolist()
        [0.0, 1.0, 0.5]
    """
    hard = hardness(values, direction)
    is_known = ~np.isnan(hard)
    ranked = np.flatnonzero(is_known & is_train)
    result = np.full(len(hard), np.nan)
    if not len(ranked):
        return result
    order = np.argsort(hard[ranked], kind="stable")
    last = max(len(ranked) - 1, 1)
    result[ranked[order]] = np.arange(len(ranked)) / last
    others = np.flatnonzero(is_known & ~is_train)
    ascending = hard[ranked][order]
    left = np.searchsorted(ascending, hard[others], side="left")
    right = np.searchsorted(ascending, hard[others], side="right")
    result[others] = np.clip((left + right - 1) / 2 / last, 0.0, 1.0)
    return result


def summarise(
    values: Floats, is_train: Mask, *, example_ids: NDArray[np.int64], direction: Direction
) -> pd.DataFrame:
    """Return mean, standard error, percentile and number of seeds of each example.

    Args:
        values: Shape ``(S, N)``, NaN where a seed gives no value for an example: it was left out of that
            seed's training, or the seed diverged.
        is_train: Shape ``(N,)``, bool; only these are ranked.
        example_ids: Shape ``(N,)``, ascending.
        direction: Which end of the score is hard.

    Returns:
        A SUMMARY frame, in the order of ``example_ids``.

    Raises:
        DataError: The shapes do not belong together, or the ids do not rise.
    """
    if values.ndim != 2 or not values.shape[1] == len(is_train) == len(example_ids):
        raise DataError(
            f"values must be (seeds, examples), with a mask and an id an example; "
            f"got {values.shape}, {len(is_train)} and {len(example_ids)}."
        )
    if np.any(np.diff(example_ids) <= 0):
        raise DataError("example_ids must rise: ties are broken by example_id.")
    mean = mean_over_seeds(values)
    frame = pd.DataFrame({
        "example_id": example_ids,
        "mean": mean,
        "standard_error": standard_error(values),
        "percentile": percentiles(mean, direction, np.asarray(is_train, dtype=bool)),
        "num_seeds": (~np.isnan(values)).sum(axis=0),
    })
    return SUMMARY.conform(frame)
