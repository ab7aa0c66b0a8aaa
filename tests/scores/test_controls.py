"""The controls: seeded random numbers that stay with their example, and input norms."""

from __future__ import annotations

import numpy as np
import torch

from datadiet.scores.controls import input_norm, random_scores


def test_random_is_the_same_for_one_seed_and_differs_between_seeds():
    ids = np.arange(50)
    assert np.array_equal(random_scores(ids, 3), random_scores(ids, 3))
    assert not np.array_equal(random_scores(ids, 3), random_scores(ids, 4))


def test_random_number_of_an_example_does_not_depend_on_the_others():
    assert random_scores(np.array([8, 2]), 0).tolist() == random_scores(np.arange(9), 0)[[8, 2]].tolist()


def test_random_is_uniform_in_0_1():
    values = np.sort(random_scores(np.arange(10_000), 0))
    assert np.abs(values - np.linspace(0, 1, 10_000)).max() < 0.02


def test_random_of_no_example_is_empty():
    assert random_scores(np.array([], dtype=np.int64), 0).shape == (0,)


def test_input_norm_is_over_all_channels_and_pixels():
    images = torch.zeros(2, 3, 2, 2)
    images[0, 0, 0, 0], images[0, 2, 1, 1] = 3.0, 4.0
    assert input_norm(images).tolist() == [5.0, 0.0]
