"""The rules that read the rank alone: hardest, easiest, and the sliding window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadiet.selection.counts import nearest_count
from datadiet.selection.pool import Pool, RuleSettings


def hardest(pool: Pool, num_kept: int, settings: RuleSettings) -> NDArray[np.int64]:
    """Return the ids of the ``num_kept`` hardest examples.

    Source: Paul, Ganguli & Dziugaite (2021), arXiv:2107.07075, §3. Collapses when little is kept.
    """
    del settings
    return pool.example_ids[len(pool) - num_kept :]


def easiest(pool: Pool, num_kept: int, settings: RuleSettings) -> NDArray[np.int64]:
    """Return the ids of the ``num_kept`` easiest examples.

    Source: Sorscher et al. (2022), arXiv:2206.14486: with little data the easy ones are worth keeping.
    """
    del settings
    return pool.example_ids[:num_kept]


def window(pool: Pool, num_kept: int, settings: RuleSettings) -> NDArray[np.int64]:
    """Return the ids of ``num_kept`` consecutive examples, from ``window_offset`` of the way up.

    Source: Paul, Ganguli & Dziugaite (2021), §4. The start is the nearest count of
    ``window_offset × num_all``, moved down where rounding, or a class budget, would pass the end.
    """
    start = window_start(pool, num_kept, settings.window_offset)
    return pool.example_ids[start : start + num_kept]


def window_start(pool: Pool, num_kept: int, window_offset: float) -> int:
    """Return how many examples of the pool are ranked easier than the window."""
    return min(nearest_count(window_offset, pool.num_all), len(pool) - num_kept)
