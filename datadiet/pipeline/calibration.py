"""How fast this machine is on a run's model, from a few seconds of its work: for costs said beforehand."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import nn

from datadiet.dynamics.ntk import ntk
from datadiet.pipeline.analysis_cost import Speed
from datadiet.pipeline.run import Run
from datadiet.pipeline.training_units import channel_stats_of, read_checkpoint, training_data
from datadiet.training.checkpoint import load_model
from datadiet.training.device import fixed_threads, pick_device
from datadiet.training.estimate import estimate_seconds
from datadiet.training.inputs import to_input
from datadiet.training.schedule import total_steps

ENOUGH_SECONDS = 2.0  # of one kernel, past which no larger one is tried
MOST_IMAGES = 64


def calibrate(run: Run, *, device: str = "auto") -> Speed:
    """Return how long a training step and a kernel take here, timed on the run's own model and images.

    A throwaway model trains for about a second; then kernels of 2, 4, 8, ... images are computed until one
    takes ENOUGH_SECONDS.

    Args:
        run: The run.
        device: Where to time.
    """
    place = pick_device(device)
    train, data = run.files.config.train, training_data(run.files, run.seeds[0])
    steps = total_steps(train, run.files.num_train)
    step_seconds = estimate_seconds(train, data, place) / steps
    model = load_model(read_checkpoint(run.files, run.seeds[0], run.files.last_step), train, place)
    rows = np.asarray(data.train_rows[:MOST_IMAGES])
    images = to_input(np.asarray(run.files.images.images[rows]), channel_stats_of(run.files), place)
    with fixed_threads(train.num_threads):
        linear, square = _kernel_costs(model, images)
    return Speed(step_seconds, linear, square)


def _kernel_costs(model: nn.Module, images: torch.Tensor) -> tuple[float, float]:
    """Return the seconds that a kernel of n images costs for each image, and for each pair of them."""
    timed: list[tuple[int, float]] = []
    num = 2
    _seconds_of(model, images[:num])  # the first pass finds out how the layers are read
    while num <= len(images):
        timed.append((num, _seconds_of(model, images[:num])))
        if timed[-1][1] > ENOUGH_SECONDS:
            break
        num *= 2
    if len(timed) < 2:
        return timed[-1][1] / timed[-1][0], 0.0
    (few, short), (many, long) = timed[-2:]
    square = max(0.0, (long / many - short / few) / (many - few))
    return max(0.0, long / many - square * many), square


def _seconds_of(model: nn.Module, images: torch.Tensor) -> float:
    started = time.perf_counter()
    ntk(model, images).cpu()
    return time.perf_counter() - started
