"""A study's points in a line each: means and standard errors over seeds, and controls of the same size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from datadiet.study.points import Point
from datadiet.study.verdict import Mean, mean_of

ACCURACIES = ("validation_accuracy", "test_accuracy", "worst_class_accuracy", "flips_kept_fraction")


def point_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a dictionary a point of a RETRAININGS table: means, standard errors over seeds, counts."""
    rows = []
    for point_id, group in frame.groupby("point_id", sort=False):
        first = group.iloc[0]
        row: dict[str, Any] = {
            "point_id": str(point_id),
            "rule": str(first["rule"]),
            "score": str(first["score"]),
            "keep_fraction": float(first["keep_fraction"]),
            "window_offset": float(first["window_offset"]),
            "labels": str(first["labels"]),
            "order": str(first["order"]),
            "num_kept": int(group["num_kept"].median()),
            "num_seeds": len(group),
        }
        for name in ACCURACIES:
            row[name], row[f"{name}_se"] = _mean_and_error(group[name])
        rows.append({**row, "title": _title(first)})
    return rows


def point_titles(frame: pd.DataFrame) -> dict[str, str]:
    """Return each point of a RETRAININGS table in a few words, by its id."""
    return {str(point_id): _title(group.iloc[0]) for point_id, group in frame.groupby("point_id", sort=False)}


def split_of(frame: pd.DataFrame) -> str | None:
    """Return whose accuracy a study is read by: validation, test where nothing was validated, or None."""
    return next((each for each in ("validation", "test") if frame[f"{each}_accuracy"].notna().any()), None)


def by_score(frame: pd.DataFrame, score: str) -> pd.DataFrame:
    """Return the retrainings on the order of ``score``, and those that read no order.

    Args:
        frame: A RETRAININGS table.
        score: Such as ``el2n``.
    """
    return frame[frame["score"].isin(["", score])]


def plain_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the retrainings on the labels of the run, without quotas or suspects dropped."""
    return frame[
        (frame["labels"] == "trained") & (frame["quota"] == "none") & ~frame["drop_suspects"].astype(bool)
    ]


def all_data(frame: pd.DataFrame, split: str) -> Mean | None:
    """Return the accuracy on all data; None where it has not been run."""
    rows = plain_rows(frame)
    return mean_of(rows[rows["rule"] == "all"], split)


def random_controls(frame: pd.DataFrame, split: str) -> list[tuple[float, Mean]]:
    """Return keep fraction and accuracy of every random control, the smallest first.

    Args:
        frame: A RETRAININGS table.
        split: ``validation`` or ``test``.
    """
    rows = plain_rows(frame)
    found = []
    for keep, group in rows[rows["rule"] == "random"].groupby("keep_fraction"):
        mean = mean_of(group, split)
        if mean is not None:
            found.append((float(str(keep)), mean))
    return found


def _title(row: pd.Series[Any]) -> str:
    names = (
        "rule",
        "keep_fraction",
        "window_offset",
        "quota",
        "quota_by",
        "drop_suspects",
        "labels",
        "order",
    )
    values = {name: row[name].item() if hasattr(row[name], "item") else row[name] for name in names}
    return Point.model_construct(**values, score=str(row["score"]) or None, example_ids=()).title()


def _mean_and_error(values: pd.Series[float]) -> tuple[float | None, float | None]:
    known = values.dropna()
    if known.empty:
        return None, None
    error = float(known.std(ddof=1) / np.sqrt(len(known))) if len(known) > 1 else None
    return float(known.mean()), error
