"""Confused classes: the planted pair comes first, with about the planted number."""

from __future__ import annotations

import numpy as np
import pytest

from datadiet.errors import DataError
from datadiet.triage.confusions import confident_joint, confused_classes


@pytest.fixture
def planted():
    """Return labels with 60 of class 0 called 1, and probabilities that know the truth fairly well."""
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], 400)
    labels = truth.copy()
    labels[:60] = 1
    logits = rng.normal(size=(1200, 3)) + 4 * np.eye(3)[truth]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return labels, probabilities


def test_the_planted_pair_comes_first_with_about_its_number(planted):
    table = confused_classes(*planted)
    assert table.loc[0, ["label", "true_label"]].tolist() == [1, 0]
    assert 45 <= table.loc[0, "num_wrong"] <= 75


def test_counts_add_up_to_the_estimate_where_it_is_given(planted):
    assert confused_classes(*planted, num_wrong=90.0)["num_wrong"].sum() == pytest.approx(90.0)


def test_the_joint_holds_every_label_once(planted):
    labels, probabilities = planted
    np.testing.assert_allclose(confident_joint(labels, probabilities).sum(axis=1), np.bincount(labels))


def test_a_class_without_an_example_is_left_out(planted):
    labels, probabilities = planted
    wide = np.insert(probabilities, 1, 0.0, axis=1)
    table = confused_classes(np.where(labels > 0, labels + 1, 0), wide)
    assert 1 not in set(table["label"]) | set(table["true_label"])
    assert table.loc[0, ["label", "true_label"]].tolist() == [2, 0]


def test_a_single_class_is_confused_with_nothing():
    assert confused_classes(np.zeros(5, int), np.full((5, 2), 0.5)).empty


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match=r"labels \(N,\)"):
        confused_classes(np.zeros(4, int), np.ones((5, 2)))
