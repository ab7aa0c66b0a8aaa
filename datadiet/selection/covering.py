"""Coverage-centric selection (CCS): some of every difficulty, without the very hardest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadiet.selection.counts import nearest_count
from datadiet.selection.pool import Pool, RuleSettings


def covering(pool: Pool, num_kept: int, settings: RuleSettings) -> NDArray[np.int64]:
    """Return the ids of ``num_kept`` examples spread evenly over strata of the score.

    The hardest ``hard_cutoff`` of all are left out (fewer where the count asks for them), the score's
    range is cut into ``num_strata`` strata of equal width, and each non-empty stratum gives an equal
    share, drawn at random. A stratum that holds less gives all it has, and the others share the rest.

    Source: Zheng et al. (2023), "Coverage-centric Coreset Selection for High Pruning Rates",
    ICLR 2023, algorithm 1.
    """
    num_left = max(num_kept, len(pool) - nearest_count(settings.hard_cutoff, pool.num_all))
    difficulty = pool.difficulty[:num_left]
    strata = np.split(np.arange(num_left), _stratum_ends(difficulty, settings.num_strata))
    filled = sorted((stratum for stratum in strata if len(stratum)), key=len)
    chosen: list[NDArray[np.int64]] = []
    num_open = num_kept
    for index, stratum in enumerate(filled):
        budget = min(len(stratum), num_open // (len(filled) - index))
        chosen.append(settings.rng.permutation(stratum)[:budget])
        num_open -= budget
    return pool.example_ids[np.concatenate(chosen)]


def _stratum_ends(difficulty: NDArray[np.float64], num_strata: int) -> NDArray[np.int64]:
    """Return where each stratum but the last ends in the rising ``difficulty``."""
    edges = np.linspace(difficulty[0], difficulty[-1], num_strata + 1)[1:-1]
    return np.searchsorted(difficulty, edges, side="right")
