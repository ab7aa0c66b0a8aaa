"""Small score tables for the tests of selections."""

from __future__ import annotations

import numpy as np
import pandas as pd


def score_table(el2n, labels=None, **columns):
    """Return a table like ``run.scores()``: a training example for each value."""
    num = len(el2n)
    labels = [0] * num if labels is None else labels
    frame = pd.DataFrame({
        "example_id": np.arange(num) * 10,
        "source_key": [f"key {i}" for i in range(num)],
        "split": "train",
        "given_label": labels,
        "label": labels,
        "el2n": np.asarray(el2n, dtype=float),
        "is_suspect": False,
    })
    return frame.assign(**columns)
