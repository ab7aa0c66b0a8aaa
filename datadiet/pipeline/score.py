"""Add a score to a trained run at any step; one that was not kept is trained again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from datadiet.errors import ConfigError
from datadiet.execution.engine import run_units
from datadiet.pipeline.ensemble import ScoreKey, summary
from datadiet.pipeline.plan import default_workers
from datadiet.pipeline.progress import Progress
from datadiet.pipeline.run import Run
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.scoring_units import ScoringTask, scoring_units
from datadiet.pipeline.training_units import training_units
from datadiet.pipeline.work import WorkProgress
from datadiet.scores.registry import find_method
from datadiet.store.runs import working_on
from datadiet.training.device import pick_device
from datadiet.training.schedule import step_at


@dataclass(frozen=True)
class Scored:
    """A score that a run now has."""

    run_id: str
    key: ScoreKey
    num_seeds: int
    mean: float

    def headline(self) -> dict[str, Any]:
        """Return what ``datadiet score --json`` prints."""
        return {
            "run_id": self.run_id,
            "score": self.key.name,
            "method": self.key.method,
            "step": self.key.step,
            "num_seeds": self.num_seeds,
            "mean": self.mean,
        }

    def text(self) -> str:
        """Return it in words."""
        return f"{self.key.name} of run {self.run_id}: {self.num_seeds} models, mean {self.mean:.4g}."


def score_run(
    run: Run, method: str, *, epoch: int | None, device: str, num_workers: int | None, progress: Progress
) -> Scored:
    """Score every usable seed of ``run`` by ``method`` after ``epoch``, the last by default.

    Raises:
        ConfigError: The method is unknown, or the epoch lies outside the training.
        JobError: Some seeds could not be scored.
    """
    files, train = run.files, run.files.config.train
    found = find_method(method)
    if found.name != method:
        raise ConfigError(f"method is {method!r}; name {found.name} and the step by --epoch.")
    epoch = train.num_epochs if epoch is None else epoch
    if not 0 <= epoch <= train.num_epochs:
        raise ConfigError.out_of_range("epoch", epoch, f"in [0, {train.num_epochs}]")
    if found.reads == "signals" and epoch == 0:
        raise ConfigError(f"{method} reads training minibatches, and there are none at epoch 0.")
    step = step_at(train, files.num_train, epoch)
    place = pick_device(device)
    tasks = [ScoringTask(seed, step, (method,)) for seed in run.seeds]
    epochs = [*_kept_below(files, epoch), epoch]
    units = [
        *training_units(files, run.seeds, epochs, str(place)),
        *scoring_units(files, tasks, str(place)),
    ]
    work = WorkProgress(progress, units, name=f"Score by {method} at epoch {epoch}")
    workers = default_workers(place.type) if num_workers is None else num_workers
    with working_on(files.workspace, files.run_id):
        run_units(units, num_workers=workers, num_threads=train.num_threads, on_event=work.hear).check()
    key = ScoreKey(method, step, step == files.last_step)
    values = summary(files, key, run.seeds)["mean"]
    return Scored(run.run_id, key, len(run.seeds), float(values.mean()))


def _kept_below(files: RunFiles, epoch: int) -> list[int]:
    """Return the kept epochs before ``epoch``, from which its step can be reached."""
    return [kept for kept in files.config.train.checkpoint_epochs if kept < epoch]
