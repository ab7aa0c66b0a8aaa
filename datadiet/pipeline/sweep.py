"""Retrain on many selections: what belongs together is a study; what is done is never run again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datadiet.config import digest
from datadiet.errors import DataError
from datadiet.execution.engine import Engine
from datadiet.execution.spares import SpareWorkers
from datadiet.execution.units import Unit
from datadiet.pipeline.analysis_cost import seconds_per_step
from datadiet.pipeline.fairness import study_fairness
from datadiet.pipeline.plan import default_workers
from datadiet.pipeline.progress import Progress
from datadiet.pipeline.retrain_units import Retraining, publish_inputs, retrain_unit_of
from datadiet.pipeline.run import Run
from datadiet.pipeline.studies import Protocol, Study, open_study, retrain_config, retrain_folder
from datadiet.pipeline.sweep_ground import Ground
from datadiet.pipeline.work import WorkProgress
from datadiet.store.publish import is_published
from datadiet.store.runs import working_on
from datadiet.study.fairness import fairness_verdict
from datadiet.study.points import MOST_POINTS, Point
from datadiet.study.summary import point_rows
from datadiet.study.verdict import best_point, verdict
from datadiet.training.device import pick_device
from datadiet.training.schedule import FORWARD_SHARE

START_SECONDS = 3.0  # that worker processes need before their first step


@dataclass(frozen=True)
class SweepOptions:
    """How a sweep runs; none of it but the protocol changes a result."""

    protocol: Protocol
    num_seeds: int = 3
    device: str = "auto"
    num_workers: int | None = None
    group_table: Path | None = None  # CSV with the columns that quotas of groups other than classes name
    spares: SpareWorkers | None = None  # started earlier, used where their threads are the run's


class Sweeper:
    """Retrains points of one study on workers that stay, so that a run's pixels are loaded once a worker."""

    def __init__(self, run: Run, options: SweepOptions, *, progress: Progress) -> None:
        self._run = run
        self._options = options
        self._progress = progress
        self._device = pick_device(options.device)
        self._ground = Ground(run, options.group_table)
        self.study = open_study(run.files, options.protocol)
        count = options.num_workers
        workers = default_workers(self._device.type) if count is None else count
        threads = run.files.config.train.num_threads
        taken = options.spares.take(workers, threads) if options.spares else []
        self._engine = Engine(num_workers=workers, num_threads=threads, workers=taken)
        self.num_workers = max(1, workers)

    def __enter__(self) -> Sweeper:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    def measure(self, wanted: Sequence[tuple[Point, int]]) -> None:
        """Retrain each point with its seed; those that are published are not run again.

        Raises:
            ConfigError: A point cannot be selected.
            JobError: Some retrainings failed; the sentence has the counts and the first reason.
            KeyboardInterrupt: Ctrl-C; what was published stays.
        """
        orders = self.study.orders()
        units: dict[str, Unit] = {}
        for point, seed in wanted:
            order = orders.setdefault(point.point_id, len(orders))
            unit = self._prepared(point, seed, order=order)
            units[unit.key] = unit
        work = WorkProgress(self._progress, list(units.values()), name=f"Retrain {len(units)} models")
        self._engine.run(list(units.values()), work.hear).check()

    def _prepared(self, point: Point, seed: int, *, order: int) -> Unit:
        """Return the unit of a retraining whose inputs are published and which the study lists."""
        files = self._run.files
        retraining = retraining_of(self._run, self._ground, self.study.protocol, point, seed)
        publish_inputs(files, retraining)
        self.study.add(point, seed, retraining.retrain_id, order=order)
        return retrain_unit_of(files, retraining.retrain_id, seed, str(self._device))


def retraining_of(run: Run, ground: Ground, protocol: Protocol, point: Point, seed: int) -> Retraining:
    """Return what one seed of a point trains on, and how.

    Raises:
        ConfigError: The point cannot be selected.
        DataError: It keeps too few examples, or wants decisions and there are none.
        NotFoundError: The run does not have its score.
    """
    decided, rows = ground.chosen(point, seed)
    files = run.files
    num_train = int((files.labels["split"] == "train").sum())
    config = retrain_config(files.config.train, protocol, num_kept=len(rows), num_train=num_train)
    labels = decided.labels[rows]
    stages = ground.stages(point, rows, seed)
    what = [rows.tolist(), labels.tolist(), config.told_apart_by()]
    what += [] if stages is None else [stages.tolist()]
    identity = digest(files.document["dataset_id"], *what)
    return Retraining(identity, seed, rows, labels, len(decided.class_names), config, stages)


@dataclass(frozen=True)
class Swept:
    """A study after a sweep."""

    run: Run
    study: Study

    @property
    def run_id(self) -> str:
        """Return the run's id."""
        return self.run.run_id

    def by_class(self) -> list[str]:
        """Return how the classes fare on all data and on the window that is best; empty without one."""
        frame = self.study.retrainings()
        best = best_point(frame)
        everything = frame.loc[(frame["rule"] == "all") & (frame["labels"] == "trained"), "point_id"]
        if best is None or everything.empty:
            return []
        points = [str(everything.iloc[0]), best]
        return fairness_verdict(study_fairness(self.run, self.study, point_ids=points).table)

    def headline(self) -> dict[str, Any]:
        """Return what ``datadiet sweep --json`` prints."""
        frame = self.study.retrainings()
        return {
            "run_id": self.run_id,
            "study_id": self.study.study_id,
            "protocol": self.study.protocol.model_dump(mode="json"),
            "num_retrainings": len(frame),
            "points": point_rows(frame),
            "verdict": verdict(frame),
            "by_class": self.by_class(),
        }

    def text(self) -> str:
        """Return the study in words: a line a point, then the verdict."""
        frame = self.study.retrainings()
        done = f"{len(frame)} retraining{'' if len(frame) == 1 else 's'}"
        lines = [f"Study {self.study.study_id} of run {self.run_id}: {done}."]
        lines += [
            f"  {row['title']}: validation {_spread(row, 'validation')}, test {_spread(row, 'test')} "
            f"({row['num_seeds']} seed{'s' if row['num_seeds'] > 1 else ''})"
            for row in point_rows(frame)
        ]
        by_class = self.by_class()
        told = ["By class:", *(f"  {each}" for each in by_class)] if by_class else []
        return "\n".join([*lines, *verdict(frame), *told])


def _spread(row: dict[str, Any], split: str) -> str:
    mean, error = row[f"{split}_accuracy"], row[f"{split}_accuracy_se"]
    if mean is None:
        return "not measured"
    return f"{100 * mean:.1f} %" if error is None else f"{100 * mean:.1f} ± {100 * error:.1f} %"


def check_points(run: Run, points: Sequence[Point], *, group_table: Path | None = None) -> None:
    """Refuse points that the run cannot retrain, without making or storing anything.

    Args:
        run: The run.
        points: Of a sweep.
        group_table: As in the options of the sweep.

    Raises:
        ConfigError: A point cannot be selected.
        DataError: There are none or too many, one keeps too few, or decisions are wanted and there are none.
        NotFoundError: The run does not have a score.
    """
    check_number(points)
    ground = Ground(run, group_table)
    for point in points:
        _, rows = ground.chosen(point, 0)
        ground.stages(point, rows, 0)


def check_number(points: Sequence[Point]) -> None:
    """Refuse an empty sweep, and one of more points than can be looked at.

    Raises:
        DataError: There are none or too many.
    """
    if not points or len(points) > MOST_POINTS:
        raise DataError(f"A sweep takes 1 to {MOST_POINTS:,} points, not {len(points):,}.")


@dataclass(frozen=True)
class Foreseen:
    """What a sweep would do."""

    num_retrainings: int
    num_left: int  # of them that are not done yet
    seconds: float | None  # for those, by the clock of the run's own training; None where it kept none


def foreseen(run: Run, points: Sequence[Point], options: SweepOptions) -> Foreseen:
    """Return what a sweep would do and about how long it would take, without making or storing anything.

    Args:
        run: The run.
        points: As they are retrained, controls among them.
        options: Of the sweep.

    Raises:
        ConfigError: A point cannot be selected.
        DataError: There are none or too many, one keeps too few, or decisions are wanted and there are none.
        NotFoundError: The run does not have a score.
    """
    check_number(points)
    ground = Ground(run, options.group_table)
    wanted = [(point, seed) for point in points for seed in range(options.num_seeds)]
    retrainings = (retraining_of(run, ground, options.protocol, point, seed) for point, seed in wanted)
    left = {
        (each.retrain_id, each.seed): each.num_steps
        for each in retrainings
        if not is_published(retrain_folder(run.files, each.retrain_id, each.seed))
    }
    return Foreseen(len(wanted), len(left), seconds_of(run, len(left), sum(left.values()), options))


def seconds_of(run: Run, num_retrainings: int, num_steps: int, options: SweepOptions) -> float | None:
    """Return about how long retrainings take, by the run's clock: start, steps, held-out images once each.

    Args:
        run: Whose training tells how long a step takes.
        num_retrainings: How many there are.
        num_steps: Optimizer steps of all of them.
        options: Of the sweep.

    Returns:
        Seconds; None where the run has no clock that can be read.
    """
    a_step, count = seconds_per_step(run), options.num_workers
    if a_step is None:
        return None
    if not num_retrainings:
        return 0.0
    num_held_out = int((run.files.labels["split"] != "train").sum())
    batch_size = min(run.files.config.train.batch_size, run.files.num_train)
    measuring = num_retrainings * num_held_out * FORWARD_SHARE / batch_size
    workers = default_workers(pick_device(options.device).type) if count is None else count
    return START_SECONDS + a_step * (num_steps + measuring) / max(1, workers)


def sweep(run: Run, points: Sequence[Point], options: SweepOptions, *, progress: Progress) -> Swept:
    """Retrain on every point with every seed; return the study they belong to.

    Raises:
        ConfigError: A point cannot be selected, or there are too many.
        JobError: Some retrainings failed.
    """
    check_number(points)
    held = working_on(run.files.workspace, run.run_id)
    with held, Sweeper(run, options, progress=progress) as sweeper:
        # A seed of every point before the next seed: a picture of the whole comes early.
        sweeper.measure([(point, seed) for seed in range(options.num_seeds) for point in points])
        return Swept(run, sweeper.study)
