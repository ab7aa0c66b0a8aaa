"""Per-example squared gradient norms by autograd itself: many examples at once, or one after another."""

from __future__ import annotations

import warnings
from collections.abc import Collection

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from datadiet.scores.layer_pass import ErrorsOf, Forward

CHUNK_BYTES = 2**29  # of per-example gradients at once
MAX_CHUNK = 64  # examples


def squares_by_vmap(
    model: nn.Module,
    images: Tensor,
    errors_of: ErrorsOf,
    forward: Forward,
    *,
    among: Collection[str] | None = None,
) -> dict[str, Tensor]:
    """Return each parameter's squared gradient norm of each example, from ``torch.func``.

    As many examples at once as memory allows; a parameter used in several places gets the sum of its
    gradients before the norm.

    Args:
        model: In evaluation mode.
        images: Shape ``(B, ...)``.
        errors_of: Gradient of each example's own loss by its logits.
        forward: Gives the logits of a whole batch.
        among: Paths of the parameters that are asked for; None: all that train.

    Raises:
        RuntimeError: ``torch.func`` cannot map this model over examples.
    """
    every = {path: each.detach() for path, each in model.named_parameters()}
    trainable = {
        path: every[path]
        for path, each in model.named_parameters()
        if each.requires_grad and (among is None or path in among)
    }
    with torch.no_grad():
        errors = errors_of(forward(images))  # (B, C)

    def squares(image: Tensor, error: Tensor) -> dict[str, Tensor]:
        def loss(parameters: dict[str, Tensor]) -> Tensor:
            logits: Tensor = functional_call(model, {**every, **parameters}, (image[None],))  # (1, C)
            return (logits[0] * error).sum()

        return {path: _square(gradient) for path, gradient in grad(loss)(trainable).items()}

    size = sum(each.numel() * each.element_size() for each in trainable.values())
    chunk = min(MAX_CHUNK, max(1, CHUNK_BYTES // max(1, size)))
    with sdpa_kernel(SDPBackend.MATH), warnings.catch_warnings():  # the one attention that maps over examples
        warnings.filterwarnings("ignore", message="There is a performance drop")
        result: dict[str, Tensor] = vmap(squares, chunk_size=chunk, randomness="error")(images, errors)
    return result


def squares_one_by_one(
    model: nn.Module, images: Tensor, errors_of: ErrorsOf, forward: Forward
) -> dict[str, Tensor]:
    """Return each parameter's squared gradient norm of each example: slow, and right by definition."""
    trainable = {path: each for path, each in model.named_parameters() if each.requires_grad}
    with torch.no_grad():
        errors = errors_of(forward(images))  # (B, C)
    rows = []
    for image, error in zip(images, errors, strict=True):
        loss = (model(image[None])[0] * error).sum()
        rows.append(gradient_squares(loss, trainable))
    return {path: torch.stack([row[path] for row in rows]) for path in trainable}


def gradient_squares(loss: Tensor, parameters: dict[str, nn.Parameter]) -> dict[str, Tensor]:
    """Return the squared norm of each parameter's gradient of one loss; 0 where the loss does not need it."""
    if not loss.requires_grad:
        return {path: _square(loss * 0) for path in parameters}
    found = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    return {
        path: _square(loss.detach() * 0 if gradient is None else gradient)
        for path, gradient in zip(parameters, found, strict=True)
    }


def _square(gradient: Tensor) -> Tensor:
    """Return the squared norm, at least in float32, where sums of squares do not overflow."""
    return gradient.to(torch.promote_types(gradient.dtype, torch.float32)).square().sum()
