"""Agreement between scores, and of a score with itself from other seeds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from datadiet.errors import ConfigError
from datadiet.scores.reliability import (
    agreement,
    reliability_table,
    seeds_needed,
    spearman,
    split_half,
    stepped_up,
)

NAN = float("nan")


def noisy(num_seeds: int, noise: float = 1.0, num_examples: int = 4000) -> np.ndarray:
    """Return seeds that measure one truth of variance 1 with independent noise."""
    generator = np.random.default_rng(0)
    truth = generator.normal(size=num_examples)
    return truth + noise * generator.normal(size=(num_seeds, num_examples))


def test_spearman_equals_scipy_with_ties():
    first, second = np.random.default_rng(0).integers(0, 9, (2, 200)).astype(float)
    assert spearman(first, second) == pytest.approx(spearmanr(first, second).statistic, abs=1e-12)


def test_spearman_skips_what_is_missing_in_one():
    assert spearman(np.array([1.0, 2.0, NAN, 3.0]), np.array([2.0, 4.0, 0.0, 9.0])) == pytest.approx(1.0)


def test_spearman_of_a_constant_is_missing():
    assert np.isnan(spearman(np.zeros(5), np.arange(5.0)))


def test_agreement_turns_scores_from_easy_to_hard():
    el2n = np.array([0.1, 0.9, 0.5])
    table = agreement({"el2n": el2n, "margin": -el2n, "el2n_step_000390": el2n}).pivot(
        index="score", columns="other", values="spearman"
    )
    assert table.shape == (3, 3)
    assert np.allclose(table, 1.0)


def test_agreement_refuses_a_name_that_is_no_method():
    with pytest.raises(ConfigError, match="method is 'elln'"):
        agreement({"elln": np.zeros(3)})


def test_two_seeds_step_their_correlation_up_to_two():
    values = noisy(2)
    single = spearman(values[0], values[1])
    assert split_half(values) == pytest.approx(2 * single / (1 + single))


@pytest.mark.parametrize("num_seeds", [2, 3, 4, 5, 10])
def test_split_half_estimates_the_reliability_of_the_mean(num_seeds):
    expected = num_seeds / (num_seeds + 1)  # variance of the truth over that of the mean, noise 1
    assert split_half(noisy(num_seeds)) == pytest.approx(expected, abs=0.04)


def test_seeds_that_leave_folds_out_count_as_the_seeds_an_example_has():
    values = noisy(6)
    for seed in range(6):
        values[seed, seed % 3 :: 3] = NAN
    assert split_half(values) == pytest.approx(4 / 5, abs=0.04)


def test_split_half_is_the_same_every_time():
    assert split_half(noisy(10)) == split_half(noisy(10))


@pytest.mark.parametrize("values", [np.zeros((1, 5)), np.zeros((4, 5)), np.full((3, 4), NAN)])
def test_split_half_is_missing_where_there_is_nothing_to_compare(values):
    assert np.isnan(split_half(values))


def test_spearman_brown_gains_nothing_from_no_correlation():
    assert stepped_up(-0.2, 4) == pytest.approx(-0.2)
    assert stepped_up(0.5, 1) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("reliability", "num_seeds", "target", "expected"),
    [
        (0.75, 3, 0.9, 9),
        (0.9, 5, 0.9, 5),
        (0.5, 1, 0.95, 19),
        (1.0, 2, 0.9, 1),
        (0.0, 3, 0.9, None),
        (NAN, 1, 0.9, None),
    ],
)
def test_seeds_needed_follow_from_spearman_brown(reliability, num_seeds, target, expected):
    assert seeds_needed(reliability, num_seeds, target) == expected


def test_table_has_a_row_a_score_and_leaves_out_what_cannot_be_told():
    table = reliability_table({"el2n": noisy(4), "random": noisy(4)[:1]})
    assert table["score"].tolist() == ["el2n", "random"]
    assert table["num_seeds"].tolist() == [4, 1]
    assert table["seeds_for_90"].isna().tolist() == [False, True]


def test_diverged_seed_does_not_count():
    values = noisy(4)
    values[2] = NAN
    assert reliability_table({"el2n": values})["num_seeds"].tolist() == [3]
