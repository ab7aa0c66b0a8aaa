"""Decisions against known truth: what is right, what was found, what was spoiled."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from datadiet.frames.training import LABELS
from datadiet.frames.triage import DECIDED
from datadiet.triage.decision_truth import decision_truth, outcomes

NAMES = ("cat", "dog", "owl")


def labels(shown: list[int], truth: list[int | None]) -> pd.DataFrame:
    true_label = pd.array([pd.NA if each is None else each for each in truth], dtype="Int64")
    rows = {
        "example_id": np.arange(len(shown)),
        "split": "train",
        "fold": -1,
        "given_label": 0,
        "label": shown,
    }
    return LABELS.conform(pd.DataFrame(rows).assign(true_label=true_label, is_flipped=False))


def decided(*entries: tuple[int, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(entries, columns=["example_id", "decision", "new_label"])
    return DECIDED.conform(
        frame.assign(
            reviewer="ann", is_disputed=False, note="", sequence=range(len(frame)), queue="mislabels"
        )
    )


@pytest.mark.parametrize(
    ("decision", "new_label", "of_right_label", "of_wrong_label"),
    [
        ("keep", "", "kept_right", "kept_wrong"),
        ("relabel", "cat", "kept_right", "mended"),
        ("relabel", "owl", "spoiled", "mended_badly"),
        ("new_class", "fox", "spoiled", "mended_badly"),
        ("drop", "", "removed_right", "removed_wrong"),
        ("no_class", "", "removed_right", "removed_wrong"),
        ("unsure", "", "unsure", "unsure"),
    ],
)
def test_what_a_decision_did_to_a_right_and_to_a_wrong_label(
    decision, new_label, of_right_label, of_wrong_label
):
    table = outcomes(
        decided((0, decision, new_label), (1, decision, new_label)), labels([0, 1], [0, 0]), NAMES
    )
    assert table["outcome"].tolist() == [of_right_label, of_wrong_label]


def test_right_decisions_and_wrong_labels_found_are_counted():
    known = labels([0, 1, 1, 2, 0], [0, 0, 0, 0, 0])  # the last four but one are wrong
    found = decision_truth(decided((0, "keep", ""), (1, "relabel", "cat"), (2, "keep", "")), known, NAMES)
    assert (found.num_decided, found.num_right, found.right_fraction) == (3, 2, pytest.approx(2 / 3))
    assert (found.num_wrong_labels, found.num_wrong_found) == (3, 1)


def test_unsure_is_no_decision_and_an_unknown_truth_is_left_out():
    found = decision_truth(decided((0, "unsure", ""), (1, "keep", "")), labels([0, 1], [0, None]), NAMES)
    assert (found.num_decided, found.num_right, found.num_wrong_labels) == (0, 0, 0)
    assert found.counts["unsure"] == 1
    assert np.isnan(found.right_fraction)
