"""The most typical images of a class, no two of them nearly the same: what to hold a doubtful one against."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MOST_TYPICAL = 0.1  # share of a class that is typical enough to be shown
FEWEST_CANDIDATES = 3  # for each image wanted, where the class has them
MOST_CANDIDATES = 60


def exemplars(
    mislabels: pd.DataFrame, outliers: pd.DataFrame, labels: pd.DataFrame, class_index: int, *, num: int
) -> NDArray[np.int64]:
    """Return the training examples of a class that lie closest to the others of it.

    Those that look wrong or that the ensemble takes for another class are left out, unless nothing else is
    there. Failure mode: copies of one picture lie closest of all to each other; see :func:`diverse`.

    Args:
        mislabels: A MISLABELS table.
        outliers: An OUTLIERS table over the same examples.
        labels: A LABELS table over the same examples.
        class_index: Whose.
        num: At most this many.

    Returns:
        (M,) example_ids, the most typical first, M <= num.
    """
    is_member = (labels["label"] == class_index) & (labels["split"] == "train")
    is_clear = (mislabels["predicted_label"] == class_index) & ~mislabels["is_suspect"]
    chosen = is_member.to_numpy() & is_clear.to_numpy()
    if not chosen.any():
        chosen = is_member.to_numpy()
    found = outliers.loc[chosen, ["example_id", "distance_in_class"]]
    closest = found.sort_values(["distance_in_class", "example_id"], kind="stable", na_position="last")
    return closest["example_id"].head(num).to_numpy(dtype=np.int64)


def num_candidates(num_in_class: int, num: int) -> int:
    """Return among how many of the most typical images ``num`` different ones are looked for.

    Example:
        >>> num_candidates(5000, 6), num_candidates(400, 6), num_candidates(50, 6)
        (60, 40, 18)
    """
    return max(FEWEST_CANDIDATES * num, min(MOST_CANDIDATES, round(MOST_TYPICAL * num_in_class)))


def diverse(
    candidates: NDArray[np.int64],
    vectors: NDArray[np.float32],
    duplicate_groups: NDArray[np.int64],
    *,
    num: int,
) -> NDArray[np.int64]:
    """Return candidates that differ: the first, then always the one farthest from those chosen.

    Of a group of duplicates only the most typical one is taken. Where fewer than ``num`` are left, all of
    them are returned.

    Args:
        candidates: (M,) example_ids, the most typical first.
        vectors: (M, D), unit vectors of their features.
        duplicate_groups: (M,), the group of each, -1 for none.
        num: How many to return.

    Returns:
        (K,) example_ids, the most typical first, K <= num.
    """
    _, first = np.unique(duplicate_groups, return_index=True)
    is_first = duplicate_groups < 0
    is_first[first] = True
    ids, near = candidates[is_first], vectors[is_first]
    if len(ids) <= num:
        return ids
    chosen = [0]
    likeness = near @ near[0]  # (M,), to the nearest of those chosen
    while len(chosen) < num:
        farthest = int(np.argmin(np.where(np.isin(np.arange(len(ids)), chosen), np.inf, likeness)))
        chosen.append(farthest)
        likeness = np.maximum(likeness, near @ near[farthest])
    found: NDArray[np.int64] = ids[np.sort(chosen)]
    return found
