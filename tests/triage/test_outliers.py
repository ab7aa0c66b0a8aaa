"""Outliers and neighbours: strangers planted among real images come out on top."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from datadiet.frames.triage import OUTLIERS
from datadiet.triage.nearest import nearest, unit_vectors
from datadiet.triage.neighbours import NUM_LISTED, label_shares, neighbour_table
from datadiet.triage.outliers import NUM_NEIGHBOURS, distance_in_class, outlier_table
from datadiet.triage.truth import detection


def test_noise_images_planted_among_digits_are_found():
    pixels, labels = load_digits(return_X_y=True)
    strangers = np.random.default_rng(0).integers(0, 17, (30, 64))
    features = np.concatenate([pixels, strangers])
    all_labels = np.concatenate([labels, np.arange(30) % 10])
    is_stranger = np.arange(len(features)) >= len(pixels)
    vectors = unit_vectors([features])
    table = outlier_table(np.arange(len(features)), all_labels, vectors, nearest(vectors, NUM_NEIGHBOURS))
    assert table.columns.tolist() == OUTLIERS.column_names
    assert detection(table["outlier_score"].to_numpy(), is_stranger).auroc > 0.95
    assert detection(table["distance_in_class"].to_numpy(), is_stranger).auroc > 0.95


def test_a_mislabelled_example_is_far_from_its_class_but_not_from_all():
    rng = np.random.default_rng(0)
    centres = np.repeat(np.eye(2), 50, axis=0)
    vectors = unit_vectors([centres + 0.1 * rng.normal(size=(100, 2))])
    labels = np.repeat([0, 1], 50)
    labels[0] = 1
    table = outlier_table(np.arange(100), labels, vectors, nearest(vectors, NUM_NEIGHBOURS))
    assert table["distance_in_class"].idxmax() == 0
    assert table["outlier_score"][0] < 0.95


def test_scores_are_percentiles_from_0_to_1():
    vectors = unit_vectors([np.random.default_rng(0).normal(size=(50, 4))])
    score = outlier_table(np.arange(50), np.zeros(50, int), vectors, nearest(vectors, 5))["outlier_score"]
    assert (score.min(), score.max()) == (0.0, 1.0)


def test_the_only_example_of_a_class_has_no_distance_in_it():
    vectors = unit_vectors([np.eye(3)])
    distances = distance_in_class(vectors, np.array([0, 0, 1]), nearest(vectors, NUM_NEIGHBOURS))
    assert np.isnan(distances).tolist() == [False, False, True]


@pytest.mark.parametrize("num_neighbours", [3, NUM_NEIGHBOURS, 2 * NUM_NEIGHBOURS])
def test_distance_in_class_is_that_of_a_search_in_each_class(num_neighbours):
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [200, 60, 15])  # the last has fewer than are averaged
    vectors = unit_vectors([np.eye(3)[labels] + 0.5 * rng.normal(size=(275, 3))])
    neighbours = nearest(vectors, num_neighbours)
    obvious = np.concatenate([
        nearest(vectors[labels == label], NUM_NEIGHBOURS).distances.mean(axis=1) for label in range(3)
    ])
    is_pure = (labels[neighbours.rows] == labels[:, None]).all(axis=1)
    assert 0.1 < is_pure.mean() < 0.9
    np.testing.assert_allclose(distance_in_class(vectors, labels, neighbours), obvious, atol=1e-6)


def test_neighbours_are_named_by_example_id_nearest_first():
    vectors = unit_vectors([np.random.default_rng(0).normal(size=(40, 4))])
    ids = np.arange(40) * 3
    table = neighbour_table(ids, nearest(vectors, NUM_NEIGHBOURS))
    assert (
        table
        .groupby("example_id")["rank"]
        .agg(list)
        .map(lambda ranks: ranks == list(range(NUM_LISTED)))
        .all()
    )
    assert table.groupby("example_id")["distance"].is_monotonic_increasing.all()
    assert set(table["neighbour_id"]) <= set(ids)


def test_label_shares_count_the_labels_of_the_neighbours():
    vectors = unit_vectors([np.array([[1.0, 0.0], [1.0, 0.01], [1.0, 0.02], [0.0, 1.0]])])
    shares = label_shares(np.array([0, 1, 1, 2]), nearest(vectors, 2), num_classes=3)
    np.testing.assert_allclose(shares[0], [0.0, 1.0, 0.0])
    assert shares.sum(axis=1) == pytest.approx(1.0)
