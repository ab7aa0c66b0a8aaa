"""Squared norms of per-example weight gradients of a convolution, by the cheapest of four exact ways.

The weight gradient of an example is ``∇W = Σ_p g_p u_pᵀ`` with output gradient ``g`` (O, P) and unfolded
input ``u`` (C·k, P) over P output pixels. Its squared norm is either taken from ∇W itself, or, since

    ‖∇W‖² = Σ_pq ⟨g_p, g_q⟩ ⟨u_p, u_q⟩,

from two P × P Gram matrices; and ``⟨u_p, u_q⟩ = Σ_δ ⟨x_p+δ, x_q+δ⟩`` is a sum of shifted entries of the Gram
matrix of the raw input, which needs no unfolding. Groups are convolutions of their own, so they are folded
into the batch. All four give the same number up to rounding; the choice depends on shapes alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional

from datadiet.scores.conv_ways import (
    ConvShape,
    by_compact_gram,
    by_grouped_gradient,
    by_unfolded_gram,
    by_unfolded_rows,
)

CACHED_ELEMENTS = 2**19  # numbers in the temporaries of a chunk that stay in the caches of a CPU core
DEVICE_ELEMENTS = 2**24  # the same on a GPU, which wants large chunks: 64 MiB in float32

ConvNorm = Callable[[ConvShape, Tensor, Tensor], Tensor]


def conv_weight_squares(conv: nn.Conv2d, x: Tensor, g: Tensor) -> Tensor:
    """Return ``‖∇W‖²`` of each example.

    Args:
        conv: The layer: any stride, padding, dilation and groups.
        x: Its input, shape ``(B, C, H, W)``.
        g: Gradient of the summed loss by its output, shape ``(B, O, H', W')``.

    Returns:
        Shape ``(B,)``.
    """
    num_examples = len(x)
    shape, x, g = by_group(conv, x, g)
    squares = squares_by(cheapest_way(shape), shape, x, g)
    return squares.view(num_examples, conv.groups).sum(dim=1)


def by_group(conv: nn.Conv2d, x: Tensor, g: Tensor) -> tuple[ConvShape, Tensor, Tensor]:
    """Return the shape, inputs and gradients of a convolution whose groups are examples of their own.

    Args:
        conv: The layer.
        x: Its input, shape ``(B, C, H, W)``.
        g: Gradient by its output, shape ``(B, O, H', W')``.

    Returns:
        The shape of one group, ``(B · groups, C / groups, H, W)`` and ``(B · groups, O / groups, H', W')``.
    """
    x, padding = _explicitly_padded(conv, x)
    if conv.groups > 1:
        x = x.reshape(len(x) * conv.groups, -1, *x.shape[2:])
        g = g.reshape(len(g) * conv.groups, -1, *g.shape[2:])
    shape = ConvShape(
        kernel=_pair(conv.kernel_size),
        stride=_pair(conv.stride),
        padding=padding,
        dilation=_pair(conv.dilation),
        in_channels=x.shape[1],
        out_channels=g.shape[1],
        in_size=_pair(x.shape[2:]),
        out_size=_pair(g.shape[2:]),
    )
    return shape, x, g


def squares_by(plan: Plan, shape: ConvShape, x: Tensor, g: Tensor) -> Tensor:
    """Return ``‖∇W‖²`` of each example of one group by ``plan``, in chunks that fit the cache: ``(B,)``."""
    chunk = _chunk_size(plan.elements, x.device)
    pieces = zip(torch.split(x, chunk), torch.split(g, chunk), strict=True)
    return torch.cat([plan.way(shape, x_piece, g_piece) for x_piece, g_piece in pieces])


@dataclass(frozen=True)
class Plan:
    """One way to a convolution's norms and what it takes."""

    way: ConvNorm
    cost: float  # multiply-adds of a matrix product that take as long, for an example of a group
    elements: int  # numbers in the temporaries of an example of a group


def cheapest_way(shape: ConvShape) -> Plan:
    """Return the plan with the lowest estimated cost."""
    return min(plans(shape), key=lambda plan: plan.cost)


def plans(shape: ConvShape) -> list[Plan]:
    """Return all four ways with their estimated costs.

    The constants are fitted to times on a CPU (``benchmarks/grand_layers.py``). They apply to shapes alone,
    so that the same model always goes the same way.
    """
    pixels, in_pixels, taps = prod(shape.out_size), prod(shape.in_size), prod(shape.kernel)
    c, o = shape.in_channels, shape.out_channels
    weights = c * o * taps
    padded_rows = shape.in_size[0] + 2 * shape.padding[0]
    rows = padded_rows if shape.stride[0] == 1 else shape.kernel[0] * shape.out_size[0]
    is_copied = not shape.is_pointwise
    copied = is_copied * c * shape.kernel[1] * rows * shape.out_size[1]
    unfolded = is_copied * c * taps * pixels
    padded = is_copied * c * padded_rows * (shape.in_size[1] + 2 * shape.padding[1])
    half_shifted = (shape.out_size[0] * shape.in_size[1]) ** 2
    shifted = shape.kernel[0] * half_shifted + shape.kernel[1] * pixels**2
    lanes = 7.0 if c == o == 1 else 256.0 / (min(c, 16) * min(o, 16))  # channels that fill no vector
    return [
        _plan(
            by_grouped_gradient,
            1.25 * lanes * weights * pixels + 110.0 * weights + 10.0 * (c * in_pixels + o * pixels),
            a_chunk=2.0e6,
            elements=weights,
        ),
        _plan(
            by_unfolded_rows,
            weights * pixels + 20.0 * (copied + padded) + 25.0 * weights,
            a_chunk=1.0e6 * shape.kernel[0],
            elements=copied + padded + weights // shape.kernel[0],
        ),
        _plan(
            by_unfolded_gram,
            pixels**2 * (c * taps + o) + 40.0 * unfolded,
            a_chunk=2.5e6,
            elements=2 * unfolded + padded + 2 * pixels**2,
        ),
        _plan(
            by_compact_gram,
            1.15 * (in_pixels**2 * c + pixels**2 * o) + 28.0 * shifted,
            a_chunk=4.5e6,
            elements=in_pixels**2 + half_shifted + 2 * pixels**2,
        ),
    ]


def _plan(way: ConvNorm, an_example: float, *, a_chunk: float, elements: int) -> Plan:
    """Return a plan whose calls, which cost the same for few examples and for many, are shared by a chunk."""
    return Plan(way, an_example + a_chunk / max(1, CACHED_ELEMENTS // elements), elements)


def _chunk_size(elements: int, device: torch.device) -> int:
    """Return how many examples at once: their temporaries fit the cache, and every thread has one."""
    if device.type != "cpu":
        return max(1, DEVICE_ELEMENTS // elements)
    return torch.get_num_threads() * max(1, CACHED_ELEMENTS // elements)


def _explicitly_padded(conv: nn.Conv2d, x: Tensor) -> tuple[Tensor, tuple[int, int]]:
    """Return the input and the zero padding left to do: other paddings are done here."""
    if conv.padding_mode == "zeros" and not isinstance(conv.padding, str):
        return x, _pair(conv.padding)
    mode = "constant" if conv.padding_mode == "zeros" else conv.padding_mode
    return functional.pad(x, conv._reversed_padding_repeated_twice, mode=mode), (0, 0)


def _pair(values: tuple[int, ...] | torch.Size) -> tuple[int, int]:
    return values[0], values[1]
