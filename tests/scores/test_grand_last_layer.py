"""The last layer's gradient norm equals GraNd of a model that is only that layer."""

from __future__ import annotations

import torch
from torch import nn

from datadiet.scores.grand_last_layer import grand_last_layer
from tests import oracles


def test_equals_autograd_over_the_last_layer():
    torch.manual_seed(0)
    layer = nn.Linear(7, 4, dtype=torch.float64)
    features, labels = torch.randn(5, 7, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0])
    found = grand_last_layer(layer(features).detach(), features, labels)
    torch.testing.assert_close(found, oracles.grand(layer, features, labels), rtol=1e-12, atol=0.0)
