"""How far a review has come: its yield, what the next hundred hold, and how many wrong labels are left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

FINDS = ("relabel", "new_class", "drop", "no_class")  # decisions that change a label or take it away
PRIOR_FINDS = 10.0  # wrong labels' worth of trust in the scores before anybody has looked
NORMAL_95 = 1.959964


@dataclass(frozen=True)
class ReviewProgress:
    """Where a review stands."""

    num_reviewed: int  # decided, unsure left out
    num_found: int  # whose label was changed or taken away
    num_expected: float  # that mislabel_score promised among the reviewed
    found_in_last_100: int  # reviewed last
    expected_in_next_100: float  # of the most suspect that are left
    num_left: float  # wrong labels among the examples that are left
    num_left_low: float  # of the 95 % interval
    num_left_high: float


def review_progress(mislabels: pd.DataFrame, decided: pd.DataFrame) -> ReviewProgress:
    """Return the yield so far and what is left.

    ``mislabel_score`` is a probability, so its sum is the number of wrong labels it promises. The
    promise for what is left is multiplied by ``(found + 10) / (promised + 10)`` of what was reviewed:
    a gamma prior around 1 worth ten finds, so that a few decisions do not sway it. The interval is
    normal, from the doubt about that factor and from chance. Failure mode: the factor is learned on
    the most suspect and taken over to the rest.

    Args:
        mislabels: A MISLABELS table.
        decided: A DECIDED table; ``unsure`` counts as not reviewed.
    """
    sure = decided[decided["decision"] != "unsure"].sort_values("sequence")
    is_find = sure["decision"].isin(FINDS).to_numpy()
    scores = mislabels.set_index("example_id")["mislabel_score"]
    promised = float(scores.reindex(sure["example_id"]).fillna(0.0).sum())
    left = np.sort(scores.drop(sure["example_id"], errors="ignore").to_numpy())[::-1]
    factor = (is_find.sum() + PRIOR_FINDS) / (promised + PRIOR_FINDS)
    chances = np.minimum(factor * left, 1.0)
    doubt = left.sum() * np.sqrt(is_find.sum() + PRIOR_FINDS) / (promised + PRIOR_FINDS)
    spread = NORMAL_95 * float(np.sqrt(doubt**2 + (chances * (1 - chances)).sum()))
    num_left = float(chances.sum())
    return ReviewProgress(
        num_reviewed=len(sure),
        num_found=int(is_find.sum()),
        num_expected=promised,
        found_in_last_100=int(is_find[-100:].sum()),
        expected_in_next_100=float(chances[:100].sum()),
        num_left=num_left,
        num_left_low=max(0.0, num_left - spread),
        num_left_high=min(float(len(left)), num_left + spread),
    )
