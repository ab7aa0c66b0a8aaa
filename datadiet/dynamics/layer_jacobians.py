"""Rows of the Jacobian by one known layer's parameters, in pieces whose size is bounded.

Each function takes the layer, its input, the gradient of one logit a row by its output, and the names of the
parameters that count; it yields pieces of shape (R, p) that together are the layer's columns, R rows. Rows
of one image lie side by side, ``logits`` of them: what the input alone decides is computed once for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional

from datadiet.scores.layer_norms import Names

PIECE_ELEMENTS = 2**26  # numbers in a piece: 256 MiB in float32
COPIES = 3  # of a layer's output that a pass holds, about: itself, what follows without weights, the gradient
BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d


def linear_rows(layer: nn.Linear, x: Tensor, g: Tensor, names: Names, logits: int) -> Iterator[Tensor]:
    """Yield the rows of a Linear on any leading dimensions: ``∂W = Σ_t g_t x_tᵀ``, ``∂b = Σ_t g_t``."""
    x, g = (each.reshape(len(each), -1, each.shape[-1]) for each in (x, g))  # (R, T, I), (R, T, O)
    if "weight" in names:
        yield from _outer_rows(g.transpose(1, 2), x[::logits], logits)
    if "bias" in names:
        yield g.sum(dim=1)


def conv_rows(layer: nn.Conv2d, x: Tensor, g: Tensor, names: Names, logits: int) -> Iterator[Tensor]:
    """Yield the rows of a Conv2d, group by group; the bias row is the sum over output pixels."""
    if "weight" in names:
        mode = "constant" if layer.padding_mode == "zeros" else layer.padding_mode
        padded = functional.pad(x[::logits], layer._reversed_padding_repeated_twice, mode=mode)
        inputs = padded.chunk(layer.groups, dim=1)
        outputs = g.flatten(2).chunk(layer.groups, dim=1)  # (R, O / groups, P)
        for part, gradient in zip(inputs, outputs, strict=True):
            places = functional.unfold(
                part, layer.kernel_size, dilation=layer.dilation, stride=layer.stride
            )  # (images, C·k, P)
            yield from _outer_rows(gradient, places.transpose(1, 2), logits)
    if "bias" in names:
        yield g.flatten(2).sum(dim=2)


def _outer_rows(g: Tensor, x: Tensor, logits: int) -> Iterator[Tensor]:
    """Yield ``Σ_t g_ot x_ti`` as rows, some outputs o at a time.

    Args:
        g: Shape ``(R, O, T)``.
        x: Shape ``(R / logits, T, I)``, one for all rows of an image.
        logits: Rows of an image.
    """
    num, size = len(g), x.shape[2]
    step = max(1, PIECE_ELEMENTS // max(1, num * size))
    for start in range(0, g.shape[1], step):
        part = g[:, start : start + step]  # (R, o, T)
        together = part.reshape(len(x), -1, part.shape[2])  # (images, logits · o, T)
        yield torch.bmm(together, x).reshape(num, -1)


def batch_norm_rows(layer: BatchNorm, x: Tensor, g: Tensor, names: Names, _: int) -> Iterator[Tensor]:
    """Yield the rows of a batch normalisation in evaluation mode: ``∂γ = Σ g (x − μ) / σ``, ``∂β = Σ g``."""
    x, g = x.reshape(*x.shape[:2], -1), g.reshape(*g.shape[:2], -1)  # (R, C, P)
    total = g.sum(dim=2)  # (R, C)
    if "weight" in names:
        mean, variance = layer.running_mean, layer.running_var
        if mean is None or variance is None:
            raise ValueError("without running statistics there is no gradient of one example")
        products = torch.einsum("rcp,rcp->rc", g, x)
        yield (products - mean.to(x.dtype) * total) / (variance.to(x.dtype) + layer.eps).sqrt()
    if "bias" in names:
        yield total


def layer_norm_rows(layer: nn.LayerNorm, x: Tensor, g: Tensor, names: Names, _: int) -> Iterator[Tensor]:
    """Yield the rows of a LayerNorm: ``∂γ = Σ_t g_t x̂_t`` over leading places, ``∂β = Σ_t g_t``."""
    normalised = functional.layer_norm(x, layer.normalized_shape, eps=layer.eps)
    shape = (len(x), -1, prod(layer.normalized_shape))
    yield from _affine_rows(normalised.reshape(shape), g.reshape(shape), names, places=1)


def group_norm_rows(layer: nn.GroupNorm, x: Tensor, g: Tensor, names: Names, _: int) -> Iterator[Tensor]:
    """Yield the rows of a GroupNorm: sums over the pixels of each channel."""
    normalised = functional.group_norm(x, layer.num_groups, eps=layer.eps)
    shape = (*x.shape[:2], -1)
    yield from _affine_rows(normalised.reshape(shape), g.reshape(shape), names, places=2)


def _affine_rows(normalised: Tensor, g: Tensor, names: Names, *, places: int) -> Iterator[Tensor]:
    if "weight" in names:
        yield (normalised * g).sum(dim=places)
    if "bias" in names:
        yield g.sum(dim=places)


_LAYERS: dict[type[nn.Module], Callable[..., Iterator[Tensor]]] = {
    nn.Linear: linear_rows,
    nn.Conv2d: conv_rows,
    nn.BatchNorm1d: batch_norm_rows,
    nn.BatchNorm2d: batch_norm_rows,
    nn.BatchNorm3d: batch_norm_rows,
    nn.LayerNorm: layer_norm_rows,
    nn.GroupNorm: group_norm_rows,
}


def layer_rows(layer: nn.Module, x: Tensor, g: Tensor, names: Names, logits: int) -> Iterator[Tensor]:
    """Yield the Jacobian's columns of one known layer in pieces (R, p); the same layers as GraNd knows."""
    return _LAYERS[type(layer)](layer, x, g, names, logits)


def elements_of_a_row(layer: nn.Module, x: Tensor, output: Tensor, logits: int) -> int:
    """Return how many numbers a row of this layer holds at once, about: in the pass, and unfolded.

    Args:
        layer: A known layer.
        x: Its input of one image.
        output: Its output of one image.
        logits: Rows of an image.
    """
    held = COPIES * output.numel()
    if isinstance(layer, nn.Conv2d):
        places = output[0, 0].numel() * prod(layer.kernel_size) * x.shape[1]
        return int(held + places // logits)
    return held
