"""How many processor cores this process may use."""

from __future__ import annotations

import os


def num_cores() -> int:
    """Return the cores that the system lets this process run on; all of them where it cannot say."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def num_threads() -> int:
    """Return how many threads this process may use: those that a worker was told, else one a core."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    return int(told) if told.isdecimal() and int(told) else num_cores()
