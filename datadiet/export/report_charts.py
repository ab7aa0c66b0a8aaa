"""The three charts of the report, from tables: scores, accuracy per seed, precision against depth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from datadiet.export.charts import Line, axis_over, histogram, lines
from datadiet.export.report_tables import num_known_wrong
from datadiet.export.shown import score_title

_MOST_LINES = 6  # of the precision chart
_DEPTH_SHOWN = 3  # times the number of wrong labels; further down every ranking is the same


def score_chart(scores: pd.DataFrame, score: str) -> Markup | None:
    """Return the histogram of a score over training examples, planted flips marked; None without it."""
    if score not in scores:
        return None
    rows = scores[(scores["split"] == "train") & scores[score].notna()]
    if rows.empty:
        return None
    is_flipped = rows["is_flipped"] if "is_flipped" in rows else pd.Series(data=False, index=rows.index)
    return histogram(
        rows[score].to_numpy(np.float64),
        np.asarray(is_flipped, dtype=np.bool_),
        title=f"{score_title(score)}, mean over seeds",
    )


def accuracy_chart(history: pd.DataFrame) -> Markup | None:
    """Return accuracy over epochs, a line a seed: on validation, and on training minibatches, dashed."""
    if history.empty:
        return None
    drawn = []
    for column, style, name in (
        ("train_accuracy", "line-train", "training"),
        ("validation_accuracy", "line-main", "validation"),
    ):
        seeds = [rows.sort_values("epoch") for _, rows in history.groupby("seed")]
        drawn += [_line("" if i else name, rows, "epoch", column, style) for i, rows in enumerate(seeds)]
    values = history[["train_accuracy", "validation_accuracy"]].to_numpy(np.float64)
    epochs = np.append(history["epoch"].to_numpy(np.float64), 0.0)
    return lines(
        [line for line in drawn if np.isfinite(line.y).any()],
        axis_over("epoch", epochs),
        axis_over("accuracy", values, is_percent=True),
        title="Accuracy of each seed over epochs",
    )


def precision_chart(truth: pd.DataFrame, score: str) -> Markup | None:
    """Return the share of wrong labels among the worst ranked, against how many are looked at."""
    if truth.empty:
        return None
    truth = truth[truth["depth"] <= max(10.0, _DEPTH_SHOWN * num_known_wrong(truth))]
    groups = {str(name): rows.sort_values("depth") for name, rows in truth.groupby("score", sort=True)}
    chosen = _chosen_scores(groups, score)
    drawn = [
        _line(score_title(name), groups[name], "depth", "precision", _style(name, place))
        for place, name in reversed(list(enumerate(chosen)))
    ]
    depths = np.append(truth["depth"].to_numpy(np.float64), 0.0)
    shares = np.array([0.0, 1.0])
    return lines(
        drawn,
        axis_over("examples looked at, worst first", depths),
        axis_over("precision", shares, is_percent=True),
        title="Precision against depth",
    )


def _chosen_scores(groups: dict[str, pd.DataFrame], score: str) -> list[str]:
    """Return the scores to draw: the mislabel score, the report's, the best others, and the control."""
    by_precision = sorted(groups, key=lambda name: -float(groups[name]["precision"].mean()))
    first = [name for name in ("mislabel_score", score) if name in groups]
    control = [name for name in ("random",) if name in groups]
    others = [name for name in by_precision if name not in {*first, *control}]
    return [*first, *others[: _MOST_LINES - len(first) - len(control)], *control]


def _style(name: str, place: int) -> str:
    if name == "random":
        return "line-random"
    return "line-main" if place == 0 else f"line-{place}"


def _line(name: str, rows: pd.DataFrame, x: str, y: str, style: str) -> Line:
    return Line(name, rows[x].to_numpy(np.float64), rows[y].to_numpy(np.float64), style)
