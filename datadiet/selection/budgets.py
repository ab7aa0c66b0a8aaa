"""How many examples each class or group of a quota keeps, from the tables of a selection."""

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
    """What one class or group keeps, and what its quota asked for."""

    part: int  # index of the class or group
    size: int  # training examples, suspects included
    wanted: int  # of the quota
    kept: int


def part_budgets(
    quota: Quota, train: pd.DataFrame, left: pd.DataFrame, free_ids: NDArray[np.int64]
) -> list[Budget]:
    """Return the budget of each class or group in training; they sum to the number of ``free_ids``.

    Args:
        quota: Not ``none``.
        train: Training examples: example_id and part.
        left: Those that may be chosen.
        free_ids: What the rule would keep without a quota.
    """
    parts, sizes = np.unique(train["part"].to_numpy(np.int64), return_counts=True)
    available = _per_part(left, parts)
    if quota.kind == "floor":
        wanted = np.floor(quota.fraction * sizes + 1e-9).astype(np.int64)
        free = _per_part(left[left["example_id"].isin(free_ids)], parts)
        kept = floor_budgets(free, wanted, available)
    elif quota.kind == "equal":
        wanted = np.full_like(available, len(free_ids) // len(parts))
        kept = equal_budgets(available, len(free_ids))
    else:
        wanted = proportional_budgets(sizes.astype(np.int64), sizes.astype(np.int64), len(free_ids))
        kept = proportional_budgets(sizes.astype(np.int64), available, len(free_ids))
    columns = (parts.tolist(), sizes.tolist(), wanted.tolist(), kept.tolist())
    return [Budget(*row) for row in zip(*columns, strict=True)]


def _per_part(rows: pd.DataFrame, parts: NDArray[np.int64]) -> Counts:
    return np.array([int((rows["part"] == part).sum()) for part in parts], dtype=np.int64)
