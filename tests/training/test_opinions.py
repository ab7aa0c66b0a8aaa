"""What a model thought of each example before it learned from it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from datadiet.training.opinions import FLOOR, MinibatchOpinions
from datadiet.training.trainer import Batch


def batch(positions, logits) -> Batch:
    values = torch.tensor(logits, dtype=torch.float32)
    return Batch(
        seed=0,
        epoch=1,
        step=0,
        num_steps=9,
        positions=torch.tensor(positions),
        labels=torch.zeros(len(positions), dtype=torch.int64),
        logits=values,
    )


def test_the_mean_is_over_the_presentations_of_each_example():
    opinions = MinibatchOpinions(3, 2)
    opinions(batch([0, 2], [[0.0, 0.0], [np.log(3), 0.0]]))
    opinions(batch([2], [[0.0, 0.0]]))
    mean = opinions.mean()
    assert mean[0] == pytest.approx([np.log(0.5)] * 2, abs=1e-3)
    expected = [(np.log(0.75) + np.log(0.5)) / 2, (np.log(0.25) + np.log(0.5)) / 2]
    assert mean[2] == pytest.approx(expected, abs=1e-3)


def test_an_example_that_was_never_shown_has_no_opinion():
    opinions = MinibatchOpinions(2, 2)
    opinions(batch([1], [[0.0, 1.0]]))
    assert np.isnan(opinions.mean()[0]).all()
    assert np.isfinite(opinions.mean()[1]).all()


def test_one_presentation_cannot_veto():
    opinions = MinibatchOpinions(1, 2)
    opinions(batch([0], [[100.0, 0.0]]))
    assert opinions.mean()[0].tolist() == [0.0, FLOOR]


def test_means_are_stored_small_and_logits_of_half_precision_are_widened():
    opinions = MinibatchOpinions(1, 3)
    shown = batch([0], [[0.0, 0.0, 0.0]])
    opinions(Batch(**{**vars(shown), "logits": shown.logits.bfloat16()}))
    mean = opinions.mean()
    assert mean.dtype == np.float16
    assert mean[0] == pytest.approx([np.log(1 / 3)] * 3, abs=1e-3)
