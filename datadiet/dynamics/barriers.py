"""The barrier on a path between two networks; torch-free."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datadiet.errors import DataError


def barrier(alphas: Sequence[float], errors: Sequence[float]) -> float:
    """Return the largest error above the straight line between the two ends.

    Args:
        alphas: Places on the path, 0 and 1 among them.
        errors: Error at each, in [0, 1].

    Returns:
        ``max_α err(α) − α · err(1) − (1 − α) · err(0)``, at least 0.

    Raises:
        DataError: An end is missing.

    Example:
        >>> barrier([0.0, 0.5, 1.0], [0.1, 0.5, 0.3])
        0.3
    """
    places: NDArray[np.float64] = np.asarray(alphas, dtype=np.float64)
    values = np.asarray(errors, dtype=np.float64)
    ends = [np.flatnonzero(places == end) for end in (0.0, 1.0)]
    if not all(len(end) for end in ends):
        raise DataError("A barrier needs the errors at both ends of the path, alpha 0 and 1.")
    line = places * values[ends[1][0]] + (1.0 - places) * values[ends[0][0]]
    return float(np.max(values - line))
