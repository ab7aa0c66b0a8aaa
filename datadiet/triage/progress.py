"""How far a review has come: its yield, what the next hundred hold, how many are left, and when to stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FINDS = ("relabel", "new_class", "drop", "no_class")  # decisions that change a label or take it away
LABEL_QUEUES = ("mislabels", "browse", "import")  # where labels are judged; elsewhere, whether an image stays
PRIOR_FINDS = 10.0  # wrong labels' worth of trust in the scores before anybody has looked
NORMAL_95 = 1.959964
AHEAD = 200  # images whose yield decides whether going on is worth it
RECENT = 100  # decisions
WORTH_IT = 0.05  # share of wrong labels below which going on is not worth it
LIKELY = 0.5  # mislabel_score above which a label rather is wrong than right


@dataclass(frozen=True)
class ReviewProgress:
    """Where a review stands."""

    num_reviewed: int  # decided by their label, unsure left out
    num_found: int  # whose label was changed or taken away
    num_expected: float  # that mislabel_score promised among the reviewed
    found_in_last_100: int  # reviewed last
    expected_in_next_100: float  # of the most suspect that are left
    num_left: float  # wrong labels among the examples that are left
    num_left_low: float  # of the 95 % interval
    num_left_high: float
    num_likely_left: int  # left with a mislabel_score above 0.5
    num_ahead: int  # 200, or fewer where fewer are left
    ahead_fraction: float  # expected share of wrong labels among the next 200, in [0, 1]
    ahead_fraction_high: float  # upper end of its 95 % interval
    is_enough: bool  # going on is hardly worth it, see review_progress

    def advice(self) -> str:
        """Return in words whether to go on."""
        if not self.num_ahead:
            return "Every image has been looked at."
        left = f"{self.num_likely_left:,} suspects" if self.num_likely_left else "No suspects"
        left = "1 suspect" if self.num_likely_left == 1 else left
        share = f"{100 * self.ahead_fraction:.0f} %"
        would = f"{share} of the next {self.num_ahead} would be wrong"
        if self.is_enough:
            return f"{left} left above {LIKELY:g}. {would}. You can stop here."
        return f"{left} left above {LIKELY:g}. {would}."


def review_progress(mislabels: pd.DataFrame, decided: pd.DataFrame) -> ReviewProgress:
    """Return the yield so far, what is left, and whether to go on.

    ``mislabel_score`` is a probability, so its sum is the number of wrong labels it promises. The
    promise for what is left is multiplied by ``(found + 10) / (promised + 10)`` of what was reviewed:
    a gamma prior around 1 worth ten finds, so that a few decisions do not sway it. The interval is
    normal, from the doubt about that factor and from chance. Failure mode: the factor is learned on
    the most suspect and taken over to the rest.

    A decision made on outliers or duplicates says little of the label (one of two copies is dropped): its
    image is not among what is left, but it counts neither as reviewed nor as found.

    Enough is: somebody has looked, nothing left is more likely wrong than right, fewer than 5 % of the next
    200 are expected to be wrong, and the last 100 looked at held no more wrong labels than their scores
    promised, chance (95 %) aside: where they held more, the scores are too low there.

    Args:
        mislabels: A MISLABELS table.
        decided: A DECIDED table; ``unsure`` counts as not reviewed.
    """
    settled = decided[decided["decision"] != "unsure"].sort_values("sequence")
    sure = settled[settled["queue"].isin(LABEL_QUEUES)]
    is_find = sure["decision"].isin(FINDS).to_numpy(dtype=bool)
    scores = mislabels.set_index("example_id")["mislabel_score"]
    promises = scores.reindex(sure["example_id"]).fillna(0.0).to_numpy(dtype=np.float64)
    promised = float(promises.sum())
    left = np.sort(scores.drop(settled["example_id"], errors="ignore").to_numpy(dtype=np.float64))[::-1]
    factor = (is_find.sum() + PRIOR_FINDS) / (promised + PRIOR_FINDS)
    factor_se = float(np.sqrt(is_find.sum() + PRIOR_FINDS) / (promised + PRIOR_FINDS))
    chances = np.minimum(factor * left, 1.0)
    spread = _spread(left, chances, factor_se)
    num_left = float(chances.sum())
    ahead = chances[:AHEAD]
    share = float(ahead.mean()) if len(ahead) else 0.0
    share_high = share + _spread(left[:AHEAD], ahead, factor_se) / max(len(ahead), 1)
    num_likely = int((left > LIKELY).sum())
    return ReviewProgress(
        num_reviewed=len(sure),
        num_found=int(is_find.sum()),
        num_expected=promised,
        found_in_last_100=int(is_find[-RECENT:].sum()),
        expected_in_next_100=float(chances[:100].sum()),
        num_left=num_left,
        num_left_low=max(0.0, num_left - spread),
        num_left_high=min(float(len(left)), num_left + spread),
        num_likely_left=num_likely,
        num_ahead=len(ahead),
        ahead_fraction=share,
        ahead_fraction_high=min(1.0, share_high),
        is_enough=not len(ahead)
        or (
            len(sure) > 0
            and num_likely == 0
            and share < WORTH_IT
            and not _more_than_promised(is_find[-RECENT:], promises[-RECENT:])
        ),
    )


def _spread(scores: NDArray[np.float64], chances: NDArray[np.float64], factor_se: float) -> float:
    """Return half the 95 % interval of the sum of ``chances``: doubt about the factor, and chance."""
    doubt = float(scores.sum()) * factor_se
    return NORMAL_95 * float(np.sqrt(doubt**2 + (chances * (1 - chances)).sum()))


def _more_than_promised(is_find: NDArray[np.bool_], promises: NDArray[np.float64]) -> bool:
    """Return whether more was found than the scores promised, by more than chance explains."""
    chance = float(np.sqrt((promises * (1 - promises)).sum() + 1.0))  # one find more is nothing
    return bool(is_find.sum() > promises.sum() + NORMAL_95 * chance)
