"""Dataset cartography: mean and spread of the label's probability over training."""

from __future__ import annotations

import numpy as np
import pandas as pd

from datadiet.scores.method import Method
from datadiet.scores.presentations import Presentations


def cartography(signals: pd.DataFrame) -> pd.DataFrame:
    """Return mean (confidence) and standard deviation (variability) of p(label) over presentations.

    Read from training minibatches as they come, augmented and before the update. The deviation is that of
    the presentations themselves (divisor n), as in the paper.

    Source: Swayamdipta et al. (2020), "Dataset Cartography", arXiv:2009.10795.

    Args:
        signals: One seed's SIGNALS frame, epochs so far, rows in any order.

    Returns:
        Columns example_id (ascending), confidence in [0, 1], variability in [0, 0.5].

    Raises:
        DataError: The frame has no row, or two rows for one example and epoch.
    """
    shown = Presentations.of(signals)
    probability = shown.column("label_probability").astype(np.float64)
    confidence = shown.mean(probability)
    deviations = probability - np.repeat(confidence, shown.counts)
    variability = np.sqrt(shown.mean(np.square(deviations)))
    return pd.DataFrame({
        "example_id": shown.example_ids,
        "confidence": confidence,
        "variability": variability,
    })


def _value_of(column: str, signals: pd.DataFrame) -> pd.DataFrame:
    return cartography(signals)[["example_id", column]].rename(columns={column: "value"})


CONFIDENCE = Method(
    name="confidence",
    direction="low",
    reads="signals",
    meaning="Probability of the label, averaged over training: low where the label was not believed.",
    source="Swayamdipta et al. 2020, arXiv:2009.10795",
    compute=lambda signals: _value_of("confidence", signals),
)

VARIABILITY = Method(
    name="variability",
    direction="high",
    reads="signals",
    meaning="Spread of the label's probability over training: high where the model kept changing its mind.",
    source="Swayamdipta et al. 2020, arXiv:2009.10795",
    compute=lambda signals: _value_of("variability", signals),
)
