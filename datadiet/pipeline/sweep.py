"""Retrain on many selections: what belongs together is a study; what is done is never run again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.config import digest
from datadiet.errors import DataError
from datadiet.execution.engine import Engine
from datadiet.execution.units import Unit
from datadiet.pipeline.plan import default_workers
from datadiet.pipeline.progress import Progress
from datadiet.pipeline.retrain_units import Retraining, publish_inputs, retrain_unit_of
from datadiet.pipeline.run import Run
from datadiet.pipeline.studies import Protocol, Study, open_study, retrain_config
from datadiet.pipeline.work import WorkProgress
from datadiet.scores.registry import find_method
from datadiet.selection.choose import select
from datadiet.store.reviews import read_reviews
from datadiet.study.decided import DecidedLabels, decided_labels, random_labels
from datadiet.study.points import ALL, MOST_POINTS, Point
from datadiet.study.summary import point_rows
from datadiet.study.verdict import verdict
from datadiet.training.device import pick_device
from datadiet.triage.reviews import resolve


@dataclass(frozen=True)
class SweepOptions:
    """How a sweep runs; none of it but the protocol changes a result."""

    protocol: Protocol
    num_seeds: int = 3
    device: str = "auto"
    num_workers: int | None = None


class Sweeper:
    """Retrains points of one study on workers that stay, so that a run's pixels are loaded once a worker."""

    def __init__(self, run: Run, options: SweepOptions, *, progress: Progress) -> None:
        self._run = run
        self._options = options
        self._progress = progress
        self._device = pick_device(options.device)
        self._ground = _Ground(run)
        self.study = open_study(run.files, options.protocol)
        count = options.num_workers
        workers = default_workers(self._device.type) if count is None else count
        threads = run.files.config.train.num_threads
        self._engine = Engine(num_workers=workers, num_threads=threads)
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
        retraining, files = self._retraining(point, seed), self._run.files
        publish_inputs(files, retraining)
        self.study.add(point, seed, retraining.retrain_id, order=order)
        return retrain_unit_of(files, retraining.retrain_id, seed, str(self._device))

    def _retraining(self, point: Point, seed: int) -> Retraining:
        decided, rows = self._ground.chosen(point, seed)
        files = self._run.files
        num_train = int((files.labels["split"] == "train").sum())
        config = retrain_config(
            files.config.train, self._options.protocol, num_kept=len(rows), num_train=num_train
        )
        labels = decided.labels[rows]
        identity = digest(
            files.document["dataset_id"], rows.tolist(), labels.tolist(), config.model_dump(mode="json")
        )
        return Retraining(identity, seed, rows, labels, len(decided.class_names), config)


class _Ground:
    """What points choose from: a run's scores, and the labels after its decisions."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._scores = run.scores()
        self._labels = _LabelSource(run)

    def chosen(self, point: Point, seed: int) -> tuple[DecidedLabels, NDArray[np.int64]]:
        """Return the labels that ``point`` trains on for ``seed``, and the rows it keeps.

        Raises:
            ConfigError: The point cannot be selected.
            DataError: It keeps too few examples, or wants decisions and there are none.
            NotFoundError: The run does not have its score.
        """
        decided = self._labels.of(point, seed)
        rows = self._rows(point, seed)
        rows = rows[~decided.is_dropped[rows]]
        if len(rows) < 2:
            raise DataError(f"{point.title()} keeps {len(rows)} examples; a training needs at least 2.")
        return decided, rows

    def _rows(self, point: Point, seed: int) -> NDArray[np.int64]:
        frame = self._run.files.labels
        if point.rule == ALL:
            return np.flatnonzero((frame["split"] == "train").to_numpy())
        direction = find_method(point.score).direction if point.score else "high"
        chosen = select(
            point.request(seed),
            self._scores,
            class_names=self._run.class_names,
            direction=direction,
            listed=point.example_ids,
        )
        ids = frame["example_id"].to_numpy(dtype=np.int64)
        return np.searchsorted(ids, np.asarray(chosen.example_ids, dtype=np.int64))


class _LabelSource:
    """The labels that a point trains on."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._decided: pd.DataFrame | None = None

    def of(self, point: Point, seed: int) -> DecidedLabels:
        """Return the labels of ``point`` for ``seed``.

        Raises:
            DataError: It wants decisions and there are none.
        """
        frame, names = self._run.files.labels, self._run.class_names
        if point.labels == "trained":
            values = frame["label"].to_numpy(dtype=np.int64)
            return DecidedLabels(values, np.zeros(len(values), dtype=bool), tuple(names))
        if self._decided is None:
            reviews = read_reviews(self._run.files.workspace)
            self._decided = resolve(reviews, self._run.files.images.examples)
        if self._decided.empty:
            raise DataError(
                f"Run {self._run.run_id} has no decisions to retrain with; triage it in the dashboard first."
            )
        if point.labels == "reviewed":
            return decided_labels(frame, self._decided, names)
        return random_labels(frame, self._decided, names, seed=seed)


@dataclass(frozen=True)
class Swept:
    """A study after a sweep."""

    run_id: str
    study: Study

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
        }

    def text(self) -> str:
        """Return the study in words: a line a point, then the verdict."""
        frame = self.study.retrainings()
        lines = [f"Study {self.study.study_id} of run {self.run_id}: {len(frame)} retrainings."]
        lines += [
            f"  {row['title']}: validation {_spread(row, 'validation')}, test {_spread(row, 'test')} "
            f"({row['num_seeds']} seed{'s' if row['num_seeds'] > 1 else ''})"
            for row in point_rows(frame)
        ]
        return "\n".join([*lines, *verdict(frame)])


def _spread(row: dict[str, Any], split: str) -> str:
    mean, error = row[f"{split}_accuracy"], row[f"{split}_accuracy_se"]
    if mean is None:
        return "not measured"
    return f"{100 * mean:.1f} %" if error is None else f"{100 * mean:.1f} ± {100 * error:.1f} %"


def check_points(run: Run, points: Sequence[Point]) -> None:
    """Refuse points that the run cannot retrain, without making or storing anything.

    Raises:
        ConfigError: A point cannot be selected.
        DataError: There are none or too many, one keeps too few, or decisions are wanted and there are none.
        NotFoundError: The run does not have a score.
    """
    if not points or len(points) > MOST_POINTS:
        raise DataError(f"A sweep takes 1 to {MOST_POINTS:,} points, not {len(points):,}.")
    ground = _Ground(run)
    for point in points:
        ground.chosen(point, 0)


def sweep(run: Run, points: Sequence[Point], options: SweepOptions, *, progress: Progress) -> Swept:
    """Retrain on every point with every seed; return the study they belong to.

    Raises:
        ConfigError: A point cannot be selected, or there are too many.
        JobError: Some retrainings failed.
    """
    if not points or len(points) > MOST_POINTS:
        raise DataError(f"A sweep takes 1 to {MOST_POINTS:,} points, not {len(points):,}.")
    with Sweeper(run, options, progress=progress) as sweeper:
        # A seed of every point before the next seed: a picture of the whole comes early.
        sweeper.measure([(point, seed) for seed in range(options.num_seeds) for point in points])
        return Swept(run.run_id, sweeper.study)
