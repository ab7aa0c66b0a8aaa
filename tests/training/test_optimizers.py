from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import nn

from datadiet.config import TrainConfig
from datadiet.training.models import build_model
from datadiet.training.muon import Muon, orthogonalised
from datadiet.training.nesterov import Group, Nesterov
from datadiet.training.optimizers import Optimizers


def test_orthogonalised_keeps_singular_vectors_and_evens_the_values():
    matrix = torch.randn(24, 40, generator=torch.Generator().manual_seed(0))
    result = orthogonalised(matrix)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    inner = left.T @ result @ right.T
    assert float(inner.diagonal().min()) > 0.4
    assert float((inner - inner.diagonal().diag()).abs().max()) < 1e-4
    assert torch.allclose(orthogonalised(matrix.T), result.T, atol=1e-4)


def test_muon_keeps_the_norm_of_a_weight_at_the_root_of_its_outputs():
    conv = nn.Conv2d(3, 16, 3)
    conv.weight.grad = torch.randn_like(conv.weight) * 1e6
    Muon([conv.weight], lr=1e-9, momentum=0.6).step(1.0)
    torch.testing.assert_close(conv.weight.norm(), torch.tensor(4.0))


def test_every_trained_weight_of_a_net_moves():
    for optimizer in ("sgd", "muon"):
        model = build_model("quick", num_classes=3, in_channels=1, image_size=8, seed=0)
        before = {name: p.detach().clone() for name, p in model.named_parameters() if p.requires_grad}
        optimizers = Optimizers(model, TrainConfig(optimizer=optimizer))
        model(torch.randn(8, 1, 8, 8)).square().sum().backward()
        optimizers.step(1.0)
        assert all(not torch.equal(dict(model.named_parameters())[name], before[name]) for name in before)
        assert set(optimizers.to_tensors()) == set(before)


def test_a_rate_of_almost_nothing_moves_almost_nothing():
    model = build_model("resnet18", num_classes=3, in_channels=1, image_size=8, seed=0)
    before = model.fc.weight.detach().clone()
    model(torch.randn(4, 1, 8, 8)).sum().backward()
    Optimizers(model, TrainConfig()).step(1e-12)
    torch.testing.assert_close(model.fc.weight.detach(), before)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_nesterov_is_torchs_sgd_to_the_bit(momentum):
    ours, theirs = (nn.Linear(5, 3), nn.Linear(5, 3))
    theirs.load_state_dict(ours.state_dict())
    nesterov = Nesterov([Group(tuple(ours.parameters()), 0.5, 1e-2)], momentum=momentum)
    sgd = torch.optim.SGD(
        theirs.parameters(), lr=0.5, momentum=momentum, nesterov=momentum > 0, weight_decay=1e-2
    )
    for step in range(4):
        x = torch.randn(6, 5, generator=torch.Generator().manual_seed(step))
        for model in (ours, theirs):
            model.zero_grad()
            model(x).square().mean().backward()
        nesterov.step(0.5)
        sgd.param_groups[0]["lr"] = 0.25
        sgd.step()
        assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))


def test_training_does_not_import_the_compiler():
    code = """
import sys, torch
from datadiet.config import TrainConfig
from datadiet.training.models import build_model
from datadiet.training.nesterov import Group, Nesterov
from datadiet.training.optimizers import Optimizers
model = build_model("quick", num_classes=3, in_channels=1, image_size=8, seed=0)
optimizers = Optimizers(model, TrainConfig(optimizer="muon"))
model(torch.randn(8, 1, 8, 8)).square().sum().backward()
optimizers.step(1.0)
print([name for name in ("torch._dynamo", "torchvision", "sympy") if name in sys.modules])
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
