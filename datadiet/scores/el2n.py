"""EL2N: the norm of the error vector, from one forward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datadiet.arguments import check_kind
from datadiet.errors import DataError
from datadiet.scores.method import Method

if TYPE_CHECKING:
    from torch import Tensor


def check_tensors(**tensors: object) -> None:
    """Refuse what is no tensor, such as an array of NumPy.

    Raises:
        ConfigError: One is none; the sentence has its name.
    """
    from torch import Tensor  # only when used

    for name, value in tensors.items():
        check_kind(name, value, Tensor, "a tensor; torch.as_tensor() makes one of arrays and lists")


def check_labels(labels: Tensor, *, num_classes: int) -> None:
    """Refuse labels that are not class indices.

    Raises:
        DataError: A label is not an integer in ``[0, num_classes)``.
    """
    if labels.is_floating_point() or labels.is_complex():
        raise DataError(f"labels are {labels.dtype}; they must be integers in [0, {num_classes}).")
    outside = labels[(labels < 0) | (labels >= num_classes)]
    if len(outside):
        raise DataError(
            f"{len(outside)} labels lie outside [0, {num_classes}), the first is {int(outside[0])}; "
            "labels are class indices, one for each column of the logits."
        )


def error_vectors(logits: Tensor, labels: Tensor) -> Tensor:
    """Return ``softmax(logits) − onehot(label)``, shape ``(B, C)``.

    Args:
        logits: Shape ``(B, C)``, before the softmax.
        labels: Shape ``(B,)``, integers in ``[0, C)``.

    Raises:
        ConfigError: One of them is no tensor.
        DataError: The shapes are not ``(B, C)`` and ``(B,)``, the logits are no floats, or a label lies
            outside ``[0, C)``.
    """
    check_tensors(logits=logits, labels=labels)
    if not logits.is_floating_point():
        raise DataError(f"logits are {logits.dtype}; they must be floats, as they come before the softmax.")
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise DataError(
            f"logits must be (B, C) and labels (B,), got {tuple(logits.shape)} and {tuple(labels.shape)}."
        )
    check_labels(labels, num_classes=logits.shape[1])
    probs = logits.softmax(dim=1)  # (B, C)
    labels = labels.to(device=logits.device).long()
    label_probs = probs.gather(1, labels[:, None])  # (B, 1)
    return probs.scatter(1, labels[:, None], label_probs - 1.0)


def el2n(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the EL2N score of each example: ``‖softmax(logits) − onehot(label)‖₂``.

    The score of one model at one checkpoint. The paper's expectation over initialisations is
    :func:`datadiet.scores.ensemble.summarise`, taken after the norm.

    Source: Paul, Ganguli & Dziugaite (2021), "Deep Learning on a Data Diet", §2, arXiv:2107.07075. The
    norm is not squared: squaring keeps one model's ranking but changes the ranking of the mean over
    models.

    Args:
        logits: Shape ``(B, C)``, any float dtype, before the softmax.
        labels: Shape ``(B,)``, integers in ``[0, C)``; the labels trained on, noise included.

    Returns:
        Shape ``(B,)``, the dtype of ``logits``, in ``[0, √2]``, no unit.

    Raises:
        ConfigError: One of them is no tensor.
        DataError: The shapes are not ``(B, C)`` and ``(B,)``, the logits are no floats, or a label lies
            outside ``[0, C)``.

    Example:
        >>> from torch import tensor
        >>> el2n(logits=tensor([[0.0, 0.0], [0.0, 99.0]]), labels=tensor([0, 0]))
        tensor([0.7071, 1.4142])
    """
    return error_vectors(logits, labels).square().sum(dim=1).sqrt()


METHOD = Method(
    name="el2n",
    direction="high",
    reads="evaluation",
    meaning="Distance of the predicted probabilities from the label: 0 sure and right, 1.41 sure and wrong.",
    source="Paul, Ganguli & Dziugaite 2021, arXiv:2107.07075",
    compute=lambda batch: el2n(batch.logits, batch.labels),
)
