"""The gradient norm of the last linear layer alone: cheap, and a different score from GraNd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datadiet.scores.el2n import el2n
from datadiet.scores.method import Method

if TYPE_CHECKING:
    from torch import Tensor


def grand_last_layer(logits: Tensor, features: Tensor, labels: Tensor) -> Tensor:
    """Return ``‖p − y‖·√(1 + ‖h‖²)``: the loss gradient's norm over weight and bias of the last layer.

    With ``e = p − y`` the gradient is ``e hᵀ`` for the weight and ``e`` for the bias, so its squared norm is
    ``‖e‖²‖h‖² + ‖e‖²``. Some public code calls this GraNd; GraNd is over all parameters.

    Args:
        logits: Shape ``(B, C)``, before the softmax.
        features: Shape ``(B, D)``, the input ``h`` of the last linear layer.
        labels: Shape ``(B,)``, integers in ``[0, C)``.

    Returns:
        Shape ``(B,)``, at least 0.

    Raises:
        DataError: The shapes are not ``(B, C)`` and ``(B,)``, or a label lies outside ``[0, C)``.

    Example:
        >>> from torch import tensor
        >>> grand_last_layer(tensor([[0.0, 0.0]]), tensor([[2.0, 2.0]]), tensor([0]))
        tensor([2.1213])
    """
    squared_features = features.flatten(1).square().sum(dim=1)  # (B,)
    return el2n(logits, labels) * (1.0 + squared_features).sqrt()


METHOD = Method(
    name="grand_last_layer",
    direction="high",
    reads="evaluation",
    meaning="Norm of the loss gradient over the last linear layer only; not GraNd.",
    source="Paul, Ganguli & Dziugaite 2021, arXiv:2107.07075, restricted to the last layer",
    compute=lambda batch: grand_last_layer(batch.logits, batch.features, batch.labels),
)
