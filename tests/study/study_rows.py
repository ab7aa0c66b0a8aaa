"""RETRAININGS tables written by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from datadiet.frames.study import RETRAININGS
from datadiet.study.points import Point, point

Rows = Sequence[tuple[str, float, float, Sequence[float]]]  # rule, keep, offset, an accuracy a seed


def as_point(rule: str, keep: float, offset: float) -> Point:
    if ":" in rule:  # a curriculum, by its order
        return point("curriculum", order=rule, score=None if rule.startswith("random") else "el2n")
    settings = {"keep_fraction": keep} if rule != "all" else {}
    settings |= {"score": "el2n"} if rule in {"window", "hardest", "easiest"} else {}
    settings |= {"window_offset": offset} if rule == "window" else {}
    return point(rule, **settings)


def retrainings(rows: Rows, *, seconds: float = 60.0, num_train: int = 1000) -> pd.DataFrame:
    """Return a table with the same accuracy on validation and test."""
    found = []
    for rule, keep, offset, accuracies in rows:
        meant = as_point(rule, keep, offset)
        for seed, accuracy in enumerate(accuracies):
            found.append({
                "point_id": meant.point_id, "rule": meant.rule, "score": meant.score or "",
                "keep_fraction": keep, "window_offset": offset, "quota": "none", "quota_by": "class",
                "drop_suspects": False,
                "labels": "trained", "order": meant.order,
                "seed": seed, "retrain_id": meant.point_id, "num_kept": round(keep * num_train),
                "num_steps": 100, "validation_accuracy": accuracy, "test_accuracy": accuracy,
                "worst_class": 0,
                "worst_class_accuracy": accuracy, "flips_kept_fraction": 0.0, "suspects_kept_fraction": 0.0,
                "train_seconds": seconds,
            })  # fmt: skip
    return RETRAININGS.from_rows(found)


def hill(keep: float, offset: float) -> float:
    """Return an accuracy that is best away from both ends and worst at the hardest images."""
    beyond = 1.0 - keep - offset
    return 0.9 + 0.05 * keep - 0.1 * (offset - 0.3) ** 2 - 0.12 * 0.02 / (beyond + 0.02)


def hill_study() -> pd.DataFrame:
    """Return twelve windows of two seeds on the hill, with their controls."""
    windows = [(keep, offset) for keep in (0.2, 0.4, 0.6) for offset in (0.0, 0.2, 0.4, 0.6, 0.8)]
    rows = [
        ("window", keep, offset, [hill(keep, offset) - 0.002, hill(keep, offset) + 0.002])
        for keep, offset in windows
        if keep + offset <= 1.0
    ]
    controls = [("all", 1.0, 0.0, [0.93, 0.934]), ("random", 0.4, 0.0, [0.9, 0.91])]
    return retrainings([*controls, *rows])
