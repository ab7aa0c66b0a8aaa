"""The most typical images of a class: what to hold a doubtful one against."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def exemplars(
    mislabels: pd.DataFrame, outliers: pd.DataFrame, labels: pd.DataFrame, class_index: int, *, num: int
) -> NDArray[np.int64]:
    """Return the training examples of a class that lie closest to the others of it.

    Those that look wrong or that the ensemble takes for another class are left out, unless nothing else is
    there.

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
