"""Small tables and headers for the tests of exports."""

from __future__ import annotations

import numpy as np
import pandas as pd

from datadiet.export.header import ExportHeader
from tests.export.hostile import HOSTILE


def header(kind="kept", **changes):
    values = {
        "version": "0.1.0",
        "dataset_id": "d" * 16,
        "dataset_name": "hostile",
        "class_names": HOSTILE,
        "run_id": "r" * 16,
        "run_name": "first",
        "seeds": (0, 1),
        "selection": {"selection_id": "s" * 16, "rule": "hardest", "score": "el2n", "keep_fraction": 0.5},
        "counts": {"num_kept": len(HOSTILE)},
    }
    return ExportHeader(kind=kind, **{**values, **changes})


def hostile_scores():
    """Return a table like ``run.scores()`` whose keys and class names are hostile."""
    num = len(HOSTILE)
    return pd.DataFrame({
        "example_id": np.arange(num) * 3,
        "source_key": pd.array(HOSTILE, dtype="string"),
        "split": "train",
        "given_label": np.arange(num),
        "label": np.roll(np.arange(num), 1),
        "class_name": pd.array(HOSTILE, dtype="string"),
        "is_flipped": True,
        "el2n": np.linspace(0, 1, num) / 3,
        "el2n_percentile": np.linspace(0, 1, num),
        "is_suspect": True,
        "mislabel_score": np.linspace(1, 0, num),
        "suggested_label": np.arange(num)[::-1],
        "suggested_probability": 0.5,
        "decision": pd.array([""] * num, dtype="string"),
    })
