"""The control: examples drawn uniformly, whatever their score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadiet.selection.pool import Pool, RuleSettings


def random(pool: Pool, num_kept: int, settings: RuleSettings) -> NDArray[np.int64]:
    """Return the ids of ``num_kept`` examples drawn uniformly without replacement.

    With one generator state, a smaller draw is part of a larger one.
    """
    ids = np.sort(pool.example_ids)
    keys = settings.rng.random(len(ids))
    return ids[np.argsort(keys, kind="stable")[:num_kept]]
