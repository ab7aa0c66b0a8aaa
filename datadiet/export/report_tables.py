"""The tables and sentences of the report, as rows of plain values for its template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

_MOST_ROWS = 100  # of a table in the report
_DEPTHS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)  # of the calibration table, times the number of wrong labels


@dataclass(frozen=True)
class Counts:
    """How much there is of everything."""

    num_examples: int
    splits: tuple[tuple[str, int], ...]
    num_classes: int
    num_skipped: int
    num_ignored: int
    num_flipped: int
    num_decided: int
    num_duplicates: int


@dataclass(frozen=True)
class ClassRow:
    """One class: how many, how hard, how many look wrong, and as what."""

    name: str
    num: int
    mean_score: float
    num_wrong: float
    wrong_fraction: float
    confused_with: str  # empty for none
    num_confused: float
    num_flipped: int


@dataclass(frozen=True)
class ConfusionRow:
    """A pair of classes: labelled as one, looks like the other."""

    label: str
    true_label: str
    num_wrong: float


@dataclass(frozen=True)
class TruthRow:
    """One score's precision and recall at the depths of the table."""

    score: str
    precision: tuple[float, ...]
    recall: tuple[float, ...]


@dataclass(frozen=True)
class Truth:
    """Noise calibration: the depths looked at, and a row a score."""

    depths: tuple[int, ...]
    rows: tuple[TruthRow, ...]


@dataclass(frozen=True)
class Accuracy:
    """Accuracy after the last epoch: mean and standard error over seeds, in [0, 1]."""

    mean: float
    standard_error: float | None
    num_seeds: int
    split: str


def counts(scores: pd.DataFrame, problems: pd.DataFrame, class_names: Sequence[str]) -> Counts:
    """Return how many examples, splits, classes, skipped files, planted flips and decisions there are."""
    splits = scores["split"].value_counts()
    is_ignored = problems["kind"] == "ignored"
    return Counts(
        num_examples=len(scores),
        splits=tuple((name, int(splits.get(name, 0))) for name in ("train", "validation", "test")),
        num_classes=len(class_names),
        num_skipped=int((~is_ignored).sum()),
        num_ignored=int(is_ignored.sum()),
        num_flipped=int(scores["is_flipped"].sum()) if "is_flipped" in scores else 0,
        num_decided=int((scores["decision"].fillna("") != "").sum()) if "decision" in scores else 0,
        num_duplicates=int(scores["duplicate_group"].notna().sum()) if "duplicate_group" in scores else 0,
    )


def final_accuracy(history: pd.DataFrame) -> Accuracy | None:
    """Return the accuracy at the last epoch: on test where there is one, else on validation."""
    if history.empty:
        return None
    last = history.sort_values("epoch").groupby("seed").tail(1)
    split = "test" if last["test_accuracy"].notna().all() else "validation"
    values = last[f"{split}_accuracy"].to_numpy(np.float64)
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
    return Accuracy(float(values.mean()), error, len(values), split)


def class_rows(
    scores: pd.DataFrame, confused: pd.DataFrame, class_names: Sequence[str], *, score: str
) -> list[ClassRow]:
    """Return a row a class, the one with most labels that look wrong first; at most 100 rows."""
    rows = [
        _class_row(
            scores[scores["label"] == label], confused[confused["label"] == label], label, class_names, score
        )
        for label in range(len(class_names))
    ]
    return sorted(rows, key=lambda row: -row.num_wrong)[:_MOST_ROWS]


def _class_row(
    scores: pd.DataFrame, confused: pd.DataFrame, label: int, class_names: Sequence[str], score: str
) -> ClassRow:
    others = confused.sort_values("num_wrong", ascending=False)
    num_wrong = float(others["num_wrong"].sum())
    worst = class_names[int(others["true_label"].iloc[0])] if len(others) else ""
    return ClassRow(
        name=class_names[label],
        num=len(scores),
        mean_score=float(scores[score].mean()) if score in scores else float("nan"),
        num_wrong=num_wrong,
        wrong_fraction=num_wrong / max(1, len(scores)),
        confused_with=worst,
        num_confused=float(others["num_wrong"].iloc[0]) if len(others) else 0.0,
        num_flipped=int(scores["is_flipped"].sum()) if "is_flipped" in scores else 0,
    )


def confusion_rows(
    confused: pd.DataFrame, class_names: Sequence[str], *, num: int = 10
) -> list[ConfusionRow]:
    """Return the pairs of classes with most labels that look wrong."""
    worst = confused.sort_values("num_wrong", ascending=False).head(num)
    return [
        ConfusionRow(
            class_names[int(row["label"])], class_names[int(row["true_label"])], float(row["num_wrong"])
        )
        for row in worst.to_dict("records")
        if row["num_wrong"] >= 0.5
    ]


def skipped_rows(problems: pd.DataFrame, *, num: int = 20) -> list[tuple[str, str, str]]:
    """Return kind, source key and reason of the first problems; ignored files come last."""
    order = problems.assign(is_ignored=problems["kind"] == "ignored").sort_values("is_ignored", kind="stable")
    return [
        (str(row["kind"]).replace("_", " "), str(row["source_key"]), str(row["reason"]))
        for row in order.head(num).to_dict("records")
    ]


def truth_rows(truth: pd.DataFrame) -> Truth | None:
    """Return precision and recall at a few depths, the best score first; None without a truth."""
    if truth.empty:
        return None
    every = np.array(sorted(set(truth["depth"].tolist())))
    wanted = np.multiply(_DEPTHS, num_known_wrong(truth))
    depths = sorted({int(every[np.abs(every - depth).argmin()]) for depth in wanted})
    rows = []
    for score, group in truth.groupby("score", sort=True):
        at = group.set_index("depth").reindex(depths)
        rows.append(TruthRow(str(score), tuple(at["precision"].tolist()), tuple(at["recall"].tolist())))
    rows.sort(key=lambda row: -float(np.nanmean(row.precision)))
    return Truth(tuple(depths), tuple(rows))


def num_known_wrong(truth: pd.DataFrame) -> int:
    """Return how many labels are known to be wrong: what precision, recall and depth say together."""
    found = truth[truth["recall"] > 0]
    if found.empty:
        return 1
    return max(1, round(float((found["precision"] * found["depth"] / found["recall"]).median())))


def reliability_rows(reliability: pd.DataFrame) -> list[dict[str, object]]:
    """Return a row a score: split-half reliability and the seeds that 0.90 and 0.95 would take."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in reliability.to_dict("records")
    ]
