"""What retrainings cost, from the clock of those that are done, and which of some points are missing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from datadiet.study.points import Point

_NEWEST = 20  # retrainings whose clock counts: the machine may have changed


def seconds_each(retrainings: pd.DataFrame) -> float | None:
    """Return the seconds of a retraining, the median of the newest; None where no clock is known.

    Args:
        retrainings: A RETRAININGS table, in the order they were asked for.
    """
    known = retrainings["train_seconds"].dropna().tail(_NEWEST)
    return None if known.empty else float(known.median())


def missing(points: Sequence[Point], num_seeds: int, retrainings: pd.DataFrame) -> list[tuple[Point, int]]:
    """Return each point and seed, from 0 to ``num_seeds`` - 1, that is not done.

    Args:
        points: What is wanted.
        num_seeds: Of each.
        retrainings: A RETRAININGS table.
    """
    done = set(zip(retrainings["point_id"], retrainings["seed"].astype(int), strict=True))
    return [(each, seed) for each in points for seed in range(num_seeds) if (each.point_id, seed) not in done]


def minutes_of(num: int, seconds: float, num_workers: int) -> float:
    """Return the minutes that ``num`` retrainings take on as many processes at once.

    Example:
        >>> minutes_of(5, 120.0, 2)
        6.0
    """
    return math.ceil(num / max(1, num_workers)) * seconds / 60.0


def affordable(minutes: float, seconds: float, num_workers: int) -> int:
    """Return how many retrainings fit into ``minutes``; 0 where not even one does.

    Example:
        >>> affordable(20, 120.0, 2)
        20
    """
    return int(minutes * 60.0 / max(seconds, 1e-9) + 1e-9) * max(1, num_workers)
