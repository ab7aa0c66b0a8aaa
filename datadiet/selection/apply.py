"""A rule applied to training examples: over all of them, or within the budget of each class or group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.seeds import derive_seed
from datadiet.selection.budgets import part_budgets
from datadiet.selection.counts import kept_count
from datadiet.selection.pool import Pool, RuleSettings, ranked_pool
from datadiet.selection.ranked import window_start
from datadiet.selection.registry import find_rule
from datadiet.selection.request import SelectionRequest, past_the_end

Direction = Literal["high", "low", "none"]
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Ground:
    """What a rule is applied to: training examples with part and score, and those that may be chosen.

    Parts are what a quota keeps the shares of: classes, or other groups.
    """

    train: pd.DataFrame  # all training examples; fractions are of these; ``part`` is an index
    left: pd.DataFrame  # without the dropped suspects
    direction: Direction  # of the score
    part_names: Sequence[str]
    part_word: str = "Class"


@dataclass(frozen=True)
class Chosen:
    """The ids that a rule chose, and what could not be met, in sentences."""

    example_ids: Ids
    remarks: tuple[str, ...] = ()


def pool_of(rows: pd.DataFrame, num_all: int, direction: Direction) -> Pool:
    """Return the rows from easy to hard by their column ``score``; a missing score counts as 0."""
    sign = -1.0 if direction == "low" else 1.0
    difficulty = np.nan_to_num(sign * rows["score"].to_numpy(np.float64))
    return ranked_pool(rows["example_id"].to_numpy(np.int64), difficulty, num_all=num_all)


def over_all(request: SelectionRequest, ground: Ground) -> Chosen:
    """Return what the rule keeps of all that is left, whatever the class.

    Raises:
        ConfigError: The window or cutoff would pass the end, now that suspects are gone.
    """
    num_train = len(ground.train)
    pool = pool_of(ground.left, num_train, ground.direction)
    wanted = kept_count(request.keep_fraction, num_train)
    num_kept = min(wanted, len(pool))
    _refuse_past_the_end(request, pool, num_kept)
    remarks = (f"Keeps {num_kept}, not {wanted}: no more are left.",) if num_kept < wanted else ()
    return Chosen(_apply(request, pool, num_kept, "all"), remarks)


def by_part(request: SelectionRequest, ground: Ground) -> Chosen:
    """Return what the rule keeps within the budget of each class or group.

    Raises:
        ConfigError: The window or cutoff would pass the end, now that suspects are gone.
    """
    free = over_all(request, ground)
    chosen = []
    remarks = free.remarks
    for budget in part_budgets(request.parsed_quota, ground.train, ground.left, free.example_ids):
        pool = pool_of(ground.left[ground.left["part"] == budget.part], budget.size, ground.direction)
        name = f"{ground.part_word} {ground.part_names[budget.part]}"
        if budget.kept < budget.wanted:
            remarks += (
                f"{name} keeps {budget.kept}, not the {budget.wanted} of its quota: it has no more to give.",
            )
        remarks += _moved_window(request, pool, budget.kept, name)
        chosen.append(_apply(request, pool, budget.kept, f"class {budget.part}"))
    return Chosen(np.concatenate(chosen), remarks)


def _apply(request: SelectionRequest, pool: Pool, num_kept: int, purpose: str) -> Ids:
    choose = find_rule(request.rule).choose
    if choose is None or num_kept == 0:
        return np.empty(0, dtype=np.int64)
    seed = derive_seed(request.seed, f"select/{request.rule}/{purpose}")
    settings = RuleSettings(
        np.random.default_rng(seed), request.window_offset, request.cutoff, request.num_strata
    )
    return choose(pool, num_kept, settings)


def _refuse_past_the_end(request: SelectionRequest, pool: Pool, num_kept: int) -> None:
    """Refuse a window, or a stated cutoff, that now leaves too few above it."""
    num_gone = pool.num_all - len(pool)
    if not num_gone or num_kept == len(pool):
        return
    most = (len(pool) - num_kept) / pool.num_all
    rounding = 0.5 / pool.num_all
    given = f"keep_fraction {request.keep_fraction:g} and {num_gone} suspects dropped"
    for name, value in (("window_offset", request.window_offset), ("hard_cutoff", request.hard_cutoff)):
        if value is not None and value > most + rounding:
            raise past_the_end(name, value, given, most)


def _moved_window(request: SelectionRequest, pool: Pool, num_kept: int, name: str) -> tuple[str, ...]:
    if request.rule != "window" or not num_kept:
        return ()
    offset = window_start(pool, num_kept, request.window_offset) / pool.num_all
    if abs(offset - request.window_offset) <= 1 / pool.num_all:
        return ()
    return (
        f"{name}: its window begins at {offset:.2f}, not {request.window_offset:g}, "
        f"to fit its {num_kept} examples.",
    )
