"""Controls that every score is read against: a seeded random number, and the norm of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datadiet.scores.method import Method
from datadiet.seeds import derive_seed

if TYPE_CHECKING:
    from torch import Tensor


def random_scores(example_ids: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Return a uniform number in ``[0, 1)`` for each example, from its id and ``seed`` alone.

    An example keeps its number when others are left out.

    Args:
        example_ids: Shape ``(N,)``, at least 0, in any order.
        seed: The seed of the control.
    """
    if not len(example_ids):
        return np.empty(0)
    generator = np.random.default_rng(derive_seed(seed, "random"))
    return generator.random(int(np.max(example_ids)) + 1)[example_ids]


def input_norm(x: Tensor) -> Tensor:
    """Return the Euclidean norm of each model input, after the channel normalisation.

    GraNd at initialisation ranks nearly as this does (Kirsch 2023, arXiv:2303.14753), which is why it is a
    control.

    Args:
        x: Shape ``(B, ...)``, as the model takes it.

    Returns:
        Shape ``(B,)``, the dtype of ``x``.
    """
    return x.flatten(1).square().sum(dim=1).sqrt()


RANDOM = Method(
    name="random",
    direction="none",
    reads="none",
    meaning="A seeded random number: what a score must beat.",
    source="control",
    compute=random_scores,
)

INPUT_NORM = Method(
    name="input_norm",
    direction="none",
    reads="input",
    meaning="Norm of the normalised image: what GraNd at initialisation mostly measures.",
    source="Kirsch 2023, arXiv:2303.14753",
    compute=lambda batch: input_norm(batch.images),
)
