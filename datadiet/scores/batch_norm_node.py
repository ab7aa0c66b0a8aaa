"""Backward of a batch normalisation on running statistics that yields per-example norms on its way.

The ordinary backward pass sums over the batch; these sums, taken per example, are the gradients of scale and
shift. So one pass over the gradient gives both what goes on to the layer below and the norms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard, cast

import torch
from torch import Tensor, nn

from datadiet.scores.layer_norms import BatchNorm, Names

CHUNK_ELEMENTS = 2**19  # numbers of the gradient looked at while they lie in the cache

Receive = Callable[[Tensor], None]  # squared norms of the examples, shape (B,)


def fuses(layer: nn.Module, names: Names, x: Tensor) -> TypeGuard[BatchNorm]:
    """Return whether :func:`fused` stands for ``layer``: it has a scale that counts, and one precision.

    Without a scale that counts, a sum over the gradient is all there is to do.
    """
    if not isinstance(layer, BatchNorm) or "weight" not in names:
        return False
    if layer.running_mean is None or layer.running_var is None:
        return False
    dtypes = {each.dtype for each in (layer.running_mean, layer.running_var, *layer.parameters())}
    return x.requires_grad and x.dtype in {torch.float32, torch.float64} and dtypes == {x.dtype}


def fused(layer: BatchNorm, names: Names, x: Tensor, output: Tensor, receive: Receive) -> Tensor:
    """Return ``output`` with a backward that tells ``receive`` the norms over the parameters ``names``.

    Args:
        layer: In evaluation mode, one that :func:`fuses`.
        names: Its parameters that count.
        x: What it read, shape ``(B, C, ...)``.
        output: What it gave.
        receive: Called once, when the backward pass comes by.
    """
    result: Tensor = _BatchNormNode.apply(x, output.detach(), layer, names, receive)
    return result


class _BatchNormNode(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, output: Tensor, layer: BatchNorm, names: Names, receive: Receive
    ) -> Tensor:
        ctx.save_for_backward(x)
        ctx.layer, ctx.names, ctx.receive = layer, names, receive
        ctx.mark_dirty(output)  # given on as it is, so that an in-place layer may follow
        return output

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None, None]:
        (x,) = ctx.saved_tensors
        is_dense = x.is_contiguous() and gradients[0].is_contiguous()
        way = _at_once if is_dense else _in_chunks
        below, scale, shift = way(ctx.layer, x, gradients[0])
        squares = scale.square_().sum(dim=1)
        if "bias" in ctx.names:
            squares += shift.square_().sum(dim=1)
        ctx.receive(squares)
        return below, None, None, None, None


def _at_once(layer: BatchNorm, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients by input, scale and shift: the ordinary kernel, on B·C channels of one image."""
    num_examples, num_channels = x.shape[:2]

    below, scale, shift = torch.ops.aten.native_batch_norm_backward(
        g.view(1, num_examples * num_channels, -1),
        x.view(1, num_examples * num_channels, -1),
        *(each.detach().repeat(num_examples) for each in (layer.weight, *_statistics(layer))),
        save_mean=None,
        save_invstd=None,
        train=False,
        eps=layer.eps,
        output_mask=[True, True, True],
    )
    return below.view_as(g), scale.view(num_examples, -1), shift.view(num_examples, -1)


def _in_chunks(layer: BatchNorm, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the same for any memory layout, chunk by chunk."""
    mean = _statistics(layer)[0]
    rest = (-1, *[1] * (x.ndim - 2))
    deviation, slope = _deviation_and_slope(layer)
    slope = slope.view(rest)
    below = torch.empty_like(g)
    scales, shifts = [], []
    size = max(1, CHUNK_ELEMENTS // max(1, x[0].numel()))
    pieces = (torch.split(each, size) for each in (x, g, below))
    for x_piece, g_piece, into in zip(*pieces, strict=True):
        torch.mul(g_piece, slope, out=into)
        shifts.append(_over_places(g_piece))
        scales.append((_over_places(g_piece * x_piece) - mean * shifts[-1]) / deviation)
    return below, torch.cat(scales), torch.cat(shifts)


def _deviation_and_slope(layer: BatchNorm) -> tuple[Tensor, Tensor]:
    """Return the running standard deviation and the scale over it, each rounded once.

    Every example's gradient goes through the same slopes of all layers, so roundings of them, one upon the
    other, would shift the norms of a whole set one way. MPS has no float64 to round from.
    """
    scale, variance = layer.weight.detach(), _statistics(layer)[1]
    wide = scale.dtype if scale.device.type == "mps" else torch.float64
    deviation = (variance.to(wide) + layer.eps).sqrt()
    return deviation.to(scale.dtype), (scale / deviation).to(scale.dtype)


def _statistics(layer: BatchNorm) -> tuple[Tensor, Tensor]:
    """Return running mean and variance of a layer that has them."""
    return cast("Tensor", layer.running_mean), cast("Tensor", layer.running_var)


def _over_places(values: Tensor) -> Tensor:
    """Return the sums over all but the first two dimensions, shape (B, C)."""
    return values.flatten(2).sum(dim=2) if values.ndim > 2 else values.clone()
