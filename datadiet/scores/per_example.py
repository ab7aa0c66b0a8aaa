"""Norms of per-example loss gradients over all trainable parameters of a module."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional


@contextmanager
def evaluation_mode(model: nn.Module) -> Generator[None]:
    """Put ``model`` in evaluation mode, and every module's training flag back afterwards."""
    flags = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, flag in flags.items():
            module.training = flag


class GradientNorms:
    """Computes ``‖∇_w ℓ(f(x), y)‖₂`` of each example of a batch, for one model."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model

    def __call__(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return the norm of each example's loss gradient, shape ``(B,)``."""
        pairs = zip(images, labels, strict=True)
        return torch.stack([self._one(image[None], label[None]) for image, label in pairs])

    def _one(self, image: Tensor, label: Tensor) -> Tensor:
        trainable = [parameter for parameter in self._model.parameters() if parameter.requires_grad]
        loss = functional.cross_entropy(self._model(image), label)
        gradients = torch.autograd.grad(loss, trainable, allow_unused=True)
        squares = [gradient.square().sum() for gradient in gradients if gradient is not None]
        return torch.stack(squares).sum().sqrt()
