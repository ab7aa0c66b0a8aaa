"""The rules by name; adding one is a function and a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadiet.errors import ConfigError
from datadiet.selection.covering import covering
from datadiet.selection.drawn import random
from datadiet.selection.pool import Pool, RuleSettings
from datadiet.selection.ranked import easiest, hardest, window

Choose = Callable[[Pool, int, RuleSettings], NDArray[np.int64]]
_RANKED = ("score", "keep_fraction", "quota", "quota_by", "drop_suspects")


@dataclass(frozen=True)
class Rule:
    """A way to choose: its name, the settings that it reads, a sentence, and the function.

    ``choose`` is None for ``list``, whose ids come from outside.
    """

    name: str
    reads: tuple[str, ...]  # fields of SelectionRequest beside ``rule``
    meaning: str
    choose: Choose | None


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("hardest", _RANKED, "Keeps the hardest examples.", hardest),
        Rule("easiest", _RANKED, "Keeps the easiest examples.", easiest),
        Rule("window", (*_RANKED, "window_offset"), "Keeps a window of the ranks.", window),
        Rule(
            "random",
            ("keep_fraction", "quota", "quota_by", "drop_suspects", "seed"),
            "Keeps a random draw.",
            random,
        ),
        Rule(
            "covering",
            (*_RANKED, "seed", "hard_cutoff", "num_strata"),
            "Leaves out the hardest, then keeps some of every difficulty (CCS).",
            covering,
        ),
        Rule("list", ("drop_suspects",), "Keeps the examples of an imported list.", None),
    )
}


def find_rule(name: str) -> Rule:
    """Return the rule of that name.

    Raises:
        ConfigError: There is none.
    """
    if name not in RULES:
        raise ConfigError.unknown_choice("rule", name, RULES)
    return RULES[name]
