"""Truth: AUROC, average precision and depth curves equal scikit-learn's and what is known by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from datadiet.errors import DataError
from datadiet.triage.truth import detection, truth_table


def test_equals_scikit_learn_ties_aside():
    rng = np.random.default_rng(0)
    is_wrong = rng.random(500) < 0.1
    values = rng.normal(size=500) + is_wrong
    found = detection(values, is_wrong)
    assert found.auroc == pytest.approx(roc_auc_score(is_wrong, values))
    assert found.average_precision == pytest.approx(average_precision_score(is_wrong, values))


def test_ties_count_half_in_the_auroc():
    assert detection(np.array([1.0, 1.0, 1.0, 1.0]), np.array([1, 0, 0, 0], bool)).auroc == pytest.approx(0.5)


def test_precision_and_recall_by_hand():
    table = truth_table({"good": np.array([4.0, 3.0, 2.0, 1.0])}, np.array([True, False, True, False]))
    assert table["depth"].tolist() == [1, 2, 3, 4]
    assert table["precision"].tolist() == pytest.approx([1, 1 / 2, 2 / 3, 1 / 2])
    assert table["recall"].tolist() == [0.5, 0.5, 1.0, 1.0]


def test_every_score_is_given_to_the_last_example():
    is_wrong = np.arange(1000) < 100
    rng = np.random.default_rng(0)
    table = truth_table({"mislabel_score": is_wrong * 1.0, "random": rng.random(1000)}, is_wrong)
    assert table.groupby("score")["recall"].max().tolist() == [1.0, 1.0]
    at_100 = table[table["depth"].between(80, 100)].groupby("score")["precision"].last()
    assert at_100["mislabel_score"] == pytest.approx(1.0)
    assert at_100["random"] < 0.25


def test_an_example_without_a_value_ranks_last():
    found = detection(np.array([np.nan, 1.0, 0.5]), np.array([False, True, False]))
    assert (found.auroc, found.average_precision) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("is_wrong", "message"), [([0, 0, 0], "No label"), ([1, 1, 1], "All labels"), ([1, 0], "one length")]
)
def test_a_truth_that_cannot_be_compared_with_is_refused(is_wrong, message):
    with pytest.raises(DataError, match=message):
        detection(np.arange(3.0), np.array(is_wrong, bool))
