"""Linear mode connectivity: two children of one parent, and the error on the straight path between them.

Children take the parent's weights, momentum and step; only batch order and augmentation differ. Statistics
of batch normalisation mean nothing for weights in between, so they are made anew at every place of the path.
(Frankle et al. 2020; Paul et al. 2021, section 4.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from datadiet.errors import DataError
from datadiet.seeds import derive_seed
from datadiet.training.checkpoint import Checkpoint
from datadiet.training.trainer import STREAMS


def child_of(parent: Checkpoint, child: int) -> Checkpoint:
    """Return the parent's checkpoint with streams of its own for batch order and augmentation.

    Args:
        parent: At the spawn step.
        child: 0 for the first, 1 for the second.
    """
    streams = {}
    for name in STREAMS:
        purpose = f"child {child} of step {parent.step}/{name}"
        streams[name] = torch.Generator().manual_seed(derive_seed(parent.seed, purpose)).get_state()
    return replace(parent, generator=streams)


def between(first: Mapping[str, Tensor], second: Mapping[str, Tensor], alpha: float) -> dict[str, Tensor]:
    """Return the weights ``alpha · first + (1 − alpha) · second``; what is no float comes from the first.

    Raises:
        DataError: They are the weights of different models.
    """
    if first.keys() != second.keys():
        raise DataError("Two networks of different models have no path between them.")
    return {
        name: alpha * value + (1.0 - alpha) * second[name] if value.is_floating_point() else value.clone()
        for name, value in first.items()
    }


@torch.no_grad()
def renew_statistics(model: nn.Module, batches: Iterable[Tensor]) -> None:
    """Make the running statistics of every batch normalisation anew: the plain mean over ``batches``.

    Args:
        model: Changed in place; left in evaluation mode.
        batches: Training images as the model takes them, ``(B, ...)`` each, B at least 2.
    """
    layers = [each for each in model.modules() if isinstance(each, _BatchNorm) and each.track_running_stats]
    if layers:
        momenta = [layer.momentum for layer in layers]
        model.eval()
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None  # cumulative: every batch weighs the same
            layer.train()
        for batch in batches:
            model(batch)
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
    model.eval()
