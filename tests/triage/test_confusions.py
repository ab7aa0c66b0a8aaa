"""Confused classes: the planted pair comes first, with about the planted number."""

from __future__ import annotations

import numpy as np
import pytest
from cleanlab.count import get_confident_thresholds, num_label_issues

from datadiet.errors import DataError
from datadiet.triage.confusions import confident_joint, confused_classes, num_confident, thresholds


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


@pytest.fixture
def with_an_unknown_class(planted):
    """Return the same with one more example, of a class that the probabilities do not know."""
    labels, probabilities = planted
    wide = np.column_stack([0.99 * probabilities, np.full(len(labels), 0.01)])
    rng = np.random.default_rng(1)
    wide[:, 3] *= rng.uniform(0.1, 1.9, len(labels))
    alone = np.array([[0.6, 0.3, 0.095, 0.005]])
    wide = np.concatenate([wide, alone])
    return np.append(labels, 3), wide / wide.sum(axis=1, keepdims=True)


def test_as_many_as_cleanlab_counts_where_networks_know_every_class(planted):
    labels, probabilities = planted
    assert (get_confident_thresholds(labels, probabilities) > 1 / 3).all()
    assert num_confident(labels, probabilities) == num_label_issues(labels, probabilities)


def test_no_label_looks_like_a_class_of_one_image_that_networks_do_not_know(planted, with_an_unknown_class):
    labels, probabilities = with_an_unknown_class
    found = confused_classes(labels, probabilities)
    assert 3 not in set(found["true_label"])
    assert abs(num_confident(labels, probabilities) - num_confident(*planted)) <= 1
    assert num_label_issues(labels, probabilities) > 1.5 * num_confident(*planted)  # what it would be else


def test_no_class_takes_less_than_chance(with_an_unknown_class):
    labels, probabilities = with_an_unknown_class
    known = get_confident_thresholds(labels, probabilities)
    assert thresholds(labels, probabilities).tolist() == [*known[:3], 0.25]
