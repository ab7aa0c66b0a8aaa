"""Groups of a run's examples: its classes, its group column, or a column of a table beside the source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.pipeline.group_names import CLASS, group_names
from datadiet.pipeline.run import Run
from datadiet.pipeline.select import find_selection
from datadiet.scores.registry import check_score
from datadiet.study.groups import group_table, group_text, group_warning


@dataclass(frozen=True)
class Grouped:
    """The groups of a run, and by what they were made."""

    run_id: str
    by: str
    score: str
    selection_id: str  # empty without a selection
    table: pd.DataFrame  # GROUPS

    def headline(self) -> dict[str, Any]:
        """Return what ``datadiet show --groups --json`` prints."""
        rows = self.table.astype(object).where(self.table.notna(), None).to_dict("records")
        names = {"run_id": self.run_id, "by": self.by, "score": self.score}
        return {
            **names,
            "selection_id": self.selection_id,
            "groups": rows,
            "warning": group_warning(self.table),
        }

    def text(self) -> str:
        """Return the groups in lines for a person."""
        kept = f", kept by selection {self.selection_id}" if self.selection_id else ""
        return f"Groups of run {self.run_id} by {self.by}{kept}:\n{group_text(self.table, self.score)}"


def run_groups(
    run: Run,
    by: str = CLASS,
    *,
    score: str = "el2n",
    selection: str | None = None,
    table: Path | None = None,
) -> Grouped:
    """Return how hard each group of a run is, how well it is named, and what a selection keeps of it.

    Args:
        run: The run.
        by: ``class``, ``group`` (the source's group column) or a column of ``table``.
        score: Whose values and ranks are told.
        selection: Its id, or the start of one; None for none.
        table: CSV with the column ``by``, and one that names examples: ``example_id``, or any column that
            holds the ``source_key`` of every example, as the table of a manifest does.

    Raises:
        NotFoundError: The run has no such score, selection or column.
        ConfigError: ``by`` is a column, and there is no table.
        DataError: The table does not name every example once.
    """
    scores = run.scores()
    check_score(score, scores, run=run.run_id)
    groups = group_names(run.files, scores, by, table)
    chosen = find_selection(run, selection) if selection is not None else None
    found = group_table(
        scores,
        groups,
        score=score,
        kept=set(chosen.example_ids) if chosen else None,
        correct=held_out_correct(run),
    )
    return Grouped(run.run_id, by, score, chosen.selection_id if chosen else "", found)


def held_out_correct(run: Run) -> NDArray[np.float64]:
    """Return the share of seeds that name each test image right, of validation images where there is no test.

    Returns:
        Shape ``(N,)``, in row order; NaN for other examples.
    """
    labels = run.files.labels
    split = "test" if (labels["split"] == "test").any() else "validation"
    rows = np.flatnonzero((labels["split"] == split).to_numpy())
    given = labels["given_label"].to_numpy(dtype=np.int64)[rows]
    found = np.full(len(labels), np.nan)
    if len(rows):
        named = [run.files.evaluation(seed, "probabilities")[:][rows].argmax(axis=1) for seed in run.seeds]
        found[rows] = np.mean([each == given for each in named], axis=0)
    return found
