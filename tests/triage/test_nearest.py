"""Nearest neighbours: exact equals the obvious, approximate is close, memory stays bounded."""

from __future__ import annotations

import numpy as np
import pytest

from datadiet.errors import DataError
from datadiet.triage import nearest as module
from datadiet.triage.nearest import nearest, nearest_approximate, nearest_exact, unit_vectors


@pytest.fixture
def vectors() -> np.ndarray:
    return unit_vectors([np.random.default_rng(0).normal(size=(900, 12))])


def test_exact_neighbours_are_those_of_a_full_sort(vectors):
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -np.inf)
    obvious = np.argsort(-similarity, axis=1, kind="stable")[:, :7]
    found = nearest_exact(vectors, 7)
    np.testing.assert_array_equal(found.rows, obvious)
    np.testing.assert_allclose(
        found.distances, 1 - np.take_along_axis(similarity, obvious, axis=1), atol=1e-6
    )


def test_an_example_is_not_its_own_neighbour_even_when_all_are_equal():
    same = np.zeros((700, 4), np.float32)
    same[:, 0] = 1.0
    found = nearest_exact(same, 3)
    assert (found.rows != np.arange(700)[:, None]).all()
    np.testing.assert_array_equal(found.rows[5], [0, 1, 2])


def test_fewer_others_than_asked_for_give_fewer_neighbours():
    assert nearest(unit_vectors([np.eye(3)]), 10).rows.shape == (3, 2)


def test_a_single_example_is_refused():
    with pytest.raises(DataError, match="at least two"):
        nearest(np.ones((1, 2), np.float32), 3)


def test_approximate_neighbours_say_how_many_of_the_true_ones_they_found(vectors):
    found = nearest_approximate(vectors, 7)
    exact = nearest_exact(vectors, 7)
    assert found.recall > 0.95
    assert (found.rows == exact.rows).mean() > 0.9
    assert (found.rows != np.arange(len(vectors))[:, None]).all()
    np.testing.assert_allclose(found.distances[:, 0], exact.distances[:, 0], atol=1e-5)


@pytest.mark.parametrize("search", [nearest_exact, nearest_approximate])
def test_rows_asked_for_have_the_neighbours_they_have_among_all(vectors, search):
    asked = np.array([899, 4, 17])
    found, everything = search(vectors, 7, asked=asked), search(vectors, 7)
    np.testing.assert_array_equal(found.rows, everything.rows[asked])
    np.testing.assert_allclose(found.distances, everything.distances[asked], atol=1e-6)


def test_features_that_nearly_agree_are_told_apart_by_the_approximate_search():
    rng = np.random.default_rng(4)
    centres = np.abs(rng.normal(size=(4, 24)))[rng.integers(0, 4, 3000)]
    vectors = unit_vectors([centres + 0.01 * rng.normal(size=(3000, 24))])
    found = nearest_approximate(vectors, 10)
    assert found.distances.max() < 2e-4  # where a product of half precision takes one value or two
    assert found.recall > 0.9


def test_r19_a_large_set_is_compared_in_fewer_rows_at_once(vectors, monkeypatch):
    monkeypatch.setattr(module, "BLOCK_VALUES", 2500)  # two rows of 900
    blocks = []
    largest = module._largest
    monkeypatch.setattr(
        module, "_largest", lambda similarity, k: blocks.append(similarity.shape) or largest(similarity, k)
    )
    few = nearest_exact(vectors, 7).rows
    assert max(blocks) == (2, 900)
    monkeypatch.undo()
    np.testing.assert_array_equal(few, nearest_exact(vectors, 7).rows)


def test_like_rows_stand_together_and_each_stands_once():
    rng = np.random.default_rng(5)
    group = rng.integers(0, 3, 600)
    order = module.like_together(unit_vectors([np.eye(3)[group] + 0.01 * rng.normal(size=(600, 3))]))
    np.testing.assert_array_equal(np.sort(order), np.arange(600))
    assert np.count_nonzero(np.diff(group[order])) < 200  # of 400 where they stand as they come


def test_approximate_neighbours_are_the_same_twice(vectors):
    np.testing.assert_array_equal(nearest_approximate(vectors, 5).rows, nearest_approximate(vectors, 5).rows)


def test_approximate_neighbours_are_the_same_with_any_number_of_threads(monkeypatch):
    vectors = unit_vectors([np.random.default_rng(1).normal(size=(5000, 24))])
    found = []
    for number in ("1", "4"):
        monkeypatch.setenv("OMP_NUM_THREADS", number)
        found.append(nearest_approximate(vectors, 6, precision="bf16").rows)
    np.testing.assert_array_equal(*found)


def test_large_sets_are_searched_approximately(vectors, monkeypatch):
    monkeypatch.setattr(module, "EXACT_UP_TO", 100)
    assert (
        nearest(vectors, 5).recall < 1.0 or (nearest(vectors, 5).rows == nearest_exact(vectors, 5).rows).all()
    )


def test_a_dot_product_is_the_mean_over_seeds_of_the_cosine():
    rng = np.random.default_rng(1)
    one, two = rng.normal(size=(5, 3)), 100 * rng.normal(size=(5, 8))
    vectors = unit_vectors([one, two])
    cosines = [seed[0] @ seed[1] / np.linalg.norm(seed[0]) / np.linalg.norm(seed[1]) for seed in (one, two)]
    assert vectors[0] @ vectors[1] == pytest.approx(np.mean(cosines), abs=1e-6)


def test_wide_features_are_projected_and_keep_their_neighbours():
    rng = np.random.default_rng(2)
    wide = rng.normal(size=(400, 20)) @ rng.normal(
        size=(20, 600)
    )  # of rank 20, as trained features nearly are
    vectors = unit_vectors([wide])
    assert vectors.shape == (400, module.MAX_DIMENSIONS)
    narrow = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors @ vectors.T, narrow @ narrow.T, atol=1e-4)


def test_r19_a_stored_array_is_read_in_blocks():
    class Counting:
        def __init__(self, array):
            self.array, self.shape, self.most = array, array.shape, 0

        def __len__(self):
            return len(self.array)

        def __getitem__(self, rows):
            self.most = max(self.most, len(self.array[rows]))
            return self.array[rows]

    features = Counting(np.random.default_rng(3).normal(size=(3 * module.READ_ROWS + 5, 4)))
    assert unit_vectors([features]).shape == features.shape
    assert features.most == module.READ_ROWS


@pytest.mark.parametrize("features", [[], [np.ones((3, 2)), np.ones((4, 2))]])
def test_features_of_different_examples_are_refused(features):
    with pytest.raises(DataError, match="same examples"):
        unit_vectors(features)


def test_a_diverged_seed_is_refused():
    with pytest.raises(DataError, match="not a finite number"):
        unit_vectors([np.full((3, 2), np.nan)])
