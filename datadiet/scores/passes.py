"""One evaluation-mode pass over images gives every score that reads it, probabilities and features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from datadiet.errors import ConfigError, DataError
from datadiet.scores.margin import logit_margins
from datadiet.scores.method import Batch, Method
from datadiet.scores.module_state import evaluation_mode
from datadiet.scores.per_example import GradientNorms
from datadiet.scores.registry import METHODS, find_method
from datadiet.training.device import full_float32
from datadiet.training.inputs import ChannelStats, to_input
from datadiet.training.models import features_and_logits

if TYPE_CHECKING:
    from datadiet.store.arrays import StoredArray

PASS_READS = ("evaluation", "gradient", "input")


@dataclass(frozen=True)
class EvaluationPass:
    """What one model says about n images, in the order asked for.

    Attributes:
        values: Method name -> float64, shape (n,).
        probabilities: float32, shape (n, C).
        features: Input of the last linear layer, float32, shape (n, D).
        margins: Logit of the label − largest other logit at this step, float64, shape (n,).
    """

    values: dict[str, NDArray[np.float64]]
    probabilities: NDArray[np.float32]
    features: NDArray[np.float32]
    margins: NDArray[np.float64]


def evaluate(  # ruff: ignore[too-many-arguments]  a model, what to show it, what to ask, and how
    model: nn.Module,
    images: StoredArray | NDArray[np.uint8],
    rows: NDArray[np.int64],
    labels: NDArray[np.int64],
    stats: ChannelStats,
    methods: Sequence[str],
    *,
    device: torch.device,
    batch_size: int,
    side: int | None = None,
) -> EvaluationPass:
    """Return the scores, probabilities and features of ``rows``: evaluation mode, no augmentation.

    Args:
        model: The model; its training flag is put back afterwards.
        images: uint8, shape (N, H, W, C).
        rows: int64, shape (n,), rows of ``images``.
        labels: int64, shape (n,), the label trained on of each of ``rows``, class indices.
        stats: Channel mean and deviation the model was trained with.
        methods: Names that read an evaluation, a gradient or the input; may be empty.
        device: Where the model lies.
        batch_size: Images at once; the values do not depend on it beyond rounding.
        side: Pixels of the shorter side that the model was trained at last; None: all.

    Raises:
        ConfigError: A method is unknown or does not read a pass.
        DataError: ``rows`` and ``labels`` differ in length, or no row is asked for.
    """
    if len(rows) != len(labels) or not len(rows):
        raise DataError(f"A pass needs as many labels as rows, at least one; got {len(rows)}, {len(labels)}.")
    asked = [_pass_method(name) for name in methods]
    starts = range(0, len(rows), batch_size)
    spans = [slice(start, start + batch_size) for start in starts]
    with evaluation_mode(model), full_float32():
        score_batch = _batch_scorer(model, asked)
        parts = [
            score_batch(to_input(images[rows[span]], stats, device, side), torch.as_tensor(labels[span]))
            for span in spans
        ]
    return _joined(parts)


def _pass_method(name: str) -> Method:
    method = find_method(name)
    if method.reads not in PASS_READS:
        allowed = [each.name for each in METHODS.values() if each.reads in PASS_READS]
        raise ConfigError.unknown_choice("method of a pass", name, allowed)
    return method


def _batch_scorer(model: nn.Module, asked: Sequence[Method]) -> Callable[[Tensor, Tensor], EvaluationPass]:
    """Return the function that scores one batch; what it learns about the model serves all batches."""
    needs_gradient = any(method.reads == "gradient" for method in asked)
    gradient_norms = GradientNorms(model) if needs_gradient else None
    needs_input = any(method.reads == "input" for method in asked)

    def score_batch(inputs: Tensor, labels: Tensor) -> EvaluationPass:
        features, logits, norms = _read(model, inputs, labels, gradient_norms)
        batch = Batch(
            images=inputs.cpu().double() if needs_input else None,
            labels=labels,
            logits=logits.cpu().double(),
            features=features.cpu().double(),
            gradient_norms=norms,
        )
        return _part(batch, asked)

    return score_batch


def _read(
    model: nn.Module, inputs: Tensor, labels: Tensor, gradient_norms: GradientNorms | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return features, logits and gradient norms of one batch, from one forward pass."""
    if gradient_norms is None:
        with torch.no_grad():
            return *features_and_logits(model, inputs), None
    seen: list[Tensor] = []

    def forward(batch: Tensor) -> Tensor:
        features, logits = features_and_logits(model, batch)
        seen[:] = features.detach(), logits.detach()
        return logits

    norms = gradient_norms(inputs, labels.to(inputs.device), forward)
    return seen[0], seen[1], norms


def _part(batch: Batch, asked: Sequence[Method]) -> EvaluationPass:
    """Return what one batch says, in numpy."""
    return EvaluationPass(
        values={method.name: method.compute(batch).cpu().double().numpy() for method in asked},
        probabilities=batch.logits.softmax(dim=1).float().numpy(),
        features=batch.features.float().numpy(),
        margins=logit_margins(batch.logits, batch.labels).numpy(),
    )


def _joined(parts: Sequence[EvaluationPass]) -> EvaluationPass:
    """Return the parts one after another."""
    return EvaluationPass(
        values={name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values},
        probabilities=np.concatenate([part.probabilities for part in parts]),
        features=np.concatenate([part.features for part in parts]),
        margins=np.concatenate([part.margins for part in parts]),
    )
