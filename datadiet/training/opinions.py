"""What a model thought of each example before it learned from it: mean minibatch log-probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from datadiet.training.trainer import Batch

MAX_CLASSES = 100  # beyond, a table of all classes costs more than it tells
BATCHES_A_FETCH = 64
FLOOR = -9.0  # nats; one presentation cannot veto


class MinibatchOpinions:
    """Hears of every batch; gives each training example's mean log-probabilities over its presentations.

    Read before the update, so at an example's first presentation the model has not seen it, and averaged
    over epochs they resist memorisation longer than the last step does.

    Args:
        num_train: Examples the seed trains on, n.
        num_classes: C, at most ``MAX_CLASSES``.
    """

    def __init__(self, num_train: int, num_classes: int) -> None:
        self._sum = np.zeros((num_train, num_classes), dtype=np.float32)
        self._count = np.zeros(num_train, dtype=np.int32)
        self._waiting: list[tuple[Tensor, Tensor]] = []  # places; log-probabilities, on the device

    def __call__(self, batch: Batch) -> None:
        """Add a batch; it is fetched with others, since each fetch makes a GPU wait."""
        log_probabilities = batch.logits.float().log_softmax(dim=1).clamp_min(FLOOR)  # (B, C)
        self._waiting.append((batch.positions, log_probabilities))
        if len(self._waiting) == BATCHES_A_FETCH:
            self._fetch()

    def mean(self) -> NDArray[np.float16]:
        """Return the means, shape (n, C), in the order of the seed's training rows; NaN where never shown."""
        self._fetch()
        with np.errstate(invalid="ignore", divide="ignore"):
            return (self._sum / self._count[:, None]).astype(np.float16)

    def _fetch(self) -> None:
        for positions, log_probabilities in self._waiting:
            self._sum[positions.numpy()] += log_probabilities.cpu().numpy()
            self._count[positions.numpy()] += 1
        self._waiting = []
