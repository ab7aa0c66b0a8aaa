"""Each way to a convolution's gradient norm, on every geometry, against autograd."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from datadiet.scores import conv_norms, conv_ways
from datadiet.scores.conv_norms import Plan, cheapest_way, conv_weight_squares
from datadiet.scores.conv_ways import ConvShape
from tests import oracles

WAYS = [
    conv_ways.by_grouped_gradient,
    conv_ways.by_unfolded_rows,
    conv_ways.by_unfolded_gram,
    conv_ways.by_compact_gram,
]

GEOMETRIES = [
    {"kernel_size": 3, "padding": 1},
    {"kernel_size": 3},
    {"kernel_size": 1, "stride": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": 5, "stride": 3, "padding": 4, "dilation": 2},
    {"kernel_size": (1, 3), "stride": (2, 1), "padding": (0, 2), "dilation": (1, 3)},
    {"kernel_size": 3, "padding": 1, "groups": 4},
    {"kernel_size": 3, "padding": 1, "groups": 2},
    {"kernel_size": 4, "padding": "same"},
    {"kernel_size": 3, "padding": (2, 1), "padding_mode": "reflect"},
    {"kernel_size": 2, "stride": 2, "padding": 3},
]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize(("geometry", "way"), list(itertools.product(GEOMETRIES, WAYS)))
def test_every_way_equals_autograd(geometry, way, monkeypatch):
    monkeypatch.setattr(conv_norms, "cheapest_way", lambda _: Plan(way, 0.0, conv_norms.CACHED_ELEMENTS // 2))
    torch.manual_seed(0)
    conv = nn.Conv2d(4, 8, dtype=torch.float64, **geometry)
    x = torch.randn(3, 4, 7, 9, dtype=torch.float64)
    g = torch.randn_like(conv(x))
    found = conv_weight_squares(conv, x, g)
    torch.testing.assert_close(found, oracles.conv_weight_squares(conv, x, g), rtol=1e-10, atol=0.0)


def square_shape(channels: int, size: int, kernel: int = 3) -> ConvShape:
    pair, same = (kernel, kernel), (kernel // 2, kernel // 2)
    return ConvShape(pair, (1, 1), same, (1, 1), channels, channels, (size, size), (size, size))


@pytest.mark.parametrize(
    ("channels", "size", "way"),
    [
        (1, 1, "by_compact_gram"),
        (1, 32, "by_grouped_gradient"),
        (64, 32, "by_unfolded_rows"),
        (128, 16, "by_compact_gram"),
        (512, 4, "by_compact_gram"),
    ],
)
def test_choice_depends_on_shapes_alone(channels, size, way):
    assert cheapest_way(square_shape(channels, size)).way.__name__ == way


def test_a_map_of_one_pixel_adds_up_many_channels_in_float32_without_losing_digits():
    torch.manual_seed(0)
    conv = nn.Conv2d(1280, 640, 1, bias=False)
    x, g = torch.randn(32, 1280, 1, 1).double(), torch.randn(32, 640, 1, 1).double()
    truth = conv_weight_squares(conv.double(), x, g)
    found = conv_weight_squares(conv.float(), x.float(), g.float()).double()
    assert ((found - truth) / truth).abs().median() < 1.5e-7
