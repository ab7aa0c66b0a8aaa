"""Forgetting events, and the state of never having been learned."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from datadiet.errors import DataError
from datadiet.frames.training import SIGNALS
from datadiet.scores.forgetting import forgetting
from tests import oracles
from tests.scores import signals


def test_counts_changes_from_correct_to_wrong():
    frame = signals.frame("is_correct", {4: [0, 1, 0, 1, 0], 9: [0, 0, 1, 1, 1], 2: [1, 1, 1, 1, 0]})
    assert forgetting(frame)[["example_id", "value"]].to_numpy().tolist() == [[2, 1], [4, 2], [9, 0]]


def test_never_learned_counts_one_change_a_presentation():
    scores = forgetting(signals.frame("is_correct", {0: [0, 0, 0], 1: [1, 0, 1]}))
    assert scores["value"].tolist() == [3.0, 1.0]
    assert scores["never_learned"].tolist() == [True, False]


def test_never_learned_ranks_above_every_learned_example():
    worst_learned = [1, 0, 1, 0, 1, 0]
    scores = forgetting(signals.frame("is_correct", {0: worst_learned, 1: [0] * 6}))
    assert scores["value"][1] > scores["value"][0]


def test_one_example_does_not_forget_what_the_one_before_it_knew():
    scores = forgetting(signals.frame("is_correct", {0: [1, 1], 1: [0, 1]}))
    assert scores["value"].tolist() == [0.0, 0.0]


def test_presentations_may_be_missing_in_some_epochs():
    scores = forgetting(signals.frame("is_correct", {0: [1, None, 0], 1: [0, None, None]}))
    assert scores["value"].tolist() == [1.0, 1.0]


def test_equals_its_twin_on_random_histories():
    is_correct = np.random.default_rng(0).random((200, 7)) < 0.4
    scores = forgetting(signals.frame("is_correct", dict(enumerate(is_correct.astype(int).tolist()))))
    assert_array_equal(scores["value"], [oracles.forgetting(row) for row in is_correct.tolist()])


def test_no_row_is_refused():
    with pytest.raises(DataError, match="signals have no row"):
        forgetting(SIGNALS.empty())


def test_two_rows_for_one_example_and_epoch_are_refused():
    frame = signals.frame("is_correct", {0: [1, 0]}).assign(epoch=1)
    with pytest.raises(DataError, match="two rows for one example and epoch"):
        forgetting(frame)
