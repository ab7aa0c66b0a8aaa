"""How many examples of each class a selection keeps, and what of that cannot be met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from datadiet.errors import ConfigError

QuotaKind = Literal["none", "equal", "proportional", "floor"]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Quota:
    """What classes are owed; ``fraction`` is the share of each class that ``floor`` keeps at least."""

    kind: QuotaKind
    fraction: float = 0.0


def parse_quota(text: str) -> Quota:
    """Return the quota that ``none``, ``equal``, ``proportional`` or ``floor:F`` names.

    Raises:
        ConfigError: The text is none of these, or F lies outside [0, 1].
    """
    kind, colon, rest = text.partition(":")
    if kind == "floor" and colon:
        return Quota("floor", _floor_fraction(rest))
    if text in {"none", "equal", "proportional"}:
        return Quota(text)  # type: ignore[arg-type]  # one of the names, by the line above
    raise ConfigError.unknown_choice("quota", text, ("none", "equal", "proportional", "floor:F"))


def _floor_fraction(text: str) -> float:
    try:
        fraction = float(text)
    except ValueError:
        fraction = -1.0
    if not 0.0 <= fraction <= 1.0:
        raise ConfigError.out_of_range("quota floor", text, "a number in [0, 1], as in floor:0.2")
    return fraction


def equal_budgets(available: Counts, num_kept: int) -> Counts:
    """Return budgets that are as equal as the classes allow and sum to ``num_kept``.

    A class that holds less gives all it has and the others share the rest; a remainder goes to the
    classes in their order.

    Args:
        available: Shape ``(C,)``, examples that each class can give.
        num_kept: At most their sum.

    Example:
        >>> equal_budgets(np.array([2, 9, 9]), 11).tolist()
        [2, 5, 4]
    """
    budgets = np.zeros_like(available)
    while share := (num_kept - int(budgets.sum())) // max(1, int((budgets < available).sum())):
        budgets = np.minimum(available, budgets + share)
    num_open = num_kept - int(budgets.sum())
    budgets[np.flatnonzero(budgets < available)[:num_open]] += 1
    return budgets


def proportional_budgets(sizes: Counts, available: Counts, num_kept: int) -> Counts:
    """Return budgets in proportion to ``sizes`` (largest remainder) that sum to ``num_kept``.

    What a class cannot give, because suspects left it, is shared by the others in proportion.

    Args:
        sizes: Shape ``(C,)``, what the shares are in proportion to.
        available: Shape ``(C,)``, examples that each class can give.
        num_kept: At most the sum of ``available``.

    Example:
        >>> proportional_budgets(np.array([10, 20, 30]), np.array([10, 20, 30]), 7).tolist()
        [1, 2, 4]
    """
    budgets = np.zeros_like(available)
    while (num_open := num_kept - int(budgets.sum())) > 0:
        is_open = budgets < available
        weights = np.where(is_open, np.maximum(sizes, 1), 0)
        budgets = np.minimum(available, budgets + largest_remainder(weights, num_open))
    return budgets


def largest_remainder(weights: Counts, total: int) -> Counts:
    """Return integers in proportion to ``weights`` that sum to ``total``; ties go to the lower index.

    Example:
        >>> largest_remainder(np.array([1, 1, 1]), 4).tolist()
        [2, 1, 1]
    """
    whole, rest = np.divmod(weights * total, weights.sum())
    order = np.lexsort((np.arange(len(weights)), -rest))
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def floor_budgets(free: Counts, floors: Counts, available: Counts) -> Counts:
    """Return the counts of the free choice, raised to the floors, the rest lowered to the same sum.

    What the raised classes gain is taken from what the others hold above their floors, in proportion.

    Args:
        free: Shape ``(C,)``, what the rule keeps of each class without a quota.
        floors: Shape ``(C,)``, what each class keeps at least; their sum is at most that of ``free``.
        available: Shape ``(C,)``, examples that each class can give.

    Example:
        >>> floor_budgets(np.array([0, 6, 4]), np.array([2, 2, 2]), np.array([10, 10, 10])).tolist()
        [2, 5, 3]
    """
    reachable = np.minimum(floors, available)
    above = np.maximum(free - reachable, 0)
    spare = int(free.sum()) - int(reachable.sum())
    return reachable + proportional_budgets(above, above, spare)
