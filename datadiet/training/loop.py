"""Train one model of the ensemble, one segment at a time; every batch is told to observers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn

from datadiet.config import TrainConfig
from datadiet.errors import TrainingError
from datadiet.frames.training import HISTORY, SIGNALS
from datadiet.seeds import derive_seed
from datadiet.training import schedule
from datadiet.training.augment import check_crop
from datadiet.training.checkpoint import Checkpoint, copied
from datadiet.training.device import fixed_threads
from datadiet.training.inputs import TrainingData, to_input
from datadiet.training.models import build_model, check_side
from datadiet.training.quicknet import QuickNet
from datadiet.training.trainer import STREAMS, ForwardPass, Observer, Trainer, as_it_is

WHITENING_IMAGES = 3000  # training images that the quick net's first layer is computed from


@dataclass(frozen=True)
class Segment:
    """What a stretch of training gives: where it ended, and the tables of its own epochs."""

    checkpoint: Checkpoint
    history: pd.DataFrame  # HISTORY
    signals: pd.DataFrame  # SIGNALS


def initial_checkpoint(config: TrainConfig, data: TrainingData, seed: int, *, run_id: str = "") -> Checkpoint:
    """Return the model as initialised, before any update: step 0.

    The quick net's first layer is part of the initialisation: it is computed from a sample of the
    training images, drawn from the seed.

    Raises:
        ConfigError: A setting does not go with these images.
        ModelError: The model does not take them.
    """
    check_crop(config.crop_padding, data.shape.image_size)
    model = build_model(config.model, **vars(data.shape), seed=seed)
    _check_sides(model, config, data)
    with fixed_threads(config.num_threads):
        _fit_to_images(model, data, seed)
    streams = {name: torch.Generator().manual_seed(derive_seed(seed, name)) for name in STREAMS}
    return Checkpoint(
        run_id=run_id,
        seed=seed,
        step=0,
        epoch=0,
        shape=data.shape,
        stats=data.stats,
        model=copied(model.state_dict()),
        momentum={},
        generator={name: stream.get_state() for name, stream in streams.items()},
    )


def train_segment(  # ruff: ignore[too-many-arguments]  what to train on, from where to where, who hears
    config: TrainConfig,
    data: TrainingData,
    checkpoint: Checkpoint,
    *,
    stop_epoch: int,
    device: torch.device,
    observers: Sequence[Observer] = (),
    forward: Callable[[nn.Module], ForwardPass] = as_it_is,
) -> Segment:
    """Return the training from ``checkpoint`` to the end of ``stop_epoch``.

    On a CPU two segments give the same bits as one: weights, momentum, the streams of order and
    augmentation and the step go on where they stopped, and dropout is seeded by the epoch. The
    last short batch of an epoch is dropped; its examples have no signals that epoch. The history has
    the validation accuracy of every epoch but the last of the training, and no test accuracy.

    Args:
        config: Of the whole training.
        data: The same for every segment of a seed.
        checkpoint: Where to go on from.
        stop_epoch: Above the checkpoint's epoch, at most the epoch that holds the last step.
        device: Where to train.
        observers: Told of every batch, in order.
        forward: Gives the forward pass that training steps take.

    Raises:
        TrainingError: The loss or a weight is no longer finite, or ``stop_epoch`` is out of range.
        ModelError: The checkpoint is another model's.
    """
    last_epoch = schedule.last_epoch(config, data.num_per_epoch)
    if not checkpoint.epoch < stop_epoch <= last_epoch:
        raise TrainingError(
            f"stop_epoch is {stop_epoch}; it must be above {checkpoint.epoch} and at most {last_epoch}."
        )
    with fixed_threads(config.num_threads), own_random_state(device):
        trainer = Trainer(config, data, checkpoint, device, forward=forward)
        epochs = range(checkpoint.epoch + 1, stop_epoch + 1)
        results = [trainer.run_epoch(epoch, observers) for epoch in epochs]
        ended = trainer.checkpoint(stop_epoch)
    history = HISTORY.from_rows([row for row, _ in results])
    signals = SIGNALS.conform(pd.concat([frame for _, frame in results], ignore_index=True))
    return Segment(ended, history, signals)


def _check_sides(model: nn.Module, config: TrainConfig, data: TrainingData) -> None:
    num_classes, in_channels, image_size = vars(data.shape).values()
    sides = schedule.sides(config, image_size, data.num_per_epoch)
    for side in sorted(sides - {image_size}):
        check_side(model, config.model, num_classes=num_classes, in_channels=in_channels, side=side)


def _fit_to_images(model: nn.Module, data: TrainingData, seed: int) -> None:
    if not isinstance(model, QuickNet):
        return
    chosen = np.random.default_rng(derive_seed(seed, "whitening")).permutation(len(data.train_rows))
    rows = data.train_rows[np.sort(chosen[:WHITENING_IMAGES])]
    model.fit_whitening(to_input(np.asarray(data.images[rows]), data.stats, torch.device("cpu")))


@contextmanager
def own_random_state(device: torch.device) -> Generator[None]:
    """Put the process's random state back afterwards: dropout draws from it."""
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        yield
