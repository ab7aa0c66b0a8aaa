from __future__ import annotations

import numpy as np
import pytest
import torch

from datadiet.training.signals import EpochSignals, batch_signals
from tests import oracles


def test_equals_the_obvious_one_example_at_a_time():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(50, 7, generator=generator) * 5
    labels = torch.randint(0, 7, (50,), generator=generator)
    expected = torch.tensor([
        oracles.minibatch_signals(row.tolist(), int(y)) for row, y in zip(logits, labels, strict=True)
    ])
    torch.testing.assert_close(batch_signals(logits, labels), expected.T, rtol=1e-4, atol=1e-5)


def test_values_known_by_hand():
    signals = batch_signals(torch.tensor([[0.0, 0.0], [0.0, 99.0]]), torch.tensor([0, 0]))
    expected = [[0.5, 0.0], [0.0, -99.0], [0.0, 0.0], [0.5**0.5, 2**0.5]]
    torch.testing.assert_close(signals, torch.tensor(expected))


def test_rows_are_in_example_id_order_with_their_own_values():
    signals = EpochSignals()
    signals.add(torch.tensor([2, 0]), torch.tensor([[3.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 0]))
    signals.add(torch.tensor([1]), torch.tensor([[0.0, 5.0]]), torch.tensor([1]))
    frame = signals.frame(np.array([30, 10, 20]), epoch=4)
    assert frame["example_id"].tolist() == [10, 20, 30]
    assert frame["margin"].tolist() == [5.0, 3.0, -1.0]
    assert frame["is_correct"].tolist() == [True, True, False]
    assert frame["epoch"].unique().tolist() == [4]
    assert signals.accuracy() == pytest.approx(2 / 3)
