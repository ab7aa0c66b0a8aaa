"""What an analysis of a run costs, from the run's own clock or from what was timed. Torch-free."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datadiet.errors import CorruptFileError
from datadiet.pipeline.analyses import NtkSettings, PathSettings, epochs_of
from datadiet.pipeline.run import Run
from datadiet.store.documents import read_json
from datadiet.store.publish import is_published
from datadiet.training.schedule import FORWARD_SHARE, step_at

log = logging.getLogger(__name__)

STATISTICS_IMAGES = 2_000  # training images that normalisation statistics of a path are made anew from
ROWS_ALIKE = 64  # rows of a kernel at which comparing them costs as much as making them; quick net, measured


@dataclass(frozen=True)
class Speed:
    """How fast this machine was a moment ago, in seconds; of a kernel of n images, a n + b n²."""

    step: float  # of training
    kernel_linear: float
    kernel_square: float

    def kernel(self, num_images: int) -> float:
        """Return the seconds of a kernel of all logits of ``num_images`` images."""
        return self.kernel_linear * num_images + self.kernel_square * num_images**2


def seconds_per_step(run: Run) -> float | None:
    """Return the seconds of a training step, over the segments whose clock is whole; None for none."""
    seconds, steps = 0.0, 0
    for seed in run.seeds:
        folder = run.files.workspace.seed_dir(run.run_id, seed) / "clock"
        for path in folder.glob("step_*.json"):
            if clock := _clock(path):
                seconds, steps = seconds + float(clock["seconds"]), steps + int(clock["num_steps"])
    return seconds / steps if steps else None


def _clock(path: Path) -> Any | None:
    """Return what the clock of a segment says; None where nothing vouches for it: an estimate can miss it."""
    if not is_published(path):
        return None
    try:
        return read_json(path)
    except CorruptFileError as error:
        log.warning("%s Estimates leave it out.", error)
        return None


def spawn_epochs(run: Run) -> list[int]:
    """Return where children part by default: every kept epoch but the last."""
    train = run.files.config.train
    return epochs_of(run.files, [each for each in train.checkpoint_epochs if each < train.num_epochs])


def connectivity_seconds(
    run: Run, epochs: Sequence[int], *, num_workers: int, speed: Speed | None = None
) -> float | None:
    """Return about how long pairs of children train, and their paths are evaluated, at some spawn epochs.

    Args:
        run: The run.
        epochs: Where children part.
        num_workers: Trainings at once.
        speed: Timed on this machine; None: the run's clock.

    Returns:
        Seconds; None where neither is known.
    """
    each = seconds_per_step(run) if speed is None else speed.step
    if each is None:
        return None
    train, num_train = run.files.config.train, run.files.num_train
    steps = [run.files.last_step - step_at(train, num_train, epoch) for epoch in epochs]
    settings = PathSettings()
    num_test = int((run.files.labels["split"] == "test").sum())
    num_images = STATISTICS_IMAGES + 3 * min(settings.set_size, num_train // 5) + num_test
    passes = len(settings.alphas) * num_images * FORWARD_SHARE / min(train.batch_size, num_train)
    pairs = 2.0 * sum(steps) + len(epochs) * passes
    return len(run.seeds) * pairs * each / max(1, num_workers)


def logits_read(kernel: str, num_classes: int) -> int:
    """Return the logits of an example that a kernel has a row for."""
    return 1 if kernel == "ntk_sum_of_logits" else num_classes


def trained_like(num_rows: int) -> float:
    """Return how many examples are trained on in about the time of a kernel of ``num_rows``."""
    return num_rows * (1.0 + num_rows / ROWS_ALIKE)


def ntk_seconds(
    run: Run, settings: NtkSettings, *, num_workers: int, speed: Speed | None = None
) -> float | None:
    """Return about how long kernel velocities take; None where the run has no clock.

    By the clock alone, a kernel costs about a training step's work for each of its rows, a logit of an
    example each, and more with their number, since every row meets every other: a rough guess, right within
    a factor of 2 or 3. Steps whose checkpoint was not kept are trained again.

    Args:
        run: The run.
        settings: Of the analysis.
        num_workers: Units at once.
        speed: Timed on this machine; None: the run's clock.
    """
    each = seconds_per_step(run) if speed is None else speed.step
    if each is None:
        return None
    train, num_train = run.files.config.train, run.files.num_train
    wanted = epochs_of(run.files, settings.epochs)
    epochs = sorted({number for epoch in wanted for number in (epoch, epoch + 1)})
    num_logits = logits_read(settings.kernel, len(run.class_names))
    kernel = trained_like(settings.group_size * num_logits) * each / min(train.batch_size, num_train)
    if speed is not None and num_logits > 1:
        kernel = speed.kernel(settings.group_size)
    kernels = len(epochs) * settings.num_groups * kernel
    kept = set(run.files.steps(run.seeds[0]))
    is_kept = all(step_at(train, num_train, epoch) in kept for epoch in epochs)
    again = 0.0 if is_kept else run.files.last_step * each
    return len(run.seeds) * (kernels + again) / max(1, num_workers)
