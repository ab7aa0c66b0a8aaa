"""Mean, standard error and percentile over seeds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from datadiet.errors import DataError
from datadiet.scores.ensemble import mean_over_seeds, percentiles, standard_error, summarise
from tests import oracles

NAN = float("nan")
ALL = np.ones(4, dtype=bool)


def test_mean_and_standard_error_are_over_the_seeds_that_have_a_value():
    values = np.array([[1.0, 5.0, NAN], [2.0, NAN, NAN], [6.0, 7.0, NAN]])
    assert_allclose(mean_over_seeds(values), [3.0, 6.0, NAN])
    assert_allclose(standard_error(values), [np.std([1, 2, 6], ddof=1) / 3**0.5, 1.0, NAN])


def test_standard_error_of_one_seed_is_missing():
    assert np.isnan(standard_error(np.array([[1.0, 2.0]]))).all()


def test_percentiles_run_from_easy_to_hard_for_both_directions():
    values = np.array([10.0, 40.0, 20.0, 30.0])
    assert_allclose(percentiles(values, "high", ALL), [0, 1, 1 / 3, 2 / 3])
    assert_allclose(percentiles(values, "low", ALL), [1, 0, 2 / 3, 1 / 3])


@pytest.mark.parametrize("direction", ["high", "low", "none"])
def test_equal_values_keep_the_order_of_their_ids(direction):
    assert_allclose(percentiles(np.zeros(4), direction, ALL), [0, 1 / 3, 2 / 3, 1])


def test_percentiles_equal_their_twin_with_ties():
    values = np.random.default_rng(0).integers(0, 10, 60).astype(float)
    expected = [oracles.percentile(values.tolist(), index) for index in range(60)]
    assert_allclose(percentiles(values, "high", np.ones(60, dtype=bool)), expected)


def test_examples_outside_train_are_placed_but_not_ranked():
    values = np.array([0.0, 1.0, 2.0, 1.0, 1.5, 9.0, -9.0])
    is_train = np.array([True, True, True, False, False, False, False])
    assert_allclose(percentiles(values, "high", is_train), [0, 0.5, 1, 0.5, 0.75, 1, 0])


def test_example_without_a_value_has_no_percentile_and_takes_no_rank():
    assert_allclose(percentiles(np.array([1.0, NAN, 0.0, 2.0]), "high", ALL), [0.5, NAN, 0, 1])


def test_one_training_example_is_percentile_0():
    assert percentiles(np.array([3.0]), "high", np.array([True])).tolist() == [0.0]


def test_without_a_training_example_there_is_no_percentile():
    assert np.isnan(percentiles(np.array([3.0]), "high", np.array([False]))).all()


def test_summary_has_a_row_an_example():
    values = np.array([[3.0, 1.0, NAN], [1.0, 1.0, 4.0]])
    is_train = np.array([True, True, False])
    frame = summarise(values, is_train, example_ids=np.array([0, 4, 9]), direction="high")
    assert frame["example_id"].tolist() == [0, 4, 9]
    assert frame["mean"].tolist() == [2.0, 1.0, 4.0]
    assert frame["percentile"].tolist() == [1.0, 0.0, 1.0]
    assert frame["num_seeds"].tolist() == [2, 2, 1]


def test_summary_refuses_shapes_that_do_not_belong_together():
    with pytest.raises(DataError, match=r"values must be \(seeds, examples\)"):
        summarise(np.zeros((2, 3)), np.ones(2, dtype=bool), example_ids=np.arange(3), direction="high")


def test_summary_refuses_ids_out_of_order():
    with pytest.raises(DataError, match="example_ids must rise"):
        summarise(np.zeros((1, 2)), np.ones(2, dtype=bool), example_ids=np.array([1, 0]), direction="high")
