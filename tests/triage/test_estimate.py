"""The estimate: by hand, on planted noise, and what folds are for."""

from __future__ import annotations

import numpy as np
import pytest

from datadiet.errors import DataError
from datadiet.triage.estimate import Part, Share, added_up, folds_for, least_among_surest, share_wrong


def planted(noise: float, num_examples: int = 4000, strength: float = 5.0) -> tuple[np.ndarray, np.ndarray]:
    """Return labels with this share flipped, and probabilities of a model that never saw them."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 5, num_examples)
    logits = rng.normal(size=(num_examples, 5)) + strength * np.eye(5)[truth]
    labels = np.where(rng.random(num_examples) < noise, (truth + 1) % 5, truth)
    return labels, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


@pytest.mark.parametrize("noise", [0.02, 0.05, 0.1, 0.2, 0.4])
def test_the_interval_holds_the_planted_share(noise):
    share = share_wrong(*planted(noise))
    assert share.low <= noise <= share.high
    assert share.wrong == pytest.approx(noise, rel=0.4)


def test_a_model_that_makes_no_mistakes_and_clean_labels_give_nearly_none():
    share = share_wrong(*planted(0.0, strength=12.0))
    assert share.wrong < 0.002
    assert share.low == pytest.approx(0.0)


def test_fewer_examples_make_a_wider_interval():
    few, many = share_wrong(*planted(0.1, 150)), share_wrong(*planted(0.1, 6000))
    assert few.high - few.low > many.high - many.low


def test_one_class_has_nothing_to_be_confused_with():
    share = share_wrong(np.zeros(50, int), np.ones((50, 1)))
    assert (share.wrong, share.low) == (0.0, 0.0)


def test_no_example_is_refused():
    with pytest.raises(DataError, match="at least one example"):
        share_wrong(np.empty(0, int), np.empty((0, 3)))


def test_parts_add_up_and_say_what_they_were_read_from():
    parts = [
        Part(1000, 200, Share(0.1, 0.05, 0.2), "examples left out of training"),
        Part(500, 500, Share(0.02, 0.0, 0.04), "examples left out of training"),
    ]
    estimate = added_up(parts)
    assert (estimate.num_wrong, estimate.low, estimate.high) == pytest.approx((110, 50, 220))
    assert "200 examples left out of training, for 1000" in estimate.method
    assert set(estimate.document()) == {"num_wrong", "low", "high", "num_examples", "method"}


@pytest.mark.parametrize(("num_validation", "num_seeds", "folds"), [(5000, 3, 0), (140, 3, 3), (140, 1, 0)])
def test_folds_are_for_sets_whose_validation_split_is_too_small_to_count_on(num_validation, num_seeds, folds):
    assert folds_for(num_validation, num_seeds) == folds


def test_a_weak_network_does_not_lift_the_low_end_above_what_its_surest_opinions_contradict():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 2, 2000)
    is_flipped = rng.random(2000) < 0.1
    evidence = np.where(true == 1, 1.0, -1.0) * 1.2 + rng.normal(0, 1.5, 2000)  # right on four in five
    probabilities = np.column_stack([1 / (1 + np.exp(2 * evidence)), 1 / (1 + np.exp(-2 * evidence))])
    share = share_wrong(np.where(is_flipped, 1 - true, true), probabilities)
    assert share.low < is_flipped.mean() < share.high


def test_the_least_share_among_the_surest_is_the_lower_end_of_wilsons_interval():
    labels = np.zeros(1000, dtype=np.int64)
    probabilities = np.full((1000, 2), 0.5)
    probabilities[:100] = [0.99, 0.01]
    probabilities[:10] = [0.005, 0.995]  # ten of the hundred surest contradict their label
    assert least_among_surest(labels, probabilities) == pytest.approx(0.0552, abs=1e-4)


def test_nothing_is_said_of_the_surest_where_none_is_contradicted():
    assert not least_among_surest(np.zeros(50, dtype=np.int64), np.tile([0.9, 0.1], (50, 1)))
