"""What the minibatches of one epoch tell of each example, read before the update."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from datadiet.frames.training import SIGNALS


class EpochSignals:
    """Collects the signals of one epoch; they stay on the device until the epoch ends."""

    def __init__(self) -> None:
        self._positions: list[Tensor] = []
        self._values: list[Tensor] = []

    def add(self, positions: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Take the batch's places in the training split ``(B,)``, logits ``(B, C)`` and labels ``(B,)``."""
        self._positions.append(positions)
        self._values.append(batch_signals(logits, labels))

    def frame(self, train_ids: np.ndarray, epoch: int) -> pd.DataFrame:
        """Return the epoch's SIGNALS in example_id order; an example of the dropped last batch has no row."""
        ids = train_ids[torch.cat(self._positions).numpy()]
        values = torch.cat(self._values, dim=1).cpu().numpy()  # (4, n)
        order = np.argsort(ids, kind="stable")
        probability, margin, is_correct, el2n = values[:, order]
        return SIGNALS.conform(
            pd.DataFrame({
                "example_id": ids[order],
                "epoch": epoch,
                "label_probability": probability,
                "margin": margin,
                "is_correct": is_correct > 0.5,
                "el2n": el2n,
            })
        )

    def accuracy(self) -> float:
        """Return the share of the epoch's examples whose label had the largest logit."""
        return float(torch.cat(self._values, dim=1)[2].mean())


def batch_signals(logits: Tensor, labels: Tensor) -> Tensor:
    """Return p(label), margin, correctness (0 or 1) and EL2N of each example, float32 ``(4, B)``.

    Correct means that the label's logit is above every other one: a tie is wrong.

    Args:
        logits: float32 ``(B, C)``.
        labels: int64 ``(B,)``.
    """
    column = labels[:, None]
    probs = logits.softmax(dim=1)
    p_label = probs.gather(1, column)[:, 0]
    label_logit = logits.gather(1, column)[:, 0]
    margin = label_logit - logits.scatter(1, column, -torch.inf).amax(dim=1)
    error = probs.scatter_add(1, column, -torch.ones_like(probs[:, :1]))  # softmax - onehot
    return torch.stack([p_label, margin, (margin > 0).to(p_label.dtype), error.norm(dim=1)])
