from __future__ import annotations

import pytest
import torch
from torch import nn

from datadiet.errors import ConfigError, ModelError
from datadiet.training.models import build_model, features_and_logits, model_names
from datadiet.training.quicknet import QuickNet

CHEAP = (
    "convnext_tiny", "densenet121", "efficientnet_b0", "googlenet", "mnasnet0_5", "mobilenet_v2",
    "mobilenet_v3_small", "regnet_x_400mf", "regnet_y_400mf", "resnet34", "shufflenet_v2_x0_5",
    "squeezenet1_1", "swin_t", "vit_b_16",
)  # fmt: skip


def build(name: str, *, num_classes=4, in_channels=3, image_size=32, seed=0) -> nn.Module:
    return build_model(
        name, num_classes=num_classes, in_channels=in_channels, image_size=image_size, seed=seed
    )


@pytest.mark.parametrize("name", CHEAP)
def test_every_torchvision_family_builds_and_reads_grey_images(name):
    model = build(name, in_channels=1)
    logits = model(torch.randn(3, 1, 32, 32))
    assert model.training
    assert logits.shape == (3, 4)


@pytest.mark.parametrize("image_size", [4, 8, 28, 32, 64, 128])
@pytest.mark.parametrize("in_channels", [1, 3])
def test_the_quick_net_reads_any_size(image_size, in_channels):
    model = build("quick", in_channels=in_channels, image_size=image_size)
    assert model(torch.randn(2, in_channels, image_size, image_size)).shape == (2, 4)
    assert model(torch.randn(2, in_channels, image_size, image_size + 9)).shape == (2, 4)


@pytest.mark.parametrize(
    ("image_size", "in_channels", "width"), [(32, 3, 16), (32, 1, 8), (64, 3, 24), (64, 1, 8)]
)
def test_the_quick_nets_stem_is_narrow_where_patches_are_small(image_size, in_channels, width):
    assert build("quick", in_channels=in_channels, image_size=image_size).whiten.out_channels == width


def test_the_quick_net_takes_other_widths_and_divides_its_features_by_the_last():
    model = QuickNet(4, 3, 32, widths=(16, 32, 48)).eval()
    features, logits = features_and_logits(model, torch.randn(3, 3, 32, 32))
    assert features.shape == (3, 48)
    torch.testing.assert_close(model.head(features), logits)


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_the_papers_resnets_have_a_3x3_stem_and_no_max_pool(name):
    model = build(name)
    assert (model.conv1.kernel_size, model.conv1.stride) == ((3, 3), (1, 1))
    assert not any(isinstance(part, nn.MaxPool2d) for part in model.modules())


def test_resnet18_for_cifar_has_the_published_size():
    assert sum(p.numel() for p in build("resnet18", num_classes=10).parameters()) == 11_173_962


def test_the_seed_decides_the_weights_and_the_process_keeps_its_random_state():
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    first, again, other = (build("quick", seed=seed).head.weight for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.rand(2), expected)


@pytest.mark.parametrize(
    ("name", "image_size"), [("alexnet", 32), ("inception_v3", 64), ("vit_b_16", 28), ("maxvit_t", 32)]
)
def test_a_network_that_cannot_take_the_size_is_refused_in_one_line(name, image_size):
    with pytest.raises(ModelError, match=rf"^{name} does not take .*{image_size} px images: [^\n]*$"):
        build(name, image_size=image_size)


def test_an_unknown_name_is_refused_with_the_nearest_one():
    with pytest.raises(ConfigError, match=r"model is 'resnet17'.* Did you mean resnet1"):
        build("resnet17")
    assert {"quick", "resnet18", "vit_b_16"} <= set(model_names())


@pytest.fixture
def user_module(tmp_path, monkeypatch):
    """Return the name of a module on the path with the factories of this file, as a user would write it."""
    source = "\n".join([
        "from torch import nn",
        "def lazy(num_classes, in_channels):",
        "    return nn.Sequential(nn.Conv2d(in_channels, 8, 3), nn.Flatten(), nn.LazyLinear(num_classes))",
        "def wide(num_classes, in_channels):",
        "    return nn.Sequential(nn.Flatten(), nn.LazyLinear(num_classes + in_channels))",
        "def number(num_classes, in_channels):",
        "    return num_classes",
        "def broken(num_classes, in_channels):",
        "    raise KeyError('depth')",
    ])
    (tmp_path / "users_nets_for_tests.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return "users_nets_for_tests"


def test_an_import_path_is_called_with_classes_and_channels(user_module):
    first, again = (build(f"{user_module}:lazy", in_channels=1) for _ in range(2))
    assert first(torch.zeros(2, 1, 32, 32)).shape == (2, 4)
    assert torch.equal(first[2].weight, again[2].weight)  # a lazy layer is initialised from the seed too


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [
        ("wide", r"must return logits of shape \(batch, 4\) .* got \(2, 7\)"),
        ("number", "returned int; it must return a torch.nn.Module"),
        ("broken", "failed: KeyError: 'depth'"),
        ("absent", "has no function or class absent"),
    ],
)
def test_a_factory_that_gives_no_classifier_is_refused(user_module, factory, sentence):
    with pytest.raises(ModelError, match=sentence):
        build(f"{user_module}:{factory}")


def test_a_module_that_cannot_be_imported_is_refused_with_what_to_do():
    with pytest.raises(ModelError, match=r"no_such_module cannot be imported.*PYTHONPATH"):
        build("no_such_module:net")


@pytest.mark.parametrize(("name", "width"), [("quick", 64), ("resnet18", 512), ("swin_t", 768)])
def test_features_are_what_the_last_linear_layer_reads(name, width):
    model = build(name).eval()
    x = torch.randn(3, 3, 32, 32)
    features, logits = features_and_logits(model, x)
    last = [part for part in model.modules() if isinstance(part, nn.Linear)][-1]
    assert features.shape == (3, width)
    torch.testing.assert_close(last(features), logits)
    torch.testing.assert_close(model(x), logits)


def test_a_network_without_a_linear_layer_has_its_logits_as_features():
    features, logits = features_and_logits(build("squeezenet1_1").eval(), torch.randn(2, 3, 32, 32))
    assert torch.equal(features, logits)
