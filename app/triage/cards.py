"""One card of a queue as it travels to the browser: plain numbers and words, names already visible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.text import plain_name
from app.tiles import likelihood
from app.triage.evidence import Evidence

MOST_LIKELIEST = 9  # classes on the digits
FEWEST_LIKELIEST = 4  # also where they are hardly likely
LIKELY_AT_ALL = 0.01  # mean probability
MOST_UNLIKE = 0.999  # percentile beyond which no digit is said
NUM_SAID = 3  # classes of a vote that are named
DIGITS = 6  # of a probability: the browser alone rounds it for people, or two classes add up to 101 %


def image_cards(evidence: Evidence, example_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return a dictionary for each image: who it is, what the models say, what lies near it.

    Args:
        evidence: Of the run.
        example_ids: Which, in order.
    """
    if not example_ids:
        return []
    probabilities = evidence.probabilities(example_ids)  # (S, n, C)
    is_train = evidence.is_train(example_ids)  # (S, n)
    records = evidence.scores.iloc[evidence.rows(example_ids)].to_dict("records")
    sizes = evidence.sizes(example_ids)
    return [
        {**_card(evidence, record, probabilities[:, place], is_train[:, place]), "size": sizes[place]}
        for place, record in enumerate(records)
    ]


def _card(
    evidence: Evidence,
    record: dict[Any, Any],
    probabilities: NDArray[np.float64],
    is_train: NDArray[np.bool_],
) -> dict[str, Any]:
    votes = [
        _vote(probabilities[~is_train], is_held_out=True),
        _vote(probabilities[is_train], is_held_out=False),
    ]
    opinion = probabilities[~is_train] if (~is_train).any() else probabilities
    mean = opinion.mean(axis=0)  # (C,)
    likeliest = _likeliest(mean)
    near = evidence.neighbours(int(record["example_id"]))
    near_labels: Sequence[int] = evidence.labels[evidence.rows(near)].tolist() if near else []
    return {
        "id": int(record["example_id"]),
        "label": int(record["label"]),
        "was": int(record["given_label"]) if record["is_flipped"] else -1,
        "suggested": _suggested(record, likeliest),
        "votes": [vote for vote in votes if vote is not None],
        "likeliest": [[int(each), round(float(mean[each]), DIGITS)] for each in likeliest],
        "near": [[each, int(label)] for each, label in zip(near, near_labels, strict=True)],
        "facts": _facts(record),
    }


def _likeliest(mean: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the classes that get a digit, the likeliest first; each that has one is shown."""
    order = np.argsort(-mean, kind="stable")[:MOST_LIKELIEST]
    num = max(FEWEST_LIKELIEST, int((mean[order] >= LIKELY_AT_ALL).sum()))
    return order[:num].astype(np.int64)


def _suggested(record: dict[Any, Any], likeliest: NDArray[np.int64]) -> int:
    """Return the class to suggest, -1 where nothing speaks against the label.

    The table names the likeliest class but the label for every image; it is a suggestion only where the label
    looks wrong or the models predict another.
    """
    label, suggested = int(record["label"]), record.get("suggested_label")
    if suggested is None or pd.isna(suggested):
        return -1 if int(likeliest[0]) == label else int(likeliest[0])
    is_doubted = bool(record.get("is_suspect")) or int(record["predicted_label"]) != label
    return int(suggested) if is_doubted and int(suggested) != label else -1


def _vote(probabilities: NDArray[np.float64], *, is_held_out: bool) -> dict[str, Any] | None:
    """Return how many of some models say which class, and its mean probability by those that say it.

    None for no model. The mean over all of them would read as that of those that are counted beside it.
    """
    if not len(probabilities):
        return None
    said = probabilities.argmax(axis=1)  # (S,)
    classes, counts = np.unique(said, return_counts=True)
    means = np.array([probabilities[said == each, each].mean() for each in classes])
    order = np.lexsort((-means, -counts))[:NUM_SAID]
    return {
        "isHeldOut": is_held_out,
        "num": len(probabilities),
        "says": [
            [int(classes[each]), int(counts[each]), round(float(means[each]), DIGITS)] for each in order
        ],
    }


def _more_unlike(percentile: float) -> str:
    """Return a percentile in words; none is more unlike than all images, itself among them."""
    return "> 99.9 %" if percentile > MOST_UNLIKE else f"{100 * percentile:.1f} %"


def _facts(record: dict[Any, Any]) -> list[list[str]]:
    facts = []
    if pd.notna(record.get("mislabel_score")):
        facts.append(["label looks wrong", f"{likelihood(record['mislabel_score'])} likely"])
    if pd.notna(record.get("outlier_score")):
        facts.append(["more unlike than", f"{_more_unlike(float(record['outlier_score']))} of images"])
    if record.get("quality_flags"):
        facts.append(["picture", str(record["quality_flags"]).replace(",", ", ").replace("_", " ")])
    facts += [["split", str(record["split"])], ["example", str(int(record["example_id"]))]]
    if not str(record["source_key"]).endswith(f"{int(record['example_id'])}"):
        facts.append(["source key", plain_name(str(record["source_key"]))])
    return facts
