"""EL2N expected over an unknown label."""

import numpy as np
import pytest

from datadiet.errors import DataError
from datadiet.scores.expected_el2n import expected_el2n


def test_equals_the_sum_over_labels_one_by_one():
    generator = np.random.default_rng(0)
    probabilities = generator.dirichlet(np.ones(4), size=(3, 5))  # (S, N, C)
    wanted = np.zeros(5)
    for image in range(5):
        for label in range(4):
            norms = [np.linalg.norm(probabilities[seed, image] - np.eye(4)[label]) for seed in range(3)]
            wanted[image] += probabilities[:, image, label].mean() * np.mean(norms)
    assert expected_el2n(probabilities) == pytest.approx(wanted)


def test_seeds_that_are_sure_and_differ_are_worth_a_label_and_those_that_agree_are_not():
    agreeing = np.array([[[1.0, 0.0]], [[1.0, 0.0]]])
    differing = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    assert expected_el2n(agreeing)[0] == 0
    assert expected_el2n(differing)[0] == pytest.approx(2**0.5 / 2)


@pytest.mark.parametrize("shape", [(2, 3), (0, 2, 2), (1, 2, 0)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(DataError, match="S, N, C"):
        expected_el2n(np.zeros(shape))
