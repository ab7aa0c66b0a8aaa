"""Which way a model goes, and random stacks of layers."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from datadiet.scores.grand import grand
from datadiet.scores.per_example import GradientNorms
from tests import oracles
from tests.scores import networks

IMAGES = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def way(model: nn.Module) -> str:
    return GradientNorms(model.double().eval()).way(IMAGES)


@pytest.mark.parametrize("name", networks.BY_LAYER)
def test_known_layers_go_the_fast_way(name):
    assert way(networks.BY_LAYER[name]()) == "by layer"


@pytest.mark.parametrize("name", networks.BY_COPY)
def test_plain_parameters_are_copied_an_example(name):
    torch.manual_seed(2)
    model, labels = networks.BY_COPY[name]().double().eval(), torch.tensor([0, 3, 4])
    before = dict(model.named_parameters())
    norms = GradientNorms(model)
    assert norms.way(IMAGES) == "by layer and copy"
    assert set(norms.parameter_ways(IMAGES).values()) == {"by layer", "by copy"}
    for images, their_labels in (
        (IMAGES, labels),
        (IMAGES[:1], labels[:1]),
        (IMAGES.repeat(2, 1, 1, 1), labels.repeat(2)),
    ):
        found = norms(images, their_labels)
        assert torch.allclose(found, oracles.grand(model, images, their_labels), rtol=1e-9, atol=0)
    after = dict(model.named_parameters())
    assert list(after) == list(before)
    assert all(after[path] is before[path] and after[path].requires_grad for path in before)


@pytest.mark.parametrize("name", networks.BY_TORCH_FUNC)
def test_whatever_has_no_formula_goes_through_torch_func(name):
    assert way(networks.BY_TORCH_FUNC[name]()).startswith("torch.func (")


@pytest.mark.parametrize("name", networks.MIXED)
def test_parameters_without_a_formula_go_through_torch_func_and_the_others_by_layer(name):
    norms = GradientNorms(networks.MIXED[name]().double().eval())
    assert norms.way(IMAGES).startswith("by layer and torch.func (")
    ways = norms.parameter_ways(IMAGES)
    assert {way.partition(" (")[0] for way in ways.values()} - {"by copy"} == {"by layer", "torch.func"}


def test_each_parameter_says_which_way_it_goes():
    ways = GradientNorms(networks.MIXED["block"]().double().eval()).parameter_ways(IMAGES)
    assert ways["patches.weight"] == ways["norm.bias"] == "by layer"
    assert ways["token"] == ways["scale"] == "by copy"
    assert ways["attention.in_proj_weight"] == (
        "torch.func (belongs to MultiheadAttention, which has no formula)"
    )
    one_by_one = GradientNorms(networks.ONE_BY_ONE["branching"]().double().eval()).parameter_ways(IMAGES)
    assert {way.partition(" (")[0] for way in one_by_one.values()} == {"one by one"}


@pytest.mark.parametrize("name", networks.ONE_BY_ONE)
def test_what_torch_func_gets_wrong_or_refuses_goes_one_by_one(name):
    assert way(networks.ONE_BY_ONE[name]()).startswith("one by one")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("shared_layer", "shared.weight is used more than once"),
        ("tied_weights", "first.weight is used more than once"),
        ("block", "attention.in_proj_weight belongs to MultiheadAttention, which has no formula"),
        ("places_first", "mix.weight belongs to a layer that is called in an unusual way"),
    ],
)
def test_way_says_why_it_is_not_the_fast_one(name, reason):
    assert reason in way({**networks.MIXED, **networks.BY_TORCH_FUNC}[name]())


class Folding(nn.Module):
    """Folds examples and channels into one dimension, which a batch of one allows in any layout."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, 4, 3), nn.Linear(3 * 4 * 36, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.conv(x.view(len(x) * 3, 1, 8, 8)).reshape(len(x), -1))


class AsksHowItLies(nn.Module):
    """Computes something else, or raises an error of its own, for images that lie channels last."""

    def __init__(self, *, raises: bool) -> None:
        super().__init__()
        self.head, self.raises = nn.Linear(192, 5), raises

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.raises:
            assert x.is_contiguous()
        return self.head(x.flatten(1) if x.is_contiguous() else x.flatten(1).cos())


@pytest.mark.parametrize(
    "model",
    [Folding(), AsksHowItLies(raises=False), AsksHowItLies(raises=True)],
    ids=["folds", "asks", "raises"],
)
def test_images_lie_as_they_were_given_where_channels_last_is_not_the_same(model):
    model, labels = model.double().eval(), torch.tensor([0, 3, 4])
    found = grand(model, IMAGES, labels)
    assert torch.allclose(found, oracles.grand(model, IMAGES, labels), rtol=1e-9, atol=0)


class Layouts(nn.Module):
    """Notes how the batches lie that a network is shown, and may view its maps as vectors."""

    def __init__(self, *, views: bool) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 4, 3), nn.Linear(4 * 36, 5)
        self.views = views
        self.are_channels_last: list[bool] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.are_channels_last.append(x.is_contiguous(memory_format=torch.channels_last))
        maps = self.conv(x)
        return self.head(maps.view(len(x), -1) if self.views else maps.flatten(1))


@pytest.mark.parametrize("views", [False, True])
def test_images_lie_channels_last_where_the_model_takes_them_so(views):
    model, labels = Layouts(views=views).double().eval(), torch.tensor([0, 3, 4])
    norms = GradientNorms(model)
    for _ in range(2):
        model.are_channels_last.clear()
        found = norms(IMAGES, labels)
        assert model.are_channels_last[-1] is not views
        assert torch.allclose(found, oracles.grand(model, IMAGES, labels), rtol=1e-9, atol=0)
    assert norms.way(IMAGES) == "by layer"


def test_layer_with_a_hook_of_its_own_does_not_go_the_fast_way():
    model = networks.plain()
    model[4].register_forward_hook(lambda module, args, output: 2 * output)
    assert "4.weight belongs to a layer that has hooks" in way(model)


def test_layer_whose_forward_was_replaced_does_not_go_the_fast_way():
    model = networks.plain()
    forward = model[4].forward
    model[4].forward = lambda x: 2 * forward(x)
    assert "has a forward of its own" in way(model)


def test_batch_that_leaves_the_traced_path_leaves_the_fast_way():
    class Early(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.mix = nn.Conv2d(3, 6, 3), nn.Linear(6, 6)
            self.last = nn.Linear(6, networks.NUM_CLASSES)

        def forward(self, x):
            y = self.mix(self.stem(x).mean(dim=(2, 3)))
            return self.last(self.mix(y) if len(x) > 2 else y)

    model = Early().double().eval()
    norms = GradientNorms(model)
    assert norms.way(IMAGES) == "by layer"
    norms(IMAGES, torch.tensor([0, 1, 2]))
    assert norms.way(IMAGES).startswith("torch.func")


@st.composite
def stacks(draw: st.DrawFn) -> nn.Module:
    """Return a random stack of convolutions and normalisations that ends in a linear layer."""
    layers: list[nn.Module] = []
    channels = 3
    for _ in range(draw(st.integers(1, 3))):
        groups = draw(st.sampled_from([1, channels]))
        out = groups * draw(st.sampled_from([2, 4]))
        kernel = draw(st.sampled_from([1, 3, (1, 3)]))
        layers.append(
            nn.Conv2d(
                channels,
                out,
                kernel,
                stride=draw(st.sampled_from([1, 2])),
                padding=draw(st.sampled_from([1, (2, 1)])),
                dilation=draw(st.sampled_from([1, 2])),
                groups=groups,
                bias=draw(st.booleans()),
                padding_mode=draw(st.sampled_from(["zeros", "circular"])),
            )
        )
        kinds = [nn.Identity(), nn.BatchNorm2d(out), nn.GroupNorm(2, out), nn.InstanceNorm2d(out)]
        layers += [draw(st.sampled_from(kinds)), draw(st.sampled_from([nn.Tanh(), nn.SiLU(inplace=True)]))]
        channels = out
    return nn.Sequential(*layers, *networks.head(channels))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(stacks())
def test_random_stacks_equal_one_backward_pass_per_example(model):
    model = model.double().eval()
    labels = torch.tensor([0, 1, 2])
    found, expected = grand(model, IMAGES, labels), oracles.grand(model, IMAGES, labels)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)
