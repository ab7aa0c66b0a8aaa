"""Exemplars: the most typical images of a class, and of those, ones that differ."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from datadiet.triage.exemplars import diverse, exemplars, num_candidates

NONE = np.full(6, -1)


def tables(num=8):
    ids = np.arange(num)
    labels = pd.DataFrame({"example_id": ids, "label": 0, "split": "train"})
    mislabels = pd.DataFrame({"example_id": ids, "predicted_label": 0, "is_suspect": False})
    outliers = pd.DataFrame({"example_id": ids, "distance_in_class": np.linspace(0.8, 0.1, num)})
    return mislabels, outliers, labels


def test_the_closest_to_their_class_come_first():
    assert exemplars(*tables(), 0, num=3).tolist() == [7, 6, 5]


def test_suspects_images_of_other_splits_and_those_taken_for_another_class_are_left_out():
    mislabels, outliers, labels = tables()
    mislabels.loc[7, "is_suspect"] = True
    mislabels.loc[6, "predicted_label"] = 1
    labels.loc[5, "split"] = "test"
    assert exemplars(mislabels, outliers, labels, 0, num=2).tolist() == [4, 3]


def test_where_all_look_wrong_some_are_shown_all_the_same():
    mislabels, outliers, labels = tables()
    mislabels["is_suspect"] = True
    assert len(exemplars(mislabels, outliers, labels, 0, num=3)) == 3
    assert len(exemplars(mislabels, outliers, labels, 1, num=3)) == 0


def unit(*angles):
    turned = np.radians(angles)
    return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


def test_those_that_differ_most_are_taken_and_the_most_typical_is_among_them():
    candidates = np.array([50, 40, 30, 20, 10, 60])
    found = diverse(candidates, unit(0, 1, 2, 90, 91, 45), NONE, num=3)
    assert found.tolist() == [50, 10, 60]


def test_of_copies_of_one_picture_one_is_taken_however_far_apart_they_lie():
    groups = np.array([4, -1, 4, 4, -1, -1])
    found = diverse(np.arange(6), unit(0, 10, 90, 120, 20, 30), groups, num=6)
    assert found.tolist() == [0, 1, 4, 5]


def test_the_same_features_throughout_still_give_as_many_different_images():
    assert len(set(diverse(np.arange(6), unit(*[0] * 6), NONE, num=4).tolist())) == 4


@pytest.mark.parametrize(("in_class", "num", "found"), [(5000, 6, 60), (400, 6, 40), (3, 6, 18)])
def test_more_are_looked_among_in_a_large_class(in_class, num, found):
    assert num_candidates(in_class, num) == found
