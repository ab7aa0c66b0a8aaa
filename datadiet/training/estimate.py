"""How long a training will take on this machine, from a few timed batches."""

from __future__ import annotations

import time
from dataclasses import replace

import torch

from datadiet.config import TrainConfig
from datadiet.training import schedule
from datadiet.training.device import fixed_threads, wait_for
from datadiet.training.inputs import TrainingData
from datadiet.training.loop import initial_checkpoint, own_random_state
from datadiet.training.trainer import Trainer

WARM_UP_STEPS = 2
TIMED_SECONDS = 0.5  # of steps, at most, but for the last
TIMED_STEPS = 20  # at most


def estimate_seconds(config: TrainConfig, data: TrainingData, device: torch.device) -> float:
    """Return about how many seconds one seed trains, validation after each epoch but the last included.

    Trains a throwaway model for half a second or so. One seed with ``config.num_threads`` threads and
    nothing beside it; several seeds at once share memory bandwidth and take a little longer each.

    Raises:
        ModelError: The model does not take these images.
    """
    num_train = data.num_per_epoch
    size = schedule.batch_size(config, num_train)
    few = few_of(data, size)
    with fixed_threads(config.num_threads), own_random_state(device):
        trainer = Trainer(config, few, initial_checkpoint(config, few, seed=0), device)
        a_step = _seconds_a_step(trainer, torch.arange(size), device)
    num_checked = (schedule.last_epoch(config, num_train) - 1) * len(data.validation_rows)
    # A step costs what its images have of pixels; one of the last epoch was timed.
    whole_steps = schedule.total_steps(config, num_train) * schedule.mean_area(
        config, data.shape.image_size, num_train
    )
    num_passes = whole_steps + schedule.FORWARD_SHARE * num_checked / size
    return a_step * num_passes


def few_of(data: TrainingData, num: int) -> TrainingData:
    """Return the training on its first ``num`` examples alone."""
    return replace(
        data,
        train_rows=data.train_rows[:num],
        train_labels=data.train_labels[:num],
        train_ids=data.train_ids[:num],
        epoch_size=None,
    )


def _seconds_a_step(trainer: Trainer, positions: torch.Tensor, device: torch.device) -> float:
    for _ in range(WARM_UP_STEPS):
        trainer.train_step(positions)
    wait_for(device)
    start, num_steps, seconds = time.perf_counter(), 0, 0.0
    while num_steps < TIMED_STEPS and seconds < TIMED_SECONDS:
        trainer.train_step(positions)
        wait_for(device)
        num_steps, seconds = num_steps + 1, time.perf_counter() - start
    return seconds / num_steps
