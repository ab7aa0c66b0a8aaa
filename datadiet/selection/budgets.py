"""How many examples each class of a quota keeps, from the tables of a selection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.selection.quotas import (
    Counts,
    Quota,
    equal_budgets,
    floor_budgets,
    proportional_budgets,
)


@dataclass(frozen=True)
class Budget:
    """What one class keeps, and what its quota asked for."""

    label: int  # class index
    size: int  # training examples, suspects included
    wanted: int  # of the quota
    kept: int


def class_budgets(
    quota: Quota, train: pd.DataFrame, left: pd.DataFrame, free_ids: NDArray[np.int64]
) -> list[Budget]:
    """Return the budget of each class that has training examples; they sum to the number of ``free_ids``.

    Args:
        quota: Not ``none``.
        train: Training examples: example_id and label.
        left: Those that may be chosen.
        free_ids: What the rule would keep without a quota.
    """
    labels, sizes = np.unique(train["label"].to_numpy(np.int64), return_counts=True)
    available = _per_class(left, labels)
    if quota.kind == "floor":
        wanted = np.floor(quota.fraction * sizes + 1e-9).astype(np.int64)
        free = _per_class(left[left["example_id"].isin(free_ids)], labels)
        kept = floor_budgets(free, wanted, available)
    elif quota.kind == "equal":
        wanted = np.full_like(available, len(free_ids) // len(labels))
        kept = equal_budgets(available, len(free_ids))
    else:
        wanted = proportional_budgets(sizes.astype(np.int64), sizes.astype(np.int64), len(free_ids))
        kept = proportional_budgets(sizes.astype(np.int64), available, len(free_ids))
    columns = (labels.tolist(), sizes.tolist(), wanted.tolist(), kept.tolist())
    return [Budget(*row) for row in zip(*columns, strict=True)]


def _per_class(rows: pd.DataFrame, labels: NDArray[np.int64]) -> Counts:
    return np.array([int((rows["label"] == label).sum()) for label in labels], dtype=np.int64)
