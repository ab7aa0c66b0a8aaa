"""What the points of a study choose from: a run's scores, labels after decisions, orders for curricula."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.errors import DataError
from datadiet.pipeline.group_names import CLASS, GROUP
from datadiet.pipeline.run import Run
from datadiet.pipeline.seen_decisions import as_seen
from datadiet.pipeline.select import quota_groups
from datadiet.scores.registry import check_score, find_method
from datadiet.seeds import derive_seed
from datadiet.selection.choose import select
from datadiet.selection.orders import paced_stages, parse_pacing
from datadiet.store.reviews import read_reviews
from datadiet.study.decided import DecidedLabels, decided_labels, random_labels
from datadiet.study.points import CURRICULUM, WHOLE, Point
from datadiet.triage.reviews import resolve


class Ground:
    """What points choose from: a run's scores, and the labels after its decisions."""

    def __init__(self, run: Run, group_table: Path | None = None) -> None:
        self._run = run
        self._group_table = group_table
        self._scores = run.scores()
        self._labels = LabelSource(run)
        self._kept: tuple[Point, NDArray[np.int64]] | None = None  # of the point asked for last

    def chosen(self, point: Point, seed: int) -> tuple[DecidedLabels, NDArray[np.int64]]:
        """Return the labels that ``point`` trains on for ``seed``, and the rows it keeps.

        Raises:
            ConfigError: The point cannot be selected.
            DataError: It keeps too few examples, or wants decisions and there are none.
            NotFoundError: The run does not have its score.
        """
        decided = self._labels.of(point, seed)
        rows = self._rows_of(point, seed)
        rows = rows[~decided.is_dropped[rows]]
        if len(rows) < 2:
            raise DataError(f"{point.title()} keeps {len(rows)} examples; a training needs at least 2.")
        return decided, rows

    def _table_of(self, point: Point) -> Path | None:
        """Return the table of groups, where the point reads one: controls do not."""
        return None if point.quota_by in {CLASS, GROUP} else self._group_table

    def stages(self, point: Point, rows: NDArray[np.int64], seed: int) -> NDArray[np.int64] | None:
        """Return the stage at which each of ``rows`` joins; None for a point that is no curriculum.

        Raises:
            ConfigError: There are fewer rows than stages.
            DataError: Some rows lack the score.
            NotFoundError: The run does not have it.
        """
        if point.rule != CURRICULUM:
            return None
        ranks = self._ranks(point.score, rows) if point.score else np.zeros(len(rows))
        rng = np.random.default_rng(derive_seed(seed, "curriculum"))
        return paced_stages(ranks, parse_pacing(point.order), rng=rng)

    def _ranks(self, score: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        column = f"{score}_percentile"
        check_score(score, self._scores, run=self._run.run_id)
        ranks = self._scores[column].to_numpy(dtype=np.float64, na_value=np.nan)[rows]
        if num_missing := int(np.isnan(ranks).sum()):
            raise DataError(
                f"{score} is missing for {num_missing} of {len(rows)} training examples, since no seed "
                "trained on them; audit with more seeds, or follow another score."
            )
        return ranks

    def _rows_of(self, point: Point, seed: int) -> NDArray[np.int64]:
        """Return the rows that a point keeps; seeds that follow each other choose once where none draws."""
        if point.draws:
            return self._rows(point, seed)
        if self._kept is None or self._kept[0] != point:
            self._kept = point, self._rows(point, seed)
        return self._kept[1]

    def _rows(self, point: Point, seed: int) -> NDArray[np.int64]:
        frame = self._run.files.labels
        if point.rule in WHOLE:
            return np.flatnonzero((frame["split"] == "train").to_numpy())
        if point.score:
            check_score(point.score, self._scores, run=self._run.run_id)
        direction = find_method(point.score).direction if point.score else "high"
        chosen = select(
            point.request(seed),
            self._scores,
            class_names=self._run.class_names,
            direction=direction,
            listed=point.example_ids,
            groups=quota_groups(self._run.files, self._scores, point.quota_by, self._table_of(point)),
        )
        ids = frame["example_id"].to_numpy(dtype=np.int64)
        return np.searchsorted(ids, np.asarray(chosen.example_ids, dtype=np.int64))


class LabelSource:
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
            held = resolve(reviews, self._run.files.images.examples)
            self._decided = as_seen(held, self._run.files)
        if self._decided.empty:
            raise DataError(
                f"Run {self._run.run_id} has no decisions to retrain with; triage it in the dashboard first."
            )
        if point.labels == "reviewed":
            return decided_labels(frame, self._decided, names)
        return random_labels(frame, self._decided, names, seed=seed)
