"""What people's decisions did to accuracy, beside as many random relabels and drops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from datadiet.frames.study import RETRAININGS


@dataclass(frozen=True)
class Effect:
    """A change of accuracy against the labels as trained on, paired by seed."""

    labels: str  # reviewed or random_reviewed
    change: float  # mean over seeds, accuracy in [-1, 1]
    standard_error: float  # NaN below two seeds
    num_seeds: int


def effects(retrainings: pd.DataFrame, *, split: str = "test") -> list[Effect]:
    """Return what the decisions, and random ones, changed on all data; empty where they were not run.

    Args:
        retrainings: A RETRAININGS table.
        split: Whose accuracy: ``test`` or ``validation``.
    """
    frame = RETRAININGS.conform(retrainings)
    everything = frame[frame["rule"] == "all"].dropna(subset=[f"{split}_accuracy"])
    by_label = {
        name: rows.set_index("seed")[f"{split}_accuracy"] for name, rows in everything.groupby("labels")
    }
    before = by_label.get("trained")
    if before is None:
        return []
    found = []
    for name in ("reviewed", "random_reviewed"):
        if name in by_label:
            change = (by_label[name] - before).dropna()
            error = float(change.std(ddof=1) / np.sqrt(len(change))) if len(change) > 1 else float("nan")
            found.append(Effect(name, float(change.mean()), error, len(change)))
    return found
