"""How many labels are wrong, with a 95 % interval, from models that did not train on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from datadiet.errors import DataError
from datadiet.triage.confusions import num_confident, present_classes

Labels = NDArray[np.int64]

SHARE_OF_CONFIDENT = 1.15  # estimate = 1.15 o - 0.15 r; see docs/mislabels.md for what they were tuned on
SHARE_OF_UNSURE = 0.15
LEAST_OF_CONFIDENT = 0.25
LOW_OF_UNSURE = 0.65  # low = o - 0.65 r: r follows the networks' own errors, which o counts in part too
LOW_OF_CONFIDENT = 0.20
HIGH_OF_CONFIDENT = 1.60  # high = 1.6 o: noise on ambiguous images hides up to three eighths of itself
SUREST_SHARE = 0.1  # of the examples, by the largest probability: where a network hardly errs
NORMAL_95 = 1.959964
SMALL_SET_FOLDS = 3
MIN_EXAMPLES = 500  # below, an estimate from these examples alone is too rough


@dataclass(frozen=True)
class Share:
    """The estimated share of wrong labels, with a 95 % interval, all in [0, 1]."""

    wrong: float
    low: float
    high: float


@dataclass(frozen=True)
class Part:
    """The estimate of some examples: train and validation, or test."""

    num_examples: int
    num_read: int  # examples the share was read from
    share: Share
    source: str  # which those were


@dataclass(frozen=True)
class Estimate:
    """How many labels of a set are wrong."""

    num_wrong: float
    low: float
    high: float
    num_examples: int
    method: str  # a sentence

    def document(self) -> dict[str, float | int | str]:
        """Return it as it is stored and shown."""
        return asdict(self)


def added_up(parts: Sequence[Part]) -> Estimate:
    """Return the estimate of several parts together; their doubts are shared, so the ends add up."""
    read = "; ".join(f"{part.num_read} {part.source}, for {part.num_examples}" for part in parts)
    return Estimate(
        num_wrong=sum(part.share.wrong * part.num_examples for part in parts),
        low=sum(part.share.low * part.num_examples for part in parts),
        high=sum(part.share.high * part.num_examples for part in parts),
        num_examples=sum(part.num_examples for part in parts),
        method=f"Confident learning, corrected for the networks' own errors; read from {read}.",
    )


def folds_for(num_validation: int, num_seeds: int) -> int:
    """Return how many folds an audit needs so that wrong labels can be counted.

    Training on everything ranks better, and a validation split of ``MIN_EXAMPLES`` is enough to count
    on; a smaller one leaves the counting to folds. Their number does not follow that of the seeds, so
    that more seeds extend a run; a single seed leaves nothing out, since a fold would have no score.
    """
    return 0 if num_validation >= MIN_EXAMPLES or num_seeds < 2 else SMALL_SET_FOLDS


def share_wrong(labels: Labels, probabilities: NDArray[np.floating]) -> Share:
    """Return the estimated share of wrong labels.

    Let ``o`` be the share of examples that confident learning puts off the diagonal, and ``r`` the
    further share whose label merely is not the likeliest class. The estimate is ``1.15 o - 0.15 r``;
    the interval reaches from ``o - 0.65 r`` to ``1.6 o`` and has the chance of a draw of this size
    added in quadrature. ``o`` grows with the noise and with the networks' own errors, ``r`` tells the
    two apart, though not well: hence the width. Where the networks are surest they hardly err, so a
    label they contradict there is wrong: where fewer are contradicted there than ``o - 0.65 r``, the
    interval begins at what can be said of those.

    Failure modes: labels under a weak network are overestimated (the lower end is meant to hold);
    mistakes that follow a class everywhere, as at 40 % noise, are underestimated; where classes truly
    overlap, the overlap is counted; probabilities of models that trained on the examples give next to
    nothing.

    Source: ``o`` is Northcutt et al. (2021), arXiv:1911.00068, by cleanlab; the rest was fitted on
    planted noise, see docs/mislabels.md.

    Args:
        labels: Shape ``(N,)``, in ``[0, C)``.
        probabilities: Shape ``(N, C)``, from models that did not train on the examples.

    Raises:
        DataError: There is no example.
    """
    if not len(labels):
        raise DataError("The share of wrong labels needs at least one example that was left out.")
    own, shares = present_classes(labels, probabilities)
    if shares.shape[1] < 2:
        return Share(0.0, 0.0, min(1.0, NORMAL_95**2 / len(labels)))
    confident = num_confident(own, shares) / len(labels)
    unsure = max(float((shares.argmax(axis=1) != own).mean()) - confident, 0.0)
    wrong = max(SHARE_OF_CONFIDENT * confident - SHARE_OF_UNSURE * unsure, LEAST_OF_CONFIDENT * confident)
    low = min(confident - LOW_OF_UNSURE * unsure, least_among_surest(own, shares))
    low = max(low, LOW_OF_CONFIDENT * confident)
    chance = NORMAL_95 * np.sqrt(max(wrong * (1 - wrong), 1 / len(labels)) / len(labels))
    return Share(
        min(wrong, 1.0),
        max(0.0, wrong - float(np.hypot(wrong - low, chance))),
        min(1.0, wrong + float(np.hypot(HIGH_OF_CONFIDENT * confident - wrong, chance))),
    )


def least_among_surest(labels: Labels, probabilities: NDArray[np.floating]) -> float:
    """Return the least share of contradicted labels among the examples the networks are surest of.

    The lower end of Wilson's 95 % interval over the surest tenth, in [0, 1]. Noise that strikes anywhere
    strikes there too; noise on ambiguous images alone does not show there.

    Args:
        labels: Shape ``(N,)``, in ``[0, C)``.
        probabilities: Shape ``(N, C)``, from models that did not train on the examples.
    """
    num_surest = max(1, round(SUREST_SHARE * len(labels)))
    surest = np.argsort(-probabilities.max(axis=1), kind="stable")[:num_surest]
    share = float((probabilities[surest].argmax(axis=1) != labels[surest]).mean())
    weight = NORMAL_95**2 / num_surest
    spread = NORMAL_95 * np.sqrt(share * (1 - share) / num_surest + weight / (4 * num_surest))
    return max(0.0, (share + weight / 2 - float(spread)) / (1 + weight))
