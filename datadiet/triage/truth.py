"""Scores against a known truth: precision and recall by depth, AUROC and average precision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.errors import DataError
from datadiet.frames.triage import TRUTH

NUM_DEPTHS = 50  # depths at which precision and recall are given


@dataclass(frozen=True)
class Detection:
    """How well one score finds the wrong labels."""

    auroc: float  # chance that a wrong label scores above a right one, ties counted half
    average_precision: float  # mean precision at each wrong label, worst first
    num_wrong: int
    num_examples: int


def truth_table(scores: Mapping[str, NDArray[np.float64]], is_wrong: NDArray[np.bool_]) -> pd.DataFrame:
    """Return precision and recall of each score at ``NUM_DEPTHS`` depths.

    Args:
        scores: By name, shape ``(N,)``, high = suspect; a score whose hard end is low is negated by the
            caller. Pass the random control among them. An example without a value ranks last.
        is_wrong: Shape ``(N,)``, which labels are wrong.

    Returns:
        A TRUTH table, score by score, depths rising to N.

    Raises:
        DataError: No label is wrong, or a score has another length.
    """
    depths = np.unique(np.geomspace(1, len(is_wrong), NUM_DEPTHS).round().astype(np.int64))
    parts = []
    for name, values in scores.items():
        found = is_wrong[worst_first(values, is_wrong)].cumsum()[depths - 1]
        parts.append(
            pd.DataFrame({
                "score": name,
                "depth": depths,
                "precision": found / depths,
                "recall": found / is_wrong.sum(),
            })
        )
    return TRUTH.conform(pd.concat(parts))


def detection(values: NDArray[np.float64], is_wrong: NDArray[np.bool_]) -> Detection:
    """Return how well high values find the wrong labels.

    Raises:
        DataError: All labels are right or all are wrong, or the lengths differ.
    """
    order = worst_first(values, is_wrong)
    num_wrong, num_right = int(is_wrong.sum()), int((~is_wrong).sum())
    if num_right == 0:
        raise DataError("All labels are wrong, so no score can be compared with the truth.")
    ranks = pd.Series(np.nan_to_num(values, nan=-np.inf)).rank().to_numpy()
    above = ranks[is_wrong].sum() - num_wrong * (num_wrong + 1) / 2
    places = np.flatnonzero(is_wrong[order]) + 1
    return Detection(
        auroc=float(above / (num_wrong * num_right)),
        average_precision=float((np.arange(1, num_wrong + 1) / places).mean()),
        num_wrong=num_wrong,
        num_examples=len(is_wrong),
    )


def worst_first(values: NDArray[np.float64], is_wrong: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the rows from the highest value down, ties by the lower row, missing values last.

    Raises:
        DataError: No label is wrong, or the lengths differ.
    """
    if values.shape != is_wrong.shape:
        raise DataError(f"A score and the truth need one length, got {values.shape} and {is_wrong.shape}.")
    if not is_wrong.any():
        raise DataError("No label is known to be wrong, so no score can be compared with the truth.")
    return np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")
