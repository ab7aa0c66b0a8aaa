"""Borrowing a module: its flags are changed inside a block and put back after it, whatever happens."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from datadiet.errors import ModelError
from datadiet.training.device import full_float32


@contextmanager
def evaluation_mode(model: nn.Module) -> Generator[None]:
    """Put ``model`` in evaluation mode, and every module's own training flag back afterwards."""
    flags = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, flag in flags.items():
            module.training = flag


@contextmanager
def frozen_parameters(model: nn.Module) -> Generator[None]:
    """Switch off the gradients of all parameters, and each flag back afterwards."""
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    try:
        for parameter in trainable:
            parameter.requires_grad = False
        yield
    finally:
        for parameter in trainable:
            parameter.requires_grad = True


@contextmanager
def exact_gradients(device: torch.device) -> Generator[None]:
    """Record gradients in the model's own precision, also inside no_grad, inference_mode or autocast."""
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(mode=False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.autocast(device.type, enabled=False))
        stack.enter_context(full_float32())
        yield


def refuse_batch_statistics(model: nn.Module) -> None:
    """Refuse a model in which a batch normalisation, as it stands, would mix the examples of a batch.

    Raises:
        ModelError: One is in training mode, or keeps no running statistics.
    """
    for name, module in model.named_modules():
        if not isinstance(module, _BatchNorm):
            continue
        if module.training:
            raise ModelError.batch_statistics(name, type(module).__name__, "is in training mode")
        if module.running_mean is None:
            raise ModelError.batch_statistics(name, type(module).__name__, "keeps no running statistics")
