"""The batches of a curriculum: examples join by stages, and every stage takes an equal share of the steps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Steps:
    """A stretch of a training."""

    first: int  # updates done before it
    num: int  # updates of it
    num_all: int  # updates of the whole training


def stage_of(step: int, *, num_stages: int, num_steps: int) -> int:
    """Return the stage, from 1, of the update after ``step`` updates: equal shares of all steps.

    Example:
        >>> [stage_of(step, num_stages=2, num_steps=5) for step in range(5)]
        [1, 1, 1, 2, 2]
    """
    return min(num_stages, 1 + step * num_stages // num_steps)


def paced_batches(
    stages: np.ndarray, steps: Steps, batch_size: int, generator: torch.Generator
) -> list[Tensor]:
    """Return the places of each batch: stage k draws from all examples that joined by k, pass after pass.

    A stage goes through its examples in random order, each once, then in another order; a batch may
    reach from one pass into the next, so every batch is full. What is left of a pass where a stage or an
    epoch ends is not shown.

    Args:
        stages: int64 ``(n,)``, the stage, from 1, at which each training example joins.
        steps: Of the epoch.
        batch_size: Examples of a batch.
        generator: Of the order; moves on.

    Returns:
        int64 ``(batch_size,)`` each, places in ``stages``.
    """
    num_stages = int(stages.max())
    each = [
        stage_of(step, num_stages=num_stages, num_steps=steps.num_all)
        for step in range(steps.first, steps.first + steps.num)
    ]
    batches: list[Tensor] = []
    for stage, group in groupby(each):
        joined = torch.from_numpy(np.flatnonzero(stages <= stage))
        num = batch_size * len(list(group))
        passes = [torch.randperm(len(joined), generator=generator) for _ in range(-(-num // len(joined)))]
        batches += torch.split(joined[torch.cat(passes)[:num]], batch_size)
    return batches
