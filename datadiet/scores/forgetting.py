"""Forgetting: how often training unlearned an example."""

from __future__ import annotations

import numpy as np
import pandas as pd

from datadiet.scores.method import Method
from datadiet.scores.presentations import Presentations


def forgetting(signals: pd.DataFrame) -> pd.DataFrame:
    """Return the number of correct → wrong changes between consecutive presentations of each example.

    An example that was never correct counts one change for each presentation: more than any example that
    was learned can have, finite, and never 0.

    Source: Toneva et al. (2019), "An Empirical Study of Example Forgetting", arXiv:1812.05159.

    Args:
        signals: One seed's SIGNALS frame, epochs so far, rows in any order.

    Returns:
        Columns example_id (ascending), value (float64, changes), never_learned (bool).

    Raises:
        DataError: The frame has no row, or two rows for one example and epoch.
    """
    shown = Presentations.of(signals)
    is_correct = shown.column("is_correct").astype(bool)
    is_forgotten = np.zeros(len(is_correct), dtype=bool)
    is_forgotten[1:] = is_correct[:-1] & ~is_correct[1:]
    is_forgotten[shown.starts] = False  # a first presentation has none before it
    never_learned = shown.total(is_correct) == 0
    value = np.where(never_learned, shown.counts, shown.total(is_forgotten)).astype(np.float64)
    return pd.DataFrame({"example_id": shown.example_ids, "value": value, "never_learned": never_learned})


METHOD = Method(
    name="forgetting",
    direction="high",
    reads="signals",
    meaning="How often the example went from right to wrong while training; never learned counts every time.",
    source="Toneva et al. 2019, arXiv:1812.05159",
    compute=forgetting,
)


def never_learned(signals: pd.DataFrame) -> pd.DataFrame:
    """Return 1 for each example that was never correct when shown, else 0; its mean over seeds is a fraction.

    Args:
        signals: One seed's SIGNALS frame, epochs so far, rows in any order.

    Returns:
        Columns example_id (ascending) and value (float64).

    Raises:
        DataError: The frame has no row, or two rows for one example and epoch.
    """
    counted = forgetting(signals)
    return pd.DataFrame({
        "example_id": counted["example_id"],
        "value": counted["never_learned"].astype(np.float64),
    })


NEVER_LEARNED = Method(
    name="never_learned",
    direction="high",
    reads="signals",
    meaning="In how many of the seeds the example was never right while training, in [0, 1].",
    source="Toneva et al. 2019, arXiv:1812.05159",
    compute=never_learned,
)
