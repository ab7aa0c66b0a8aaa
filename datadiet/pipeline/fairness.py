"""Accuracy by group of a study's retrainings, before and after a selection. Torch-free."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from datadiet.errors import DataError
from datadiet.pipeline.group_names import CLASS, group_names
from datadiet.pipeline.run import Run
from datadiet.pipeline.studies import Study
from datadiet.study.fairness import fairness_verdict, group_accuracy
from datadiet.study.summary import point_titles


@dataclass(frozen=True)
class Fairness:
    """How every group of a run fares in a study."""

    run_id: str
    study_id: str
    by: str
    table: pd.DataFrame = field(repr=False)  # GROUP_ACCURACY
    num_without: int  # retrainings that kept no single answers, made by an earlier version

    def headline(self) -> dict[str, Any]:
        """Return what ``datadiet show --groups --study --json`` prints."""
        rows = self.table.astype(object).where(self.table.notna(), None).to_dict("records")
        return {
            "run_id": self.run_id,
            "study_id": self.study_id,
            "by": self.by,
            "groups": rows,
            "num_without": self.num_without,
            "verdict": fairness_verdict(self.table),
        }

    def text(self) -> str:
        """Return a line a point, for a person."""
        head = f"Study {self.study_id} of run {self.run_id}, by {self.by}; accuracy and changes in percent."
        return "\n".join([head, *fairness_verdict(self.table), *self.remarks()])

    def remarks(self) -> list[str]:
        """Return what is not in the table, in sentences."""
        if not self.num_without:
            return []
        retrainings = "1 retraining" if self.num_without == 1 else f"{self.num_without} retrainings"
        return [
            f"{retrainings} kept no answers by image, made by an earlier version, and stay out. Retraining "
            "with more seeds, or another --epochs, keeps them."
        ]


def study_fairness(
    run: Run,
    study: Study,
    by: str = CLASS,
    *,
    table: Path | None = None,
    point_ids: Collection[str] | None = None,
) -> Fairness:
    """Return the accuracy of each group, on test images (else validation), at each point of a study.

    Args:
        run: The run.
        study: Of the run.
        by: ``class``, ``group`` (the source's group column) or a column of ``table``.
        table: CSV as for :func:`datadiet.pipeline.group_names.group_names`.
        point_ids: Points that are wanted; all where None.

    Raises:
        NotFoundError: There is no such column.
        ConfigError: ``by`` is a column, and there is no table.
        DataError: Nothing is held out, no retraining is done, or the table does not name every example once.
    """
    groups = _held_out_groups(run, by, table)
    frame = study.retrainings()
    frame = frame if point_ids is None else frame[frame["point_id"].isin(list(point_ids))]
    titles = point_titles(frame)
    found, num_without = [], 0
    for row in frame.to_dict("records"):
        answers = study.answers(str(row["retrain_id"]), int(row["seed"]))
        if answers is not None:
            by_group = _by_group(groups, answers)
        elif by == CLASS:
            by_group = _by_class(run, groups, study.class_accuracy(str(row["retrain_id"]), int(row["seed"])))
        else:
            num_without += 1
            continue
        known = {name: row[name] for name in ("point_id", "rule", "labels", "seed")}
        found.append(by_group.assign(title=titles[str(row["point_id"])], **known))
    if not found:
        raise DataError(
            f"No retraining of study {study.study_id} holds answers by image; retrain with: datadiet sweep."
        )
    table_ = group_accuracy(pd.concat(found, ignore_index=True))
    return Fairness(run.run_id, study.study_id, by, table_, num_without)


def _held_out_groups(run: Run, by: str, table: Path | None) -> pd.DataFrame:
    """Return example_id, split, given label and group of test images, of validation where there are none."""
    scores = run.scores()
    groups = group_names(run.files, scores, by, table)
    columns = scores[["example_id", "split", "given_label"]].assign(group=groups.to_numpy())
    split = "test" if (columns["split"] == "test").any() else "validation"
    held = columns[columns["split"] == split]
    if held.empty:
        raise DataError("Nothing is held out: there is neither a validation nor a test example.")
    return held.assign(num=1)


def _by_group(groups: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    joined = groups.merge(answers, on="example_id", validate="one_to_one")
    joined = joined.assign(is_right=joined["predicted_label"] == joined["given_label"])
    return joined.groupby("group", as_index=False).agg(
        num_held_out=("num", "sum"), accuracy=("is_right", "mean")
    )


def _by_class(run: Run, groups: pd.DataFrame, by_class: pd.DataFrame) -> pd.DataFrame:
    """Return the same from what earlier versions kept: accuracy by class."""
    split = str(groups["split"].iloc[0])
    names = [
        run.class_names[int(label)] if label < len(run.class_names) else "" for label in by_class["label"]
    ]
    columns = {"group": names, "accuracy": by_class[f"{split}_accuracy"].to_numpy()}
    counts = groups.groupby("group", as_index=False).agg(num_held_out=("num", "sum"))
    return pd.DataFrame(columns).dropna().merge(counts, on="group")
