"""Margins of logits, and their mean over training."""

from __future__ import annotations

import pytest
import torch

from datadiet.scores.margin import logit_margins, margin
from tests.scores import signals


def test_is_the_mean_over_the_presentations_there_were():
    scores = margin(signals.frame("margin", {7: [1.0, -3.0, 5.0], 3: [2.0, None, -4.0]}))
    assert scores["example_id"].tolist() == [3, 7]
    assert scores["value"].tolist() == [-1.0, 1.0]


def test_logit_margin_is_against_the_largest_other_logit():
    logits = torch.tensor([[5.0, 1.0, 4.0], [5.0, 1.0, 4.0]])
    assert logit_margins(logits, torch.tensor([0, 1])).tolist() == [1.0, -4.0]


@pytest.mark.parametrize("value", [-7.5, 0.0, 3.25])
def test_one_epoch_gives_its_own_margin(value):
    assert margin(signals.frame("margin", {0: [value]}))["value"].tolist() == [value]
