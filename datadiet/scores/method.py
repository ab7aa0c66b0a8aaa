"""What a score declares about itself, and what one scored batch holds; torch-free."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from torch import Tensor

Direction = Literal["high", "low", "none"]
Reads = Literal["evaluation", "gradient", "input", "signals", "none"]


@dataclass(frozen=True)
class Method:
    """One score: its name, which end is hard, what it reads, and how it is computed.

    Attributes:
        name: As in columns, files and flags.
        direction: Which values are hard; ``none`` has no hard end and ranks as ``high`` does.
        reads: ``evaluation``, ``gradient`` and ``input`` methods take a :class:`Batch` and return a
            tensor of shape (B,); ``signals`` methods take a SIGNALS frame and return a frame with
            example_id and value; ``none`` takes example ids and a seed.
        meaning: One sentence for the screen.
        source: Paper and identifier.
        compute: The function, called as ``reads`` says.
    """

    name: str
    direction: Direction
    reads: Reads
    meaning: str
    source: str
    compute: Callable[..., Any]


@dataclass(frozen=True)
class Batch:
    """What one evaluation-mode pass knows about B examples.

    Attributes:
        images: Model input, float64, shape (B, ...); None where no method of the pass reads it.
        labels: int64, shape (B,).
        logits: float64, shape (B, C).
        features: Input of the last linear layer, float64, shape (B, D).
        gradient_norms: Norm of each example's loss gradient, float64, shape (B,); None where no method
            of the pass reads gradients.
    """

    images: Tensor | None
    labels: Tensor
    logits: Tensor
    features: Tensor
    gradient_norms: Tensor | None = None
