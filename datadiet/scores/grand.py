"""GraNd: the norm of each example's loss gradient over all trainable parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datadiet.arguments import check_kind
from datadiet.errors import DataError
from datadiet.scores.el2n import check_tensors
from datadiet.scores.method import Method

if TYPE_CHECKING:
    from torch import Tensor, nn

BATCH_SIZE = 64  # examples at once; bounds memory, not part of the result


def grand(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Return the GraNd score of each example: ``‖∇_w ℓ(f(x), y)‖₂``, exact, for any module.

    ``ℓ`` is the cross-entropy of that one example and ``w`` are all parameters that require a gradient,
    those of normalisation layers and head included. The score of one model at one checkpoint; the mean over
    seeds is taken after the norm. Computed in evaluation mode: training flags, ``requires_grad``, ``.grad``
    and hooks are afterwards as they were.

    Source: Paul, Ganguli & Dziugaite (2021), "Deep Learning on a Data Diet", §2, arXiv:2107.07075. The trap:
    a gradient of the batch's mean loss divides by the batch size.

    Args:
        model: Takes ``images``, returns logits ``(B, C)``.
        images: Shape ``(B, ...)``, in the model's dtype and on its device.
        labels: Shape ``(B,)``, integers in ``[0, C)``; the labels trained on, noise included.

    Returns:
        Shape ``(B,)``, the dtype of ``images``. Independent of the batch up to rounding.

    Raises:
        ConfigError: The model is no module, or images or labels are no tensors.
        DataError: The lengths differ, or a label lies outside ``[0, C)``.
        ModelError: The model mixes the examples of a batch (a batch normalisation in training mode or
            without running statistics), is random in evaluation mode, trains nothing, or gives no logits.

    Example:
        >>> import torch
        >>> model = torch.nn.Linear(2, 2, bias=False)
        >>> _ = torch.nn.init.zeros_(model.weight)
        >>> grand(model, torch.tensor([[3.0, 4.0]]), torch.tensor([0]))  # ‖p − y‖ · ‖x‖ = √½ · 5
        tensor([3.5355])
    """
    from torch.nn import Module  # torch, only when used

    from datadiet.scores.module_state import refuse_batch_statistics
    from datadiet.scores.per_example import GradientNorms

    check_kind("model", model, Module, "a module of PyTorch")
    check_tensors(images=images, labels=labels)
    if labels.ndim != 1 or images.ndim < 1 or len(images) != len(labels):
        raise DataError(
            f"images must be (B, ...) and labels (B,), got {tuple(images.shape)} and {tuple(labels.shape)}."
        )
    refuse_batch_statistics(model)
    result = images.new_empty(len(images))
    gradient_norms = GradientNorms(model)
    for start in range(0, len(images), BATCH_SIZE):
        span = slice(start, start + BATCH_SIZE)
        result[span] = gradient_norms(images[span], labels[span])
    return result


METHOD = Method(
    name="grand",
    direction="high",
    reads="gradient",
    meaning="Norm of the example's own loss gradient over all parameters: how hard it pulls on the model.",
    source="Paul, Ganguli & Dziugaite 2021, arXiv:2107.07075",
    compute=lambda batch: batch.gradient_norms,
)
