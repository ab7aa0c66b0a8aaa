"""EL2N without a label: its expectation under what the ensemble believes. Torch-free."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadiet.errors import DataError


def expected_el2n(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return EL2N of each image expected over its unknown label.

    With p_s the probabilities of seed s and p their mean: Σ_y p(y) · mean_s ‖p_s − onehot(y)‖₂. It is 0 where
    all seeds are sure of the same class, and large where each is unsure or they differ. EL2N is from Paul,
    Ganguli & Dziugaite (2021), arXiv:2107.07075; the expectation is ours, theirs needs labels.

    Args:
        probabilities: Shape ``(S, N, C)``, of S seeds, each row sums to 1.

    Returns:
        Shape ``(N,)``, in [0, √2].

    Raises:
        DataError: The shape is another one, or there is no seed or class.

    Example:
        >>> expected_el2n(np.array([[[1.0, 0.0], [0.5, 0.5]]])).round(4).tolist()
        [0.0, 0.7071]
    """
    if probabilities.ndim != 3 or not probabilities.shape[0] or not probabilities.shape[2]:
        raise DataError(f"expected_el2n needs probabilities (S, N, C), got {probabilities.shape}.")
    squares = np.square(probabilities).sum(axis=2, keepdims=True)  # (S, N, 1)
    norms = np.sqrt(np.maximum(squares - 2 * probabilities + 1, 0.0))  # (S, N, C): EL2N were the label y
    return np.asarray((probabilities.mean(axis=0) * norms.mean(axis=0)).sum(axis=1))
