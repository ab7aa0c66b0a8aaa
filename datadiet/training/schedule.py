"""How many steps a training has, and the learning rate at each."""

from __future__ import annotations

import math

from datadiet.config import TrainConfig
from datadiet.errors import TrainingError

FORWARD_SHARE = 1 / 3  # of a training step's time that a forward pass of as many images takes


def batch_size(config: TrainConfig, num_train: int) -> int:
    """Return the examples of one step: the setting, or all of them when there are fewer.

    Raises:
        TrainingError: There are fewer than two training examples.
    """
    if num_train < 2:  # a batch normalisation has no variance over one example
        raise TrainingError(f"There are {num_train} training examples; training needs at least 2.")
    return min(config.batch_size, num_train)


def steps_per_epoch(config: TrainConfig, num_train: int) -> int:
    """Return the optimizer steps of one pass; a short last batch is dropped."""
    return num_train // batch_size(config, num_train)


def total_steps(config: TrainConfig, num_train: int) -> int:
    """Return the optimizer steps of the whole training."""
    every = config.num_epochs * steps_per_epoch(config, num_train)
    return every if config.num_steps is None else min(config.num_steps, every)


def last_epoch(config: TrainConfig, num_train: int) -> int:
    """Return the epoch that holds the last step."""
    return math.ceil(total_steps(config, num_train) / steps_per_epoch(config, num_train))


def step_at(config: TrainConfig, num_train: int, epoch: int) -> int:
    """Return the optimizer steps done when ``epoch`` epochs are over; 0 is the initialisation."""
    return min(epoch * steps_per_epoch(config, num_train), total_steps(config, num_train))


def checkpoint_steps(config: TrainConfig, num_train: int) -> dict[int, int]:
    """Return the step of each epoch whose checkpoint is kept, in order."""
    return {epoch: step_at(config, num_train, epoch) for epoch in config.checkpoint_epochs}


def side_at(config: TrainConfig, image_size: int, num_train: int, epoch: int) -> int:
    """Return the side in pixels at which ``epoch``, and the model after it, looks at images.

    Progressive resizing: ``initial_resolution`` of the side in the first epoch, linearly more in each, all
    of it in the last; the initialisation, epoch 0, reads whole images. A model is best at the side that it
    was trained at last (Touvron et al. 2019, arXiv:1906.06423).

    Args:
        config: Of the training.
        image_size: Pixels of the shorter side.
        num_train: Examples of an epoch.
        epoch: Epochs that are over, or the one that is run; 0 is the initialisation.
    """
    rises = last_epoch(config, num_train) - 1
    done = min(1.0, (epoch - 1) / rises) if epoch and rises else 1.0
    share = config.initial_resolution + (1 - config.initial_resolution) * done
    return max(1, round(share * image_size))


def sides(config: TrainConfig, image_size: int, num_train: int) -> set[int]:
    """Return the sides in pixels at which some epoch of the training looks at images."""
    epochs = range(1, last_epoch(config, num_train) + 1)
    return {side_at(config, image_size, num_train, epoch) for epoch in epochs}


def mean_area(config: TrainConfig, image_size: int, num_train: int) -> float:
    """Return the mean over epochs of the share of an image's area that is trained on: about their cost."""
    epochs = range(1, last_epoch(config, num_train) + 1)
    shares = [side_at(config, image_size, num_train, epoch) / image_size for epoch in epochs]
    return sum(share**2 for share in shares) / len(shares)


def rate_factor(config: TrainConfig, *, step: int, num_steps: int) -> float:
    """Return what the learning rates are multiplied by for the update after ``step`` updates.

    ``step`` lowers it by ``lr_drop_factor`` once each share in ``lr_drops`` of all steps is done;
    ``linear`` lowers it to 0 at the end. Both rise linearly over the first ``warmup_fraction``.

    Args:
        config: Of the training.
        step: Updates done, in ``[0, num_steps)``.
        num_steps: Updates of the whole training.

    Returns:
        In ``(0, 1]``.
    """
    done = step / num_steps
    warmup = config.warmup_fraction
    if done < warmup:
        return (step + 1) / (warmup * num_steps + 1)
    if config.schedule == "linear":
        return (1 - done) / (1 - warmup)
    # Shares are compared as steps: 0.3 x 200 epochs must be epoch 60 exactly, not one float below it.
    drops = sum(step >= round(share * num_steps) for share in config.lr_drops)
    return config.lr_drop_factor**drops
