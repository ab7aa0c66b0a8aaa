"""The fused backward of batch normalisation gives what autograd gives, example by example."""

import copy

import pytest
import torch
from torch import nn

from datadiet.scores.batch_norm_node import fused, fuses

LAYERS = {
    "1d": (nn.BatchNorm1d, (5, 3)),
    "2d": (nn.BatchNorm2d, (5, 3, 4, 6)),
    "3d": (nn.BatchNorm3d, (5, 3, 2, 4, 3)),
}


def layer_and_input(kind, *, affine=True):
    torch.manual_seed(0)
    make, shape = LAYERS[kind]
    layer = make(shape[1], affine=affine, dtype=torch.float64)
    layer.running_mean.normal_()
    layer.running_var.uniform_(0.5, 2)
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    return layer.eval(), torch.randn(shape, dtype=torch.float64)


def expected(layer, x, g, names):
    """Go through the examples one by one: squared norms, and the gradients by the input."""
    squares, below = [], []
    for example, gradient in zip(x, g, strict=True):
        example = example[None].clone().requires_grad_()
        wanted = [getattr(layer, name) for name in sorted(names)]
        found = torch.autograd.grad(layer(example), [example, *wanted], gradient[None])
        below.append(found[0])
        squares.append(sum(each.square().sum() for each in found[1:]))
    return torch.stack(squares), torch.cat(below)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("names", [{"weight", "bias"}, {"weight"}])
@pytest.mark.parametrize("is_channels_last", [False, True])
def test_norms_and_what_goes_below_are_those_of_autograd(kind, names, is_channels_last):
    layer, x = layer_and_input(kind)
    if is_channels_last and kind == "2d":
        x = x.contiguous(memory_format=torch.channels_last)
    g = torch.randn_like(x)
    told = []
    read = x.clone(memory_format=torch.preserve_format).requires_grad_()
    given = fused(layer, frozenset(names), read, layer(read).detach(), told.append)
    (below,) = torch.autograd.grad(given, read, g)
    squares, wanted = expected(layer, x, g, names)
    torch.testing.assert_close(told[0], squares, rtol=1e-12, atol=0)
    torch.testing.assert_close(below, wanted, rtol=1e-12, atol=1e-14)


def test_without_a_scale_that_counts_or_statistics_it_does_not_stand_in():
    layer, x = layer_and_input("2d")
    assert fuses(layer, frozenset({"weight"}), x.requires_grad_())
    assert not fuses(layer, frozenset({"bias"}), x)
    assert not fuses(layer, frozenset({"weight"}), x.detach())
    assert not fuses(layer, frozenset({"weight"}), x.float())
    assert not fuses(nn.Conv2d(3, 3, 1), frozenset({"weight"}), x)
    plain = nn.BatchNorm2d(3, track_running_stats=False, dtype=torch.float64)
    assert not fuses(plain, frozenset({"weight"}), x)


def test_slopes_are_rounded_once():
    torch.manual_seed(0)
    layer = nn.BatchNorm2d(200).eval()
    layer.running_var.uniform_(0.5, 2)
    nn.init.normal_(layer.weight)
    wide = copy.deepcopy(layer).double()
    slope = wide.weight.detach() / (wide.running_var + wide.eps).sqrt()
    x = torch.randn(2, 200, 3, 3).contiguous(memory_format=torch.channels_last).requires_grad_()
    given = fused(layer, frozenset({"weight"}), x, layer(x).detach(), lambda _: None)
    (below,) = torch.autograd.grad(given, x, torch.ones_like(x))
    assert torch.equal(below[0, :, 0, 0], slope.float())
