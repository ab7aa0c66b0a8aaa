"""Workers that a command starts before it knows their units, so that they are ready when it does."""

from __future__ import annotations

from datadiet.cores import num_cores
from datadiet.execution.spares import SpareWorkers

MAX_SPARES = 4  # workers that are started before it is known how many will do


def num_spares(workers: int | None) -> int:
    """Return how many workers may start early where ``--workers`` is ``workers``; None: not given."""
    return min(num_cores() if workers is None else workers, MAX_SPARES)


def early_spares(num: int, module: str) -> SpareWorkers:
    """Return as many of ``num`` spare workers as leave a core to this process; others start with the work.

    One thread each, as the profiles have it; who takes them looks whether its own settings agree.

    Args:
        num: At most so many.
        module: Where the functions of their units are.
    """
    return SpareWorkers(min(num, num_cores() - 1), num_threads=1, modules=[module])
