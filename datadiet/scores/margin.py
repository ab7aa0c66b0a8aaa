"""Margin (area under the margin, AUM): the label's logit against the largest other, over training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from datadiet.scores.method import Method
from datadiet.scores.presentations import Presentations

if TYPE_CHECKING:
    from torch import Tensor


def logit_margins(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the logit of the label − the largest other logit.

    Args:
        logits: Shape ``(B, C)``, C at least 2.
        labels: Shape ``(B,)``, int64 in ``[0, C)``.

    Returns:
        Shape ``(B,)``; below 0 where another class wins.

    Example:
        >>> from torch import tensor
        >>> logit_margins(tensor([[1.0, 3.0, 2.0], [1.0, 3.0, 2.0]]), tensor([1, 0]))
        tensor([ 1., -2.])
    """
    label_logits = logits.gather(1, labels[:, None])  # (B, 1)
    others = logits.scatter(1, labels[:, None], float("-inf"))  # (B, C)
    return label_logits.squeeze(1) - others.amax(dim=1)


def margin(signals: pd.DataFrame) -> pd.DataFrame:
    """Return the mean margin of each example over its presentations: low is hard.

    Source: Pleiss et al. (2020), "Identifying Mislabeled Data using the Area Under the Margin Ranking",
    arXiv:2001.10528.

    Args:
        signals: One seed's SIGNALS frame, epochs so far, rows in any order.

    Returns:
        Columns example_id (ascending) and value (float64, logits).

    Raises:
        DataError: The frame has no row, or two rows for one example and epoch.
    """
    shown = Presentations.of(signals)
    return pd.DataFrame({"example_id": shown.example_ids, "value": shown.mean(shown.column("margin"))})


METHOD = Method(
    name="margin",
    direction="low",
    reads="signals",
    meaning="Logit of the label minus the largest other, averaged over training; below 0: another class won.",
    source="Pleiss et al. 2020, arXiv:2001.10528",
    compute=margin,
)
