"""Training and scores where there is no GPU to try them on: nothing mixes devices, and little is sent."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from datadiet.dynamics import ntk
from datadiet.scores import el2n
from datadiet.scores.passes import evaluate
from datadiet.scores.per_example import GradientNorms
from datadiet.training.inputs import ChannelStats, TrainingData, predictions
from datadiet.training.loop import initial_checkpoint
from datadiet.training.models import build_model
from datadiet.training.opinions import MinibatchOpinions
from datadiet.training.profiles import resolve_training
from datadiet.training.signals import EpochSignals
from datadiet.training.trainer import Trainer
from tests.one_device import OTHER, other_device

STATS = ChannelStats((0.5,) * 3, (0.2,) * 3)
NETWORKS = ("quick", "resnet18", "mobilenet_v3_small", "convnext_tiny", "vit_b_16", "swin_t")


@pytest.fixture
def colour() -> TrainingData:
    """Return 80 random images of 32 px."""
    images = np.random.default_rng(0).integers(0, 255, (80, 32, 32, 3), dtype=np.uint8)
    labels, rows = np.arange(80) % 10, np.arange(80)
    return TrainingData(images, rows, labels, rows, rows[:9], labels[:9], rows[:9], labels[:9], 10, STATS)


@pytest.fixture
def labels_pass(monkeypatch):
    """Let labels through unread: on the other device they hold no numbers."""
    monkeypatch.setattr(el2n, "check_labels", lambda *_, **__: None)


def on_other_device(name):
    return build_model(name, num_classes=10, in_channels=3, image_size=32, seed=0).eval().to(OTHER)


@pytest.mark.parametrize("profile", ["quick", "standard"])
def test_a_training_step_stays_there(colour, monkeypatch, profile):
    config = resolve_training(
        profile, num_train=50_000, image_size=32, in_channels=3, settings={"precision": "bfloat16"}
    )
    trainer = Trainer(config, colour, initial_checkpoint(config, colour, 0), OTHER)
    opinions, signals = MinibatchOpinions(80, 10), EpochSignals()
    with other_device(monkeypatch) as watch:
        trainer.train_step(torch.arange(64))
        watch.bytes_sent.clear()
        watch.num_read = 0
        batch, _ = trainer._forward(1, torch.arange(64))
        opinions(batch)
        signals.add(batch.positions, batch.logits, batch.labels)
        trainer.train_step(torch.arange(64))
    assert watch.num_read == 0  # each would make a GPU wait
    # Which images, their labels, and how each is looked at: the pixels are there already.
    assert sum(watch.bytes_sent) == 2 * 64 * (2 * 8 + 2 * 8 + 1)


def test_predictions_are_made_there(colour, monkeypatch):
    with other_device(monkeypatch):
        found = predictions(on_other_device("quick"), colour.images, colour.train_rows, STATS, OTHER)
    assert found.shape == (80,)


def test_a_pass_scores_there(colour, monkeypatch, labels_pass):
    methods = ["el2n", "grand", "grand_last_layer", "input_norm"]
    model, rows = on_other_device("quick"), colour.train_rows[:6]
    with other_device(monkeypatch):
        found = evaluate(
            model, colour.images, rows, colour.train_labels[:6], STATS, methods, device=OTHER, batch_size=4
        )
    assert {name: values.shape for name, values in found.values.items()} == dict.fromkeys(methods, (6,))


@pytest.mark.parametrize("name", NETWORKS)
def test_gradient_norms_are_made_there(monkeypatch, labels_pass, name):
    model = on_other_device(name)
    images, labels = torch.randn(3, 3, 32, 32, device=OTHER), torch.zeros(3, dtype=torch.long, device=OTHER)
    with other_device(monkeypatch):
        assert GradientNorms(model)(images, labels).device == OTHER


@pytest.mark.parametrize("name", ["quick", "resnet18"])
def test_kernels_are_made_there(monkeypatch, name):
    monkeypatch.setattr(ntk, "_is_right", lambda *_, **__: True)
    model = on_other_device(name)
    with other_device(monkeypatch):
        assert ntk.ntk(model, torch.randn(3, 3, 32, 32, device=OTHER)).device == OTHER


def test_an_operation_of_two_devices_is_noticed(monkeypatch):
    with other_device(monkeypatch), pytest.raises(AssertionError, match="takes tensors of cpu and meta"):
        torch.ones(3) + torch.ones(3, device=OTHER)
