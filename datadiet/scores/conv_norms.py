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

CHUNK_ELEMENTS = 2**24  # numbers in the largest temporary of a chunk: 64 MiB in float32


@dataclass(frozen=True)
class ConvShape:
    """What the cost of a convolution's gradient norm depends on, for one example of one group."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    in_channels: int
    out_channels: int
    in_size: tuple[int, int]
    out_size: tuple[int, int]


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
    x, padding = _explicitly_padded(conv, x)
    num_examples = len(x)
    x = x.reshape(num_examples * conv.groups, -1, *x.shape[2:])  # (B·groups, C/groups, H, W)
    g = g.reshape(num_examples * conv.groups, -1, *g.shape[2:])
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
    way, _, elements = cheapest_way(shape)
    chunk = max(1, CHUNK_ELEMENTS // elements)
    pieces = zip(torch.split(x, chunk), torch.split(g, chunk), strict=True)
    squares = torch.cat([way(shape, x_piece, g_piece) for x_piece, g_piece in pieces])
    return squares.view(num_examples, conv.groups).sum(dim=1)


def cheapest_way(shape: ConvShape) -> tuple[ConvNorm, float, int]:
    """Return the way with the lowest estimated cost, that cost, and the largest temporary of an example.

    Costs are multiply-adds times how slowly a CPU does them: measured constants, applied to shapes alone, so
    that the same model always goes the same way.
    """
    taps, pixels, in_pixels = prod(shape.kernel), prod(shape.out_size), prod(shape.in_size)
    c, o = shape.in_channels, shape.out_channels
    weights = c * o * taps
    is_small = c * o <= 8192  # above it, grouped weight gradients of oneDNN collapse
    ways: list[tuple[ConvNorm, float, int]] = [
        (_by_grouped_gradient, weights * pixels * (1.2 if is_small else 20.0), weights),
        (
            _by_unfolded_gradient,
            weights * pixels * 1.5 + 12.0 * c * taps * pixels,
            weights + c * taps * pixels,
        ),
        (_by_unfolded_gram, 1.6 * pixels**2 * (c * taps + o), c * taps * pixels + 2 * pixels**2),
        (
            _by_compact_gram,
            1.6 * (in_pixels**2 * c + pixels**2 * o) + 24.0 * taps * pixels**2,
            in_pixels**2 + 2 * pixels**2,
        ),
    ]
    return min(ways, key=lambda way: way[1])


def _by_grouped_gradient(shape: ConvShape, x: Tensor, g: Tensor) -> Tensor:
    """Materialise ∇W of all examples by one convolution whose groups are the examples."""
    num_examples, c, o = len(x), shape.in_channels, shape.out_channels
    weight = x.new_empty(num_examples * o, c, *shape.kernel)  # only its shape is read
    gradients = torch.ops.aten.convolution_backward(
        g.reshape(1, num_examples * o, *shape.out_size),
        x.reshape(1, num_examples * c, *shape.in_size),
        weight,
        bias_sizes=None,
        stride=shape.stride,
        padding=shape.padding,
        dilation=shape.dilation,
        transposed=False,
        output_padding=(0, 0),
        groups=num_examples,
        output_mask=(False, True, False),
    )[1]
    return _squares(gradients.view(num_examples, -1))


def _by_unfolded_gradient(shape: ConvShape, x: Tensor, g: Tensor) -> Tensor:
    """Materialise ∇W of each example as a matrix product with the unfolded input."""
    return _squares(torch.bmm(g.flatten(2), _unfolded(shape, x).transpose(1, 2)).flatten(1))


def _by_unfolded_gram(shape: ConvShape, x: Tensor, g: Tensor) -> Tensor:
    """Multiply the Gram matrices of the unfolded input and of the output gradient."""
    return _inner(_gram(_unfolded(shape, x)), _gram(g.flatten(2)))


def _by_compact_gram(shape: ConvShape, x: Tensor, g: Tensor) -> Tensor:
    """Sum shifted entries of the raw input's Gram matrix, against that of the output gradient."""
    num_examples = len(x)
    in_gram = _gram(x.flatten(2)).view(num_examples, *shape.in_size, *shape.in_size)
    total = in_gram.new_zeros(num_examples, *shape.out_size, *shape.out_size)
    rows = [_overlap(shape, axis=0, tap=tap) for tap in range(shape.kernel[0])]
    columns = [_overlap(shape, axis=1, tap=tap) for tap in range(shape.kernel[1])]
    for out_rows, in_rows in rows:
        for out_columns, in_columns in columns:
            into = total[:, out_rows, out_columns, out_rows, out_columns]
            into += in_gram[:, in_rows, in_columns, in_rows, in_columns]
    return _inner(total.flatten(1), _gram(g.flatten(2)).flatten(1))


def _overlap(shape: ConvShape, *, axis: int, tap: int) -> tuple[slice, slice]:
    """Return the output places whose ``tap`` lies inside the input along ``axis``, and the input places."""
    stride, out_size, in_size = shape.stride[axis], shape.out_size[axis], shape.in_size[axis]
    offset = tap * shape.dilation[axis] - shape.padding[axis]  # output 0 reads input `offset`
    first = max(0, -(offset // stride)) if offset < 0 else 0
    stop = max(first, min(out_size, (in_size - 1 - offset) // stride + 1))
    start = first * stride + offset
    return slice(first, stop), slice(start, start + (stop - first) * stride, stride)


def _explicitly_padded(conv: nn.Conv2d, x: Tensor) -> tuple[Tensor, tuple[int, int]]:
    """Return the input and the zero padding left to do: other paddings are done here."""
    if conv.padding_mode == "zeros" and not isinstance(conv.padding, str):
        return x, _pair(conv.padding)
    mode = "constant" if conv.padding_mode == "zeros" else conv.padding_mode
    return functional.pad(x, conv._reversed_padding_repeated_twice, mode=mode), (0, 0)


def _unfolded(shape: ConvShape, x: Tensor) -> Tensor:
    if shape.kernel == (1, 1) and shape.padding == (0, 0):
        return x[:, :, :: shape.stride[0], :: shape.stride[1]].flatten(2)  # (B, C, P)
    return functional.unfold(
        x, shape.kernel, dilation=shape.dilation, padding=shape.padding, stride=shape.stride
    )  # (B, C·k, P)


def _gram(columns: Tensor) -> Tensor:
    return torch.bmm(columns.transpose(1, 2), columns)  # (B, P, P)


def _inner(first: Tensor, second: Tensor) -> Tensor:
    return (first * second).flatten(1).sum(dim=1)


def _squares(gradients: Tensor) -> Tensor:
    norms: Tensor = torch.linalg.vector_norm(gradients, dim=1)
    return norms.square()


def _pair(values: tuple[int, ...] | torch.Size) -> tuple[int, int]:
    return values[0], values[1]
