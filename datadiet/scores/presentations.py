"""Per-example views of a SIGNALS frame, whatever its row order and however often each was presented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.errors import DataError


@dataclass(frozen=True)
class Presentations:
    """The rows of a SIGNALS frame, sorted by example and epoch, with the bounds of each example.

    Attributes:
        example_ids: Shape ``(n,)``, ascending, each once.
        starts: Shape ``(n,)``, first sorted row of each example.
        counts: Shape ``(n,)``, number of presentations, at least 1.
    """

    example_ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]
    _signals: pd.DataFrame
    _order: NDArray[np.int64]

    @classmethod
    def of(cls, signals: pd.DataFrame) -> Self:
        """Return the presentations of a SIGNALS frame.

        Raises:
            DataError: The frame has no row, or an example has two rows for one epoch.
        """
        ids = signals["example_id"].to_numpy(np.int64)
        epochs = signals["epoch"].to_numpy(np.int64)
        if not len(ids):
            raise DataError("The signals have no row; scores of training need at least one epoch.")
        order = np.lexsort((epochs, ids))
        ids, epochs = ids[order], epochs[order]
        is_same = ids[1:] == ids[:-1]
        if np.any(is_same & (epochs[1:] == epochs[:-1])):
            raise DataError("The signals have two rows for one example and epoch; pass one seed's signals.")
        starts = np.concatenate([[0], 1 + np.flatnonzero(~is_same)]).astype(np.int64)
        counts = np.diff(np.append(starts, len(ids)))
        return cls(ids[starts], starts, counts, signals, order)

    def column(self, name: str) -> NDArray[Any]:
        """Return a column in sorted order: examples ascending, epochs ascending within."""
        return self._signals[name].to_numpy()[self._order]

    def total(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the sum of ``values``, given in sorted order, over each example's presentations."""
        return np.add.reduceat(values.astype(np.float64), self.starts)

    def mean(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the mean of ``values``, given in sorted order, over each example's presentations."""
        return self.total(values) / self.counts
