"""GraNd against one backward pass per example, on every kind of network, and what it refuses."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from datadiet.errors import ConfigError, DataError, ModelError
from datadiet.scores.grand import BATCH_SIZE, grand
from datadiet.training.models import build_model
from tests import oracles
from tests.scores import networks

ALL = networks.BY_LAYER | networks.MIXED | networks.BY_TORCH_FUNC | networks.ONE_BY_ONE


def exactly(model: nn.Module, num_examples: int = 4, size: int = 8):
    """Return a float64 model in evaluation mode whose running statistics are not trivial, and a batch."""
    generator = torch.Generator().manual_seed(0)
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is not None:
            module.running_mean.normal_(generator=generator)
            module.running_var.uniform_(0.5, 2.0, generator=generator)
            nn.init.uniform_(module.weight, 0.5, 1.5, generator=generator)
            nn.init.normal_(module.bias, generator=generator)
    images = torch.randn(num_examples, 3, size, size, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, networks.NUM_CLASSES, (num_examples,), generator=generator)
    return model.double().eval(), images, labels


def assert_equal(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ALL)
def test_equals_one_backward_pass_per_example(name):
    model, images, labels = exactly(ALL[name]())
    assert_equal(grand(model, images, labels), oracles.grand(model, images, labels))


@pytest.mark.parametrize("name", ["quick", "resnet18"])
def test_is_exact_on_the_networks_of_the_profiles(name):
    network = build_model(name, num_classes=networks.NUM_CLASSES, in_channels=3, image_size=16, seed=0)
    model, images, labels = exactly(network, num_examples=3, size=16)
    assert_equal(grand(model, images, labels), oracles.grand(model, images, labels))


@pytest.mark.parametrize("name", ALL)
def test_does_not_depend_on_the_batch(name):
    model, images, labels = exactly(ALL[name]())
    alone = torch.cat([grand(model, images[[i]], labels[[i]]) for i in range(len(images))])
    assert_equal(grand(model, images, labels), alone)


def test_is_known_by_hand_for_one_linear_layer():
    model = nn.Linear(2, 2, dtype=torch.float64)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    images = torch.tensor([[3.0, 4.0], [0.0, 0.0]], dtype=torch.float64)
    expected = torch.tensor([(0.5 * 26) ** 0.5, 0.5**0.5], dtype=torch.float64)  # ‖p − y‖ √(‖x‖² + 1)
    assert_equal(grand(model, images, torch.tensor([0, 1])), expected)


def test_is_not_divided_by_the_batch_size():
    model, images, labels = exactly(networks.plain())
    twice = grand(model, torch.cat([images, images]), torch.cat([labels, labels]))
    assert_equal(twice[: len(images)], grand(model, images, labels))


def test_more_images_than_one_batch_are_scored_in_order():
    model, images, labels = exactly(nn.Sequential(nn.Flatten(), nn.Linear(12, 5)), BATCH_SIZE + 3, size=2)
    assert_equal(grand(model, images, labels), oracles.grand(model, images, labels))


def test_no_image_gives_no_score():
    model, images, labels = exactly(networks.plain())
    assert grand(model, images[:0], labels[:0]).shape == (0,)


def test_single_precision_is_no_worse_than_the_loop():
    model, images, labels = exactly(networks.plain(), num_examples=32)
    truth = oracles.grand(model, images, labels)
    model, images = model.float(), images.float()
    errors = [
        ((norms.double() - truth) / truth).abs().median()
        for norms in (grand(model, images, labels), oracles.grand(model, images, labels))
    ]
    assert errors[0] <= 2 * errors[1] + 1e-7


def test_comes_in_the_dtype_of_the_images():
    model, images, labels = exactly(networks.plain())
    assert grand(model.bfloat16(), images.bfloat16(), labels).dtype == torch.bfloat16


@pytest.mark.parametrize("guard", [torch.no_grad, torch.inference_mode])
def test_is_the_same_where_gradients_are_switched_off(guard):
    model, images, labels = exactly(networks.plain())
    with guard():
        inside = grand(model, images * 1.0, labels)
    assert_equal(inside.clone(), grand(model, images, labels))


def test_model_in_training_mode_is_scored_in_evaluation_mode_and_left_as_it_was():
    model = nn.Sequential(nn.Conv2d(3, 6, 3), nn.Dropout(0.9), *networks.head(6))
    model, images, labels = exactly(model)
    expected = grand(model, images, labels)
    model.train()
    model[2].eval()
    assert_equal(grand(model, images, labels), expected)
    assert [module.training for module in model] == [True, True, False, True, True]


def state_of(model: nn.Module) -> list[object]:
    return [
        *[(module.training, len(module._forward_hooks)) for module in model.modules()],
        *[(parameter.requires_grad, parameter.grad) for parameter in model.parameters()],
        *[buffer.clone().tolist() for buffer in model.buffers()],
    ]


@pytest.mark.parametrize("name", ["partly_frozen", "block", "branching"])
def test_leaves_the_model_as_it_was(name):
    model, images, labels = exactly(ALL[name]())
    before = state_of(model)
    grand(model, images, labels)
    assert state_of(model) == before


def test_leaves_the_model_as_it_was_after_an_exception():
    class Fails(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = networks.plain()
            self.calls = 0

        def forward(self, x):
            self.calls += 1
            if self.calls > 3:
                raise KeyError("broken")
            return self.inner(x)

    model, images, labels = exactly(Fails())
    model.train()
    for module in model.inner:
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    before = state_of(model)
    with pytest.raises(KeyError):
        grand(model, images, labels)
    assert state_of(model) == before


def test_does_not_touch_existing_gradients():
    model, images, labels = exactly(networks.plain())
    functional.cross_entropy(model(images), labels).backward()
    before = [parameter.grad.clone() for parameter in model.parameters()]
    grand(model, images, labels)
    assert all(map(torch.equal, before, [parameter.grad for parameter in model.parameters()]))


def test_batch_normalisation_in_training_mode_is_refused_by_name():
    model, images, labels = exactly(networks.plain())
    model.train()
    with pytest.raises(ModelError, match=r"Layer 1 \(BatchNorm2d\) is in training mode.*model.eval\(\)"):
        grand(model, images, labels)
    assert model.training


def test_batch_normalisation_without_running_statistics_is_refused_by_name():
    model = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6, track_running_stats=False), *networks.head(6))
    model, images, labels = exactly(model)
    with pytest.raises(ModelError, match=r"Layer 1 \(BatchNorm2d\) keeps no running statistics"):
        grand(model, images, labels)


def test_model_that_mixes_the_batch_is_refused():
    model, images, labels = exactly(networks.MixesBatch())
    with pytest.raises(ModelError, match="MixesBatch gives an image other logits alone"):
        grand(model, images, labels)


def test_model_without_trainable_parameters_is_refused():
    model, images, labels = exactly(networks.plain())
    with pytest.raises(ModelError, match="no trainable parameter"):
        grand(model.requires_grad_(False), images, labels)


def test_model_that_gives_no_logits_is_refused():
    model, images, labels = exactly(nn.Sequential(nn.Conv2d(3, 6, 3)))
    with pytest.raises(ModelError, match=r"must return logits of shape \(images, classes\)"):
        grand(model, images, labels)


def test_model_that_does_not_take_the_images_is_refused():
    model, images, labels = exactly(networks.plain())
    with pytest.raises(ModelError, match="fails on images of shape"):
        grand(model, images[:, :1], labels)


def test_label_outside_the_classes_is_refused():
    model, images, _ = exactly(networks.plain())
    with pytest.raises(DataError, match=r"1 labels lie outside \[0, 5\), the first is 5"):
        grand(model, images, torch.tensor([0, 1, 5, 0]))


def test_other_number_of_labels_than_images_is_refused():
    model, images, labels = exactly(networks.plain())
    with pytest.raises(DataError, match=r"images must be \(B, ...\) and labels \(B,\)"):
        grand(model, images, labels[:2])


def test_what_is_no_model_or_no_tensor_is_refused_by_name():
    model, images, labels = exactly(networks.plain())
    with pytest.raises(ConfigError, match="model is 'resnet18'; it must be a module of PyTorch"):
        grand("resnet18", images, labels)
    with pytest.raises(ConfigError, match=r"labels is \[0, 1, 2, 3\]; it must be a tensor"):
        grand(model, images, [0, 1, 2, 3])
