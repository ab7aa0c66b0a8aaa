"""The data-dependent kernel against its definition, for networks that go by layer and those that cannot."""

import math

import pytest
import torch
from torch import nn

from datadiet.dynamics.ntk import KERNELS, ntk, velocity
from datadiet.errors import DataError, ModelError
from datadiet.training.models import build_model
from tests.oracles import ntk as slow_ntk


def small_net():
    return nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=1, stride=2),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.Conv2d(6, 4, 3, groups=2, padding="same", padding_mode="reflect"),
        nn.GroupNorm(2, 4),
        nn.Flatten(),
        nn.Linear(4 * 16, 8),
        nn.LayerNorm(8),
        nn.Linear(8, 3),
    )


class Tied(nn.Module):
    """One layer used twice: its gradients add before anything else."""

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(8, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = x.flatten(1)[:, :8]
        return self.head(torch.tanh(self.body(torch.tanh(self.body(x)))))


class Scaled(nn.Module):
    """A bare parameter, which no layer formula covers."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.full((8,), 1.5))
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(x.flatten(1)[:, :8] * self.scale)


def prepared(model):
    torch.manual_seed(0)
    model = model.double()
    for each in model.modules():
        if isinstance(each, nn.BatchNorm2d):
            each.running_mean = torch.randn_like(each.running_mean)
            each.running_var = torch.rand_like(each.running_var) + 0.5
    return model, torch.randn(3, 2, 8, 8, dtype=torch.float64)


@pytest.mark.parametrize("make", [small_net, Tied, Scaled])
@pytest.mark.parametrize("name", sorted(KERNELS))
def test_the_kernel_is_the_gram_matrix_of_the_jacobians(make, name):
    model, images = prepared(make())
    found, expected = KERNELS[name](model, images), slow_ntk(model.eval(), images, of_sum=name != "ntk")
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["quick", "resnet18"])
def test_the_kernel_of_the_projects_networks_is_exact(name):
    model = build_model(name, num_classes=2, in_channels=3, image_size=16, seed=0).double()
    images = torch.randn(2, 3, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(ntk(model, images), slow_ntk(model.eval(), images), rtol=1e-9, atol=1e-12)


def test_blocks_of_rows_give_the_whole_kernel(monkeypatch):
    from datadiet.dynamics import layer_jacobians
    from datadiet.dynamics import ntk as module

    model, images = prepared(small_net())
    whole = ntk(model, images)
    monkeypatch.setattr(module, "MOST_ROWS", 4)
    monkeypatch.setattr(module, "STRIP", 3)
    monkeypatch.setattr(layer_jacobians, "PIECE_ELEMENTS", 64)
    torch.testing.assert_close(ntk(model, images), whole, rtol=1e-10, atol=1e-13)


def test_the_kernel_leaves_the_network_as_it_was():
    model, images = prepared(small_net())
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    ntk(model.eval(), images)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(each.requires_grad for each in model.parameters())


def test_batch_statistics_and_no_images_are_refused():
    model = nn.Sequential(nn.BatchNorm2d(2, track_running_stats=False), nn.Flatten(), nn.Linear(128, 2))
    images = torch.zeros(3, 2, 8, 8)
    with pytest.raises(ModelError):
        ntk(model, images)
    with pytest.raises(DataError, match="at least one image"):
        ntk(prepared(small_net())[0], images[:0])


def test_velocity_is_zero_for_a_scaled_kernel_and_one_for_an_orthogonal_one():
    kernel = torch.tensor([[2.0, 0.0], [0.0, 0.0]])
    assert velocity(kernel, 7.0 * kernel) == pytest.approx(0.0, abs=1e-12)
    assert velocity(kernel, torch.tensor([[0.0, 0.0], [0.0, 3.0]])) == pytest.approx(1.0)
    assert velocity(kernel, torch.eye(2)) == pytest.approx(1.0 - 1.0 / math.sqrt(2.0))


def test_velocity_of_nothing_is_nan_and_of_different_sizes_refused():
    assert math.isnan(velocity(torch.zeros(2, 2), torch.eye(2)))
    with pytest.raises(DataError, match="cannot be compared"):
        velocity(torch.eye(2), torch.eye(3))
