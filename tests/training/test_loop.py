from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
import torch

from datadiet.errors import ConfigError, DataError, ModelError, TrainingError
from datadiet.training.checkpoint import Checkpoint, load_model
from datadiet.training.inputs import accuracy, predictions
from datadiet.training.loop import initial_checkpoint, train_segment
from datadiet.training.models import build_model
from datadiet.training.profiles import resolve_training

CPU = torch.device("cpu")


def train(config, data, seed=0, *, stop_epoch=2, start=None, observers=()):
    start = start or initial_checkpoint(config, data, seed)
    return train_segment(config, data, start, stop_epoch=stop_epoch, device=CPU, observers=observers)


def same_bits(first: Checkpoint, second: Checkpoint) -> bool:
    one, other = first.to_tensors(), second.to_tensors()
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture
def dropout_net(tmp_path, monkeypatch) -> str:
    """Return the import path of a net whose training draws random numbers of its own."""
    source = """
from torch import nn
def net(num_classes, in_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, 8, 3), nn.Dropout(0.5), nn.Flatten(), nn.LazyLinear(num_classes)
    )
"""
    (tmp_path / "dropout_net_for_tests.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return "dropout_net_for_tests:net"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"model": "shufflenet_v2_x0_5", "optimizer": "sgd", "schedule": "step"},
        {"model": "dropout_net_for_tests:net", "optimizer": "sgd", "lr": 0.01},
        {"precision": "bfloat16"},
    ],
    ids=["quick", "torchvision", "dropout", "bfloat16"],
)
@pytest.mark.usefixtures("dropout_net")
def test_r6_ten_steps_reload_ten_steps_equal_twenty(short, few_digits, changes):
    config = short.model_copy(update=changes)
    whole = train(config, few_digits)
    first = train(config, few_digits, stop_epoch=1)
    reloaded = Checkpoint.from_tensors(first.checkpoint.to_tensors(), first.checkpoint.meta())
    torch.rand(7)  # whatever the process drew in between
    second = train(config, few_digits, start=reloaded)
    assert first.checkpoint.step == 10
    assert same_bits(second.checkpoint, whole.checkpoint)
    pd.testing.assert_frame_equal(
        pd.concat([first.signals, second.signals], ignore_index=True), whole.signals
    )
    steps = pd.concat([first.history, second.history], ignore_index=True).drop(columns="test_accuracy")
    pd.testing.assert_frame_equal(steps, whole.history.drop(columns="test_accuracy"))


def test_r2_the_same_seed_gives_the_same_bits(short, few_digits):
    assert same_bits(train(short, few_digits).checkpoint, train(short, few_digits).checkpoint)


def test_r18_the_threads_of_the_process_do_not_change_the_result(short, few_digits):
    before = torch.get_num_threads()
    one = train(short, few_digits).checkpoint
    try:
        torch.set_num_threads(before + 1)
        two = train(short, few_digits).checkpoint
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)
    assert same_bits(one, two)


def test_r19_images_read_by_batch_give_the_same_bits_as_images_in_memory(short, few_digits, monkeypatch):
    resident = train(short, few_digits).checkpoint
    monkeypatch.setattr("datadiet.training.inputs.RESIDENT_BYTES", 0)
    assert same_bits(train(short, few_digits).checkpoint, resident)


def test_seeds_differ_in_initialisation_order_and_augmentation(short, few_digits):
    orders = {0: [], 1: []}
    first, second = (initial_checkpoint(short, few_digits, seed) for seed in (0, 1))
    assert not torch.equal(first.model["blocks.0.conv1.weight"], second.model["blocks.0.conv1.weight"])
    for seed, order in orders.items():
        train(short, few_digits, seed, observers=[lambda batch, order=order: order.append(batch.positions)])
    assert not torch.equal(torch.cat(orders[0]), torch.cat(orders[1]))
    assert not torch.equal(first.generator["augment"], second.generator["augment"])


def test_the_random_state_of_the_process_is_left_alone(short, few_digits):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    train(short, few_digits)
    assert torch.equal(torch.rand(3), expected)


def test_step_0_is_the_initialisation(few_digits, short):
    config = short.model_copy(update={"model": "resnet18", "num_steps": 1})
    start = initial_checkpoint(config, few_digits, seed=3)
    train(config, few_digits, start=start, stop_epoch=1)  # a training must not write into its start
    fresh = build_model("resnet18", num_classes=10, in_channels=1, image_size=8, seed=3).state_dict()
    assert (start.step, start.epoch, dict(start.momentum)) == (0, 0, {})
    assert all(torch.equal(start.model[name], fresh[name]) for name in fresh)


def test_the_quick_net_begins_with_whitened_patches(digits, short):
    start = initial_checkpoint(short, digits, seed=0)
    model = load_model(start, short)
    pixels = torch.from_numpy(digits.images[digits.train_rows]).float() / 255
    x = ((pixels - digits.stats.mean[0]) / digits.stats.std[0]).permute(0, 3, 1, 2)
    maps = model.whiten(x)[:, :4].transpose(0, 1).flatten(1)
    torch.testing.assert_close(maps @ maps.T / maps.shape[1], torch.eye(4), atol=0.05, rtol=0)


def test_digits_are_learned_above_90_percent_in_seconds(digits):
    config = resolve_training("quick", num_train=1437, image_size=8, in_channels=1)
    config = config.model_copy(update={"num_epochs": 5, "checkpoint_epochs": (0, 5)})
    segment = train(config, digits, stop_epoch=5)
    model = load_model(segment.checkpoint, config)
    predicted = predictions(model, digits.images, digits.test_rows, digits.stats, CPU)
    assert accuracy(predicted, digits.test_labels) > 0.9
    assert segment.history["validation_accuracy"].iloc[-2] > 0.9


def test_history_has_the_accuracy_on_the_way_and_leaves_the_end_to_who_needs_it(short, few_digits):
    history = train(short, few_digits).history
    assert history["epoch"].tolist() == [1, 2]
    assert history["step"].tolist() == [10, 20]
    assert history["validation_accuracy"].isna().tolist() == [False, True]
    assert history["test_accuracy"].isna().all()
    assert history["learning_rate"].tolist() == pytest.approx([0.1 * 11 / 20, 0.1 * 1 / 20])


def test_without_a_test_and_validation_split_their_accuracy_is_missing(short, few_digits):
    none = np.arange(0)
    data = dataclasses.replace(
        few_digits, validation_rows=none, validation_labels=none, test_rows=none, test_labels=none
    )
    assert train(short, data).history[["validation_accuracy", "test_accuracy"]].isna().all(axis=None)


def test_the_short_last_batch_has_no_signals(short, few_digits):
    signals = train(short, few_digits).signals
    assert signals.groupby("epoch").size().tolist() == [160, 160]
    assert set(signals["example_id"]) <= set(few_digits.train_ids.tolist())


def test_num_steps_ends_a_training_inside_an_epoch(short, few_digits):
    segment = train(short.model_copy(update={"num_steps": 13}), few_digits)
    assert segment.checkpoint.step == 13
    assert segment.history["step"].tolist() == [10, 13]


def test_seeds_with_folds_of_other_sizes_take_the_same_steps(short, few_digits):
    larger = dataclasses.replace(few_digits, epoch_size=150)
    segment = train(short, larger)
    assert segment.history["step"].tolist() == [9, 18]
    assert segment.signals["example_id"].nunique() > 150  # other examples are dropped each epoch


def test_an_epoch_of_more_examples_than_there_are_is_refused(few_digits):
    with pytest.raises(DataError, match="epoch_size is 166; there are 165 train_rows"):
        dataclasses.replace(few_digits, epoch_size=166)


def test_fewer_examples_than_a_batch_train_as_one_batch(short, few_digits):
    data = dataclasses.replace(
        few_digits,
        **{name: getattr(few_digits, name)[:5] for name in ("train_rows", "train_labels", "train_ids")},
    )
    assert train(short, data).checkpoint.step == 2


def test_bad_58_an_infinite_loss_stops_the_seed_and_names_it(short, few_digits):
    config = short.model_copy(update={"optimizer": "sgd", "lr": 1e30})
    with pytest.raises(TrainingError, match=r"Seed 4 diverged: .* at step \d+"):
        train(config, few_digits, seed=4)


def test_bad_58_an_infinite_weight_after_the_last_step_is_seen(short, few_digits):
    config = short.model_copy(update={"optimizer": "sgd", "lr": 1e38, "num_steps": 1})
    config = config.model_copy(update={"num_epochs": 1, "weight_decay": 1e5})
    with pytest.raises(TrainingError, match="Seed 0 diverged"):
        train(config, few_digits, stop_epoch=1)


@pytest.mark.parametrize("stop_epoch", [0, 3])
def test_a_segment_that_ends_outside_the_training_is_refused(short, few_digits, stop_epoch):
    with pytest.raises(TrainingError, match=f"stop_epoch is {stop_epoch}; it must be above 0 and at most 2"):
        train(short, few_digits, stop_epoch=stop_epoch)


def test_a_single_example_is_refused(short, few_digits):
    data = dataclasses.replace(few_digits, train_rows=few_digits.train_rows[:1])
    with pytest.raises(TrainingError, match="There are 1 training examples"):
        train(short, data)


def test_a_crop_larger_than_the_image_is_refused(short, few_digits):
    with pytest.raises(ConfigError, match=r"train.crop_padding is 8; it must be below"):
        initial_checkpoint(short.model_copy(update={"crop_padding": 8}), few_digits, seed=0)


class OneSizeNet(torch.nn.Module):
    """Reads images of 8 pixels alone."""

    def __init__(self, num_classes: int, in_channels: int) -> None:
        super().__init__()
        self.head = torch.nn.Linear(in_channels * 64, num_classes)

    def forward(self, x):
        return self.head(x.flatten(1))


class AnySizeNet(OneSizeNet):
    """Remembers the sides that it was shown in training and beside it."""

    seen: ClassVar[list[tuple[bool, int]]] = []

    def forward(self, x):
        self.seen.append((self.training, x.shape[-1]))
        return super().forward(torch.nn.functional.interpolate(x, (8, 8)))


def test_early_epochs_and_what_is_measured_after_them_see_fewer_pixels(short, few_digits, monkeypatch):
    changes = {"model": f"{__name__}:AnySizeNet", "optimizer": "sgd", "initial_resolution": 0.5}
    config = short.model_copy(update={**changes, "num_epochs": 3, "checkpoint_epochs": (0, 3)})
    start = initial_checkpoint(config, few_digits, seed=0)
    monkeypatch.setattr(AnySizeNet, "seen", [])
    train(config, few_digits, start=start, stop_epoch=3)
    assert [side for training, side in AnySizeNet.seen if training] == [4] * 10 + [6] * 10 + [8] * 10
    tried, *measured = [side for training, side in AnySizeNet.seen if not training]
    assert tried == 8  # when the model was built
    assert set(measured) == {4, 6}  # what is left of the last epoch is measured by others
    assert measured == sorted(measured)


class PrecisionNet(OneSizeNet):
    """Remembers the precision of its logits in training and beside it."""

    seen: ClassVar[set[tuple[bool, torch.dtype]]] = set()

    def forward(self, x):
        logits = super().forward(x)
        if len(x) > 2:  # not the trial when it is built
            self.seen.add((self.training, logits.dtype))
        return logits


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_model_is_measured_in_the_precision_that_it_trains_in(short, few_digits, monkeypatch, precision):
    changes = {"model": f"{__name__}:PrecisionNet", "optimizer": "sgd", "precision": precision}
    config = short.model_copy(update=changes)
    start = initial_checkpoint(config, few_digits, seed=0)
    monkeypatch.setattr(PrecisionNet, "seen", set())
    history = train(config, few_digits, start=start).history
    dtype = getattr(torch, precision)
    assert PrecisionNet.seen == {(True, dtype), (False, dtype)}
    assert history["validation_accuracy"].iloc[:-1].between(0.2, 1).all()


def test_fewer_pixels_than_the_model_takes_are_refused_before_training(short, few_digits):
    changes = {"model": f"{__name__}:OneSizeNet", "optimizer": "sgd"}
    whole = short.model_copy(update=changes)
    train(whole, few_digits)
    half = whole.model_copy(update={"initial_resolution": 0.5})
    with pytest.raises(ModelError, match=r"does not take 1-channel 4 px images: .*initial_resolution=1"):
        initial_checkpoint(half, few_digits, seed=0)


class ByFoursNet(AnySizeNet):
    """Reads images whose sides divide by four."""

    def forward(self, x):
        return super().forward(torch.nn.functional.pixel_unshuffle(x, 4).mean(dim=1, keepdim=True))


def test_every_side_on_the_way_is_tried_before_training(short, few_digits):
    changes = {"model": f"{__name__}:ByFoursNet", "optimizer": "sgd", "initial_resolution": 0.5}
    config = short.model_copy(update={**changes, "num_epochs": 3, "checkpoint_epochs": (0, 3)})
    with pytest.raises(ModelError, match=r"does not take 1-channel 6 px images: .*initial_resolution=1"):
        initial_checkpoint(config, few_digits, seed=0)


def test_a_checkpoint_of_another_model_is_refused(short, few_digits):
    other = short.model_copy(update={"model": "resnet18"})
    with pytest.raises(ModelError, match="not those of resnet18"):
        load_model(initial_checkpoint(short, few_digits, seed=0), other)


def test_observers_are_told_of_every_batch_before_its_update(short, few_digits):
    told = []
    train(short, few_digits, seed=2, observers=[told.append])
    assert [batch.step for batch in told] == list(range(20))
    assert {(batch.seed, batch.num_steps) for batch in told} == {(2, 20)}
    assert told[10].epoch == 2
    assert told[0].logits.shape == (16, 10)
