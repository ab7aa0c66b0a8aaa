"""Squared norm of each example's gradient for the layers whose formula is known.

Each function takes the layer, its input, the gradient of the summed loss by its output, and the names of the
parameters that count; it returns shape (B,).
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional

from datadiet.scores.conv_norms import conv_weight_squares

Names = frozenset[str]
BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d


def linear_squares(layer: nn.Linear, x: Tensor, g: Tensor, names: Names) -> Tensor:
    """Return the squares of a Linear on any leading dimensions: ``∇W = Σ_t g_t x_tᵀ``, ``∇b = Σ_t g_t``."""
    x, g = (each.reshape(len(each), -1, each.shape[-1]) for each in (x, g))  # (B, T, I), (B, T, O)
    squares = x.new_zeros(len(x))
    if "weight" in names:
        squares += _outer_squares(x, g)
    if "bias" in names:
        squares += g.sum(dim=1).square().sum(dim=1)
    return squares


def _outer_squares(x: Tensor, g: Tensor) -> Tensor:
    """Return ``‖Σ_t g_t x_tᵀ‖²``: from the sum, or from two T × T Gram matrices where that is less work."""
    num_places, num_inputs, num_outputs = x.shape[1], x.shape[2], g.shape[2]
    if num_places == 1:
        return x.square().sum(dim=(1, 2)) * g.square().sum(dim=(1, 2))
    if num_places * (num_inputs + num_outputs) < num_inputs * num_outputs:
        grams = torch.bmm(x, x.transpose(1, 2)) * torch.bmm(g, g.transpose(1, 2))  # (B, T, T)
        return grams.sum(dim=(1, 2))
    return torch.bmm(g.transpose(1, 2), x).square().sum(dim=(1, 2))


def conv_squares(layer: nn.Conv2d, x: Tensor, g: Tensor, names: Names) -> Tensor:
    """Return the squares of a Conv2d; the bias gradient is the sum over output pixels."""
    squares = x.new_zeros(len(x))
    if "weight" in names:
        squares += conv_weight_squares(layer, x, g)
    if "bias" in names:
        squares += g.sum(dim=(2, 3)).square().sum(dim=1)
    return squares


def batch_norm_squares(layer: BatchNorm, x: Tensor, g: Tensor, names: Names) -> Tensor:
    """Return the squares of a batch normalisation on running statistics.

    ``∇γ = Σ g (x − μ) / σ`` is taken as ``(Σ g x − μ Σ g) / σ``, ``∇β = Σ g``.
    """
    x, g = x.reshape(*x.shape[:2], -1), g.reshape(*g.shape[:2], -1)  # (B, C, P)
    total = g.sum(dim=2)  # (B, C)
    squares = x.new_zeros(len(x))
    if "weight" in names:
        deviation = (_statistic(layer.running_var, x) + layer.eps).sqrt()
        products = (g * x).sum(dim=2)
        squares += ((products - _statistic(layer.running_mean, x) * total) / deviation).square().sum(dim=1)
    if "bias" in names:
        squares += total.square().sum(dim=1)
    return squares


def _statistic(running: Tensor | None, x: Tensor) -> Tensor:
    if running is None:
        raise ValueError("without running statistics there is no gradient of one example")
    return running.to(x.dtype)


def layer_norm_squares(layer: nn.LayerNorm, x: Tensor, g: Tensor, names: Names) -> Tensor:
    """Return the squares of a LayerNorm: ``∇γ = Σ_t g_t x̂_t`` over leading places, ``∇β = Σ_t g_t``."""
    normalised = functional.layer_norm(x, layer.normalized_shape, eps=layer.eps)
    shape = (len(x), -1, prod(layer.normalized_shape))
    return _affine_squares(normalised.reshape(shape), g.reshape(shape), names, places=1)


def group_norm_squares(layer: nn.GroupNorm, x: Tensor, g: Tensor, names: Names) -> Tensor:
    """Return the squares of a GroupNorm: sums over the pixels of each channel."""
    normalised = functional.group_norm(x, layer.num_groups, eps=layer.eps)
    shape = (*x.shape[:2], -1)
    return _affine_squares(normalised.reshape(shape), g.reshape(shape), names, places=2)


def _affine_squares(normalised: Tensor, g: Tensor, names: Names, *, places: int) -> Tensor:
    """Return the squares of scale and shift, which sum over dimension ``places``."""
    squares = g.new_zeros(len(g))
    if "weight" in names:
        squares += (normalised * g).sum(dim=places).square().sum(dim=1)
    if "bias" in names:
        squares += g.sum(dim=places).square().sum(dim=1)
    return squares


LAYERS: dict[
    type[nn.Module], tuple[Callable[..., Tensor], int]
] = {  # formula, dimensions of the input at least
    nn.Linear: (linear_squares, 2),
    nn.Conv2d: (conv_squares, 4),
    nn.BatchNorm1d: (batch_norm_squares, 2),
    nn.BatchNorm2d: (batch_norm_squares, 4),
    nn.BatchNorm3d: (batch_norm_squares, 5),
    nn.LayerNorm: (layer_norm_squares, 2),
    nn.GroupNorm: (group_norm_squares, 2),
}


def layer_squares(layer: nn.Module, x: Tensor, g: Tensor, names: Names) -> Tensor:
    """Return the squared gradient norm of each example over the parameters ``names`` of one known layer.

    Half precision is widened to float32, in which sums of squares do not overflow.
    """
    wide = torch.promote_types(g.dtype, torch.float32)
    return LAYERS[type(layer)][0](layer, x.to(wide), g.to(wide), names)
