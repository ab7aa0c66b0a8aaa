"""What an analysis of a run costs, from the run's own clock. Torch-free."""

from __future__ import annotations

from collections.abc import Sequence

from datadiet.pipeline.analyses import NtkSettings, epochs_of
from datadiet.pipeline.run import Run
from datadiet.store.documents import read_json
from datadiet.store.publish import is_published
from datadiet.training.schedule import step_at

ROWS_ALIKE = 64  # rows of a kernel at which comparing them costs as much as making them; quick net, measured


def seconds_per_step(run: Run) -> float | None:
    """Return the seconds of a training step, over the segments whose clock is kept; None for none."""
    seconds, steps = 0.0, 0
    for seed in run.seeds:
        folder = run.files.workspace.seed_dir(run.run_id, seed) / "clock"
        for path in folder.glob("step_*.json"):
            if is_published(path):
                clock = read_json(path)
                seconds, steps = seconds + float(clock["seconds"]), steps + int(clock["num_steps"])
    return seconds / steps if steps else None


def spawn_epochs(run: Run) -> list[int]:
    """Return where children part by default: every kept epoch but the last."""
    train = run.files.config.train
    return epochs_of(run.files, [each for each in train.checkpoint_epochs if each < train.num_epochs])


def connectivity_seconds(run: Run, epochs: Sequence[int], *, num_workers: int) -> float | None:
    """Return about how long the children of some spawn epochs train; None where the run has no clock.

    Args:
        run: The run.
        epochs: Where children part.
        num_workers: Trainings at once.
    """
    each = seconds_per_step(run)
    if each is None:
        return None
    train, num_train = run.files.config.train, run.files.num_train
    steps = [run.files.last_step - step_at(train, num_train, epoch) for epoch in epochs]
    return 2.0 * len(run.seeds) * sum(steps) * each / max(1, num_workers)


def ntk_seconds(run: Run, settings: NtkSettings, *, num_workers: int) -> float | None:
    """Return about how long kernel velocities take; None where the run has no clock.

    A kernel costs about a training step's work for each of its rows, a logit of an example each, and more
    with their number, since every row meets every other. A rough guess, right within a factor of 2 or 3.
    Steps whose checkpoint was not kept are trained again.

    Args:
        run: The run.
        settings: Of the analysis.
        num_workers: Units at once.
    """
    each = seconds_per_step(run)
    if each is None:
        return None
    train, num_train = run.files.config.train, run.files.num_train
    wanted = epochs_of(run.files, settings.epochs)
    epochs = sorted({number for epoch in wanted for number in (epoch, epoch + 1)})
    num_logits = 1 if settings.kernel == "ntk_sum_of_logits" else len(run.class_names)
    rows = settings.group_size * num_logits
    an_example = each / min(train.batch_size, num_train)
    kernels = len(epochs) * settings.num_groups * rows * (1.0 + rows / ROWS_ALIKE) * an_example
    kept = set(run.files.steps(run.seeds[0]))
    is_kept = all(step_at(train, num_train, epoch) in kept for epoch in epochs)
    again = 0.0 if is_kept else run.files.last_step * each
    return len(run.seeds) * (kernels + again) / max(1, num_workers)
