"""SIGNALS frames made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from datadiet.frames.training import SIGNALS


def frame(column: str, values: Mapping[int, Sequence[float]]) -> pd.DataFrame:
    """Return a frame with one column's values of each example, epoch by epoch, in shuffled rows."""
    rows = [
        {"example_id": example_id, "epoch": epoch, column: value}
        for example_id, each in values.items()
        for epoch, value in enumerate(each, start=1)
        if value is not None
    ]
    filled = pd.DataFrame(rows).reindex(columns=SIGNALS.column_names).fillna(0)
    return SIGNALS.conform(filled).sample(frac=1.0, random_state=0, ignore_index=True)
