"""Were the decisions right: what people decided, against labels whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from datadiet.frames.triage import DECISION_TRUTH

CLASSLESS = ("drop", "no_class")
NAMED = ("relabel", "new_class")
OUTCOMES = {
    "kept_right": "right labels kept",
    "mended": "wrong labels mended to the true class",
    "removed_wrong": "wrong labels taken away",
    "kept_wrong": "wrong labels kept",
    "mended_badly": "wrong labels changed to another wrong class",
    "spoiled": "right labels changed to a wrong class",
    "removed_right": "right labels taken away",
    "unsure": "unsure",
}
RIGHT = ("kept_right", "mended", "removed_wrong")


@dataclass(frozen=True)
class DecisionTruth:
    """How many decisions were right, where the truth is known."""

    num_decided: int  # unsure left out
    num_right: int
    num_wrong_labels: int  # known to be wrong among all examples
    num_wrong_found: int  # of them: changed or taken away
    counts: dict[str, int]  # by the words of OUTCOMES

    @property
    def right_fraction(self) -> float:
        """Return the share of the decisions that were right, NaN where there is none."""
        return self.num_right / self.num_decided if self.num_decided else float("nan")


def decision_truth(decided: pd.DataFrame, labels: pd.DataFrame, class_names: Sequence[str]) -> DecisionTruth:
    """Return how many of the decisions were right.

    Right is: to keep a label that is the true one, to change a wrong one to the true class, and to take a
    wrong one away (``drop``, ``no_class``). Failure mode: a known truth can itself be wrong; with planted
    flips it is the source's label.

    Args:
        decided: Columns example_id, decision and new_label; DECIDED, or OPINIONS of one reviewer.
        labels: A LABELS table; examples without a ``true_label`` are left out.
        class_names: Name of each class index.
    """
    table = outcomes(decided, labels, class_names)
    counts = {name: int((table["outcome"] == name).sum()) for name in OUTCOMES}
    is_wrong = (labels["label"] != labels["true_label"]).fillna(value=False)
    found = counts["mended"] + counts["removed_wrong"] + counts["mended_badly"]
    return DecisionTruth(
        num_decided=len(table) - counts["unsure"],
        num_right=sum(counts[name] for name in RIGHT),
        num_wrong_labels=int(is_wrong.sum()),
        num_wrong_found=found,
        counts=counts,
    )


def outcomes(decided: pd.DataFrame, labels: pd.DataFrame, class_names: Sequence[str]) -> pd.DataFrame:
    """Return the outcome of each decision whose truth is known: a DECISION_TRUTH table.

    Args:
        decided: Columns example_id, decision and new_label.
        labels: A LABELS table.
        class_names: Name of each class index.
    """
    known = labels.loc[labels["true_label"].notna(), ["example_id", "label", "true_label"]]
    joined = decided[["example_id", "decision", "new_label"]].merge(known, on="example_id", how="inner")
    names = list(class_names)
    rows = zip(
        joined["decision"],
        joined["new_label"],
        joined["label"],
        joined["true_label"].astype(int),
        strict=True,
    )
    joined["outcome"] = [
        _outcome(decision, new_label, is_wrong=label != truth, true_name=names[truth])
        for decision, new_label, label, truth in rows
    ]
    return DECISION_TRUTH.conform(joined[DECISION_TRUTH.column_names])


def _outcome(decision: str, new_label: str, *, is_wrong: bool, true_name: str) -> str:
    if decision in CLASSLESS:
        return "removed_wrong" if is_wrong else "removed_right"
    if decision in NAMED:
        if new_label == true_name:
            return "mended" if is_wrong else "kept_right"
        return "mended_badly" if is_wrong else "spoiled"
    if decision == "keep":
        return "kept_wrong" if is_wrong else "kept_right"
    return "unsure"
