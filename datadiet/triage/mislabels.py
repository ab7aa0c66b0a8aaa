"""Which labels look wrong: a calibrated probability an example, and what the ensemble would have said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from datadiet.frames.examples import SPLITS
from datadiet.frames.triage import MISLABELS
from datadiet.triage.estimate import Estimate, Part, added_up, share_wrong
from datadiet.triage.evidence import Labels, Opinion, SeedEvidence, pooled_opinion

Floats = NDArray[np.float64]

SLOPE = 0.8  # log-odds of being wrong per unit of the pooled margin; fits to planted noise: 0.5 to 2.3
BISECTIONS = 80


@dataclass(frozen=True)
class Mislabels:
    """The verdict on every label."""

    table: pd.DataFrame  # MISLABELS
    estimate: Estimate
    opinion: Opinion  # it rests on


def find_mislabels(
    example_ids: NDArray[np.int64],
    labels: Labels,
    split: NDArray[np.str_],
    seeds: Sequence[SeedEvidence],
) -> Mislabels:
    """Return the verdict on every label, training, validation and test; what is in no split counts nowhere.

    The ranking is the margin of the best other class over the label in the pooled log-probabilities of
    :func:`datadiet.triage.evidence.pooled_opinion`. It becomes a probability by a logistic curve whose
    mean is the estimated share of wrong labels, one share for train and validation and one for test.
    Each split has a curve of its own: what was memorised has margins far below those of the rest. An example
    that a person left out of every split is no suspect; its curve has the share of the training examples.

    Args:
        example_ids: Shape ``(N,)``, rising.
        labels: Shape ``(N,)``, the labels trained on, in ``[0, C)``.
        split: Shape ``(N,)``, train, validation or test; another word for what is in none of them.
        seeds: What each seed that did not diverge saw of the N examples.

    Raises:
        DataError: There is no seed, or none trained on any example.
    """
    opinion = pooled_opinion(labels, seeds)
    margin = best_other(opinion.pooled, labels) - of_label(opinion.pooled, labels)
    score = np.zeros(len(labels))
    parts = []
    is_in = np.isin(split, SPLITS)
    for part in (split != "test", split == "test"):
        if (part & is_in).any():
            found = _estimated_part(labels, opinion, part & is_in)
            for rows in (part & (split == name) for name in set(split[part])):
                score[rows] = probability_wrong(margin[rows], found.share.wrong)
            parts.append(found)
    estimate = added_up(parts)
    worst = np.argsort(np.where(is_in, -score, 1.0), kind="stable")[: round(estimate.num_wrong)]
    return Mislabels(_table(example_ids, labels, opinion, score, worst), estimate, opinion)


def _estimated_part(labels: Labels, opinion: Opinion, part: NDArray[np.bool_]) -> Part:
    """Return the estimate of some examples, read from those of them that a seed left out.

    Where none was left out (no folds and no validation split), those of the other splits speak for
    them, and where there are none at all, the pooled opinion, which is only partly independent.
    """
    is_left_out = np.isfinite(opinion.left_out_probabilities[:, 0])
    for read, source in (
        (is_left_out & part, "examples left out of training"),
        (is_left_out, "examples of another split, left out of training"),
    ):
        if read.any():
            share = share_wrong(labels[read], opinion.left_out_probabilities[read])
            return Part(int(part.sum()), int(read.sum()), share, source)
    share = share_wrong(labels[part], np.exp(opinion.pooled[part]))
    return Part(
        int(part.sum()), int(part.sum()), share, "examples trained on, for want of others: a rough guess"
    )


def _table(
    example_ids: NDArray[np.int64], labels: Labels, opinion: Opinion, score: Floats, worst: NDArray[np.int64]
) -> pd.DataFrame:
    is_suspect = np.zeros(len(labels), dtype=np.bool_)
    is_suspect[worst] = True
    likeliest = opinion.pooled.argmax(axis=1)
    suggested = np.where(is_suspect, likeliest_other(opinion.pooled, labels), likeliest)
    return MISLABELS.conform(
        pd.DataFrame({
            "example_id": example_ids,
            "mislabel_score": score,
            "suggested_label": suggested,
            "suggested_probability": np.exp(of_label(opinion.pooled, suggested)).clip(0.0, 1.0),
            "predicted_label": opinion.mean_probabilities.argmax(axis=1),
            "label_probability": of_label(opinion.mean_probabilities, labels).clip(0.0, 1.0),
            "oof_label_probability": of_label(opinion.left_out_probabilities, labels),
            "is_suspect": is_suspect,
        })
    )


def probability_wrong(margin: Floats, share: float) -> Floats:
    """Return ``sigmoid(SLOPE * margin + c)`` with ``c`` such that its mean is ``share``.

    A share of 0 or 1 is reached to 1e-26: the probabilities still differ, so that they rank.
    """
    low, high = -60.0 - SLOPE * float(margin.max()), 60.0 - SLOPE * float(margin.min())
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(SLOPE * margin + middle).mean() < share else (low, middle)
    return np.asarray(expit(SLOPE * margin + (low + high) / 2), dtype=np.float64)


def of_label(values: NDArray[np.floating], labels: Labels) -> Floats:
    """Return the value of each example's label: ``(N,)``."""
    return np.take_along_axis(values, labels[:, None], axis=1)[:, 0].astype(np.float64)


def best_other(values: NDArray[np.floating], labels: Labels) -> Floats:
    """Return the largest value of each example's other classes: ``(N,)``."""
    return np.asarray(_others(values, labels).max(axis=1), dtype=np.float64)


def likeliest_other(values: NDArray[np.floating], labels: Labels) -> Labels:
    """Return the class, another than its label, with the largest value of each example: ``(N,)``."""
    return np.asarray(_others(values, labels).argmax(axis=1), dtype=np.int64)


def _others(values: NDArray[np.floating], labels: Labels) -> Floats:
    others = values.astype(np.float64)
    np.put_along_axis(others, labels[:, None], -np.inf, axis=1)
    return others
