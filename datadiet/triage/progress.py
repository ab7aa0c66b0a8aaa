"""How far a review has come: its yield, what the next hundred hold, how many are left, and when to stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FINDS = ("relabel", "new_class", "drop", "no_class")  # decisions that change a label or take it away
LABEL_QUEUES = ("mislabels", "browse", "import")  # where labels are judged; elsewhere, whether an image stays
PRIOR_FINDS = 10.0  # wrong labels' worth of trust in the scores before anybody has looked
NORMAL_95 = 1.959964
AHEAD = 200  # images whose yield decides whether going on is worth it
RECENT = 100  # decisions
NEXT = 100  # images whose yield is foretold
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
    expected_in_next_100_low: float  # of the 95 % interval
    expected_in_next_100_high: float
    num_left: float  # wrong labels among the examples that are left
    num_left_low: float  # of the 95 % interval
    num_left_high: float
    num_likely_left: int  # left with a mislabel_score above 0.5
    num_ahead: int  # 200, or fewer where fewer are left
    ahead_fraction: float  # expected share of wrong labels among the next 200, in [0, 1]
    ahead_fraction_high: float  # upper end of its 95 % interval
    is_enough: bool  # going on is hardly worth it, see review_progress

    def left_words(self) -> str:
        """Return in words how many wrong labels are left, and where that number comes from."""
        ends = f"95 %: {round(self.num_left_low):,} to {round(self.num_left_high):,}"
        num = f"About {round(self.num_left):,}"
        if not self.num_reviewed:
            return f"{num} labels look wrong ({ends}): the run's estimate. What you decide corrects it."
        found = f"{self.num_found:,} wrong among {self.num_reviewed:,} looked at"
        found += f", {self.num_expected:,.0f} expected"
        return f"{num} wrong labels are left ({ends}): the estimate, corrected by {found}."

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


def review_progress(
    mislabels: pd.DataFrame, decided: pd.DataFrame, estimate: Mapping[str, Any] | None = None
) -> ReviewProgress:
    """Return the yield so far, what is left, and whether to go on.

    ``mislabel_score`` is a probability, so its sum is the number of wrong labels it promises. The
    promise for what is left is multiplied by ``(found + 10) / (promised + 10)`` of what was reviewed:
    a gamma prior around 1 worth ten finds, so that a few decisions do not sway it. Failure mode: the factor
    is learned on the most suspect and taken over to the rest.

    Before anybody has decided, the number that is left and its interval are those of the estimate. Of each
    half of that interval, the part that chance does not explain is doubt about the scores: it shrinks with
    what is left, and by ``sqrt(10 / (found + 10))``. Without an estimate the interval is normal, from the
    doubt about that factor and from chance; that of the next hundred is always that, but never beyond what
    may be left in all, and it reaches up to their part of that: scores near 0 have next to no chance in them.

    A decision made on outliers or duplicates says little of the label (one of two copies is dropped): its
    image is not among what is left, but it counts neither as reviewed nor as found.

    Enough is: somebody has looked, nothing left is more likely wrong than right, fewer than 5 % of the next
    200 are expected to be wrong, and the last 100 looked at held no more wrong labels than their scores
    promised, chance (95 %) aside: where they held more, the scores are too low there.

    Args:
        mislabels: A MISLABELS table.
        decided: A DECIDED table; ``unsure`` counts as not reviewed.
        estimate: ``num_wrong``, ``low`` and ``high`` of the run before anybody looked, as
            ``Run.estimate`` returns it.
    """
    settled = decided[decided["decision"] != "unsure"].sort_values("sequence")
    sure = settled[settled["queue"].isin(LABEL_QUEUES)]
    is_find = sure["decision"].isin(FINDS).to_numpy(dtype=bool)
    scores = mislabels.set_index("example_id")["mislabel_score"]
    promises = scores.reindex(sure["example_id"]).fillna(0.0).to_numpy(dtype=np.float64)
    promised = float(promises.sum())
    left = np.sort(scores.drop(settled["example_id"], errors="ignore").to_numpy(dtype=np.float64))[::-1]
    finds = int(is_find.sum()) + PRIOR_FINDS
    factor, factor_se = finds / (promised + PRIOR_FINDS), float(np.sqrt(finds)) / (promised + PRIOR_FINDS)
    chances = np.minimum(factor * left, 1.0)
    whole = scores.to_numpy(dtype=np.float64)
    remaining = _remaining(whole, left, chances, factor_se, estimate, np.sqrt(PRIOR_FINDS / finds))
    ahead = chances[:AHEAD]
    share = float(ahead.mean()) if len(ahead) else 0.0
    share_high = share + _spread(left[:AHEAD], ahead, factor_se) / max(len(ahead), 1)
    expected, low, high = _following(left, chances, factor_se, remaining)
    num_likely = int((left > LIKELY).sum())
    return ReviewProgress(
        num_reviewed=len(sure),
        num_found=int(is_find.sum()),
        num_expected=promised,
        found_in_last_100=int(is_find[-RECENT:].sum()),
        expected_in_next_100=expected,
        expected_in_next_100_low=low,
        expected_in_next_100_high=high,
        num_left=remaining[0],
        num_left_low=remaining[1],
        num_left_high=remaining[2],
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


def _remaining(
    whole: NDArray[np.float64],
    left: NDArray[np.float64],
    chances: NDArray[np.float64],
    factor_se: float,
    estimate: Mapping[str, Any] | None,
    doubt: float,
) -> tuple[float, float, float]:
    """Return how many wrong labels are left, and the ends of the 95 % interval.

    Args:
        whole: Scores of all examples.
        left: Scores of those that nobody settled.
        chances: The same after what was found so far.
        factor_se: Standard error of the factor between the two.
        estimate: Of the run, None where it is not known.
        doubt: Which part of the doubt about the scores is left by what was found, in (0, 1].
    """
    if estimate is None:
        num = float(chances.sum())
        spread = _spread(left, chances, factor_se)
        return num, max(0.0, num - spread), min(float(len(left)), num + spread)
    middle, share = float(estimate["num_wrong"]), _ratio(chances, whole)
    before, now = _chance(whole), _chance(chances)
    below, above = (
        _half_now(abs(float(estimate[end]) - middle), before, now, doubt * share) for end in ("low", "high")
    )
    num = middle * share
    return num, max(0.0, num - below), min(float(len(left)), num + above)


def _following(
    left: NDArray[np.float64],
    chances: NDArray[np.float64],
    factor_se: float,
    remaining: tuple[float, float, float],
) -> tuple[float, float, float]:
    """Return how many wrong labels the next hundred hold, and the ends of the 95 % interval."""
    num, expected = len(left[:NEXT]), float(chances[:NEXT].sum())
    spread = _spread(left[:NEXT], chances[:NEXT], factor_se)
    above = max(spread, _ratio(left[:NEXT], left) * (remaining[2] - remaining[0]))
    low = min(max(0.0, expected - spread), remaining[1])
    return expected, low, max(expected, min(float(num), expected + above, remaining[2]))


def _ratio(some: NDArray[np.float64], every: NDArray[np.float64]) -> float:
    """Return the share of a sum that some of its terms have; of a sum of nothing, their share in number."""
    whole = float(every.sum())
    return float(some.sum()) / whole if whole > 0.0 else len(some) / max(len(every), 1)


def _half_now(half: float, before: float, now: float, doubt: float) -> float:
    """Return half an interval after decisions: what chance explains of it follows chance, the rest doubt."""
    by_chance = min(1.0, (before / half) ** 2) if half else 0.0
    of_chance = now / before if before else 0.0
    return half * float(np.sqrt((1.0 - by_chance) * doubt**2 + by_chance * of_chance**2))


def _chance(chances: NDArray[np.float64]) -> float:
    """Return half the 95 % interval of how many come true, by chance alone."""
    return NORMAL_95 * float(np.sqrt((chances * (1 - chances)).sum()))


def _spread(scores: NDArray[np.float64], chances: NDArray[np.float64], factor_se: float) -> float:
    """Return half the 95 % interval of the sum of ``chances``: doubt about the factor, and chance."""
    doubt = float(scores.sum()) * factor_se
    return float(np.hypot(NORMAL_95 * doubt, _chance(chances)))


def _more_than_promised(is_find: NDArray[np.bool_], promises: NDArray[np.float64]) -> bool:
    """Return whether more was found than the scores promised, by more than chance explains."""
    chance = float(np.sqrt((promises * (1 - promises)).sum() + 1.0))  # one find more is nothing
    return bool(is_find.sum() > promises.sum() + NORMAL_95 * chance)
