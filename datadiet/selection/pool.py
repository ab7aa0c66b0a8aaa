"""The examples that a rule chooses from, in order from easy to hard, and what a rule may read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Pool:
    """Examples to choose from, easiest first; ties in the order of their example_id.

    ``num_all`` counts the examples before suspects were removed: fractions are of it.
    """

    example_ids: NDArray[np.int64]  # (N,)
    difficulty: NDArray[np.float64]  # (N,), rising; the score, sign turned where low is hard
    num_all: int

    def __len__(self) -> int:
        return len(self.example_ids)


@dataclass(frozen=True)
class RuleSettings:
    """What a rule reads beside the pool and the count; each rule reads only its own."""

    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    window_offset: float = 0.0  # fraction ranked easier than the window, in [0, 1)
    hard_cutoff: float = 0.0  # fraction of the hardest that covering leaves out, in [0, 1)
    num_strata: int = 50  # of covering


def ranked_pool(
    example_ids: NDArray[np.int64], difficulty: NDArray[np.float64], *, num_all: int | None = None
) -> Pool:
    """Return the examples from easy to hard; equal difficulty is ordered by example_id.

    Args:
        example_ids: Shape ``(N,)``, unique, any order.
        difficulty: Shape ``(N,)``, high is hard.
        num_all: Examples before any were removed; ``N`` where none were.
    """
    order = np.lexsort((example_ids, difficulty))
    return Pool(example_ids[order], difficulty[order], len(example_ids) if num_all is None else num_all)
