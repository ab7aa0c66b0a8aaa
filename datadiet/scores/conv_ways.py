"""Four exact ways to the squared norms of per-example weight gradients of a convolution.

Each takes the shape, the input ``x`` (B, C, H, W) and the gradient ``g`` by the output (B, O, H', W') of one
group, and returns shape (B,). They differ in time and in temporaries only; :mod:`datadiet.scores.conv_norms`
says which is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


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

    @property
    def is_pointwise(self) -> bool:
        """Whether the input need not be unfolded: every pixel is read once, in order."""
        return self.kernel == (1, 1) and self.stride == (1, 1) and self.padding == (0, 0)


def by_grouped_gradient(shape: ConvShape, x: Tensor, g: Tensor) -> Tensor:
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


def by_unfolded_rows(shape: ConvShape, x: Tensor, g: Tensor) -> Tensor:
    """Materialise ∇W one kernel row at a time, as products with the input unfolded along its width alone.

    Moving the kernel row by one moves a window over the same unfolded rows, so that a k × k kernel needs k
    copies of the input instead of k².
    """
    g = g.flatten(2)  # (B, O, P)
    if shape.is_pointwise:
        return _squares(torch.bmm(g, x.flatten(2).transpose(1, 2)).flatten(1))
    padded = _channels_last_padded(shape, x)
    width, num_pixels = shape.out_size[1], g.shape[2]
    squares = x.new_zeros(len(x))
    if shape.stride[0] > 1:  # the rows of a kernel row are not neighbours: unfold each anew
        for tap in range(shape.kernel[0]):
            columns = _windows(shape, padded, first=tap * shape.dilation[0], num_rows=shape.out_size[0])
            squares += _squares(torch.bmm(g, columns).flatten(1))
        return squares
    columns = _windows(shape, padded, first=0, num_rows=padded.shape[1])
    for tap in range(shape.kernel[0]):
        start = tap * shape.dilation[0] * width
        squares += _squares(torch.bmm(g, columns[:, start : start + num_pixels]).flatten(1))
    return squares


def by_unfolded_gram(shape: ConvShape, x: Tensor, g: Tensor) -> Tensor:
    """Multiply the Gram matrices of the unfolded input and of the output gradient."""
    if shape.is_pointwise:
        return _inner(_gram(x.flatten(2)), _gram(g.flatten(2)))
    padded = _channels_last_padded(shape, x)
    rows = [
        _windows(shape, padded, first=tap * shape.dilation[0], num_rows=shape.out_size[0])
        for tap in range(shape.kernel[0])
    ]
    columns = torch.cat(rows, dim=2) if len(rows) > 1 else rows[0]  # (B, P, kernel · C)
    return _inner(torch.bmm(columns, columns.transpose(1, 2)), _gram(g.flatten(2)))


def by_compact_gram(shape: ConvShape, x: Tensor, g: Tensor) -> Tensor:
    """Sum shifted entries of the raw input's Gram matrix, rows then columns, against that of the gradient."""
    num_examples = len(x)
    (height, width), (out_height, out_width) = shape.in_size, shape.out_size
    gram = _gram(x.flatten(2)).view(num_examples, height, width, height, width)
    by_rows = gram.new_zeros(num_examples, out_height, width, out_height, width)
    for tap in range(shape.kernel[0]):
        out, inside = _overlap(shape, axis=0, tap=tap)
        by_rows[:, out, :, out] += gram[:, inside, :, inside]
    total = gram.new_zeros(num_examples, out_height, out_width, out_height, out_width)
    for tap in range(shape.kernel[1]):
        out, inside = _overlap(shape, axis=1, tap=tap)
        total[:, :, out, :, out] += by_rows[:, :, inside, :, inside]
    return _inner(total.flatten(1), _gram(g.flatten(2)).flatten(1))


def _overlap(shape: ConvShape, *, axis: int, tap: int) -> tuple[slice, slice]:
    """Return the output places whose ``tap`` lies inside the input along ``axis``, and the input places."""
    stride, out_size, in_size = shape.stride[axis], shape.out_size[axis], shape.in_size[axis]
    offset = tap * shape.dilation[axis] - shape.padding[axis]  # output 0 reads input `offset`
    first = max(0, -(offset // stride)) if offset < 0 else 0
    stop = max(first, min(out_size, (in_size - 1 - offset) // stride + 1))
    start = first * stride + offset
    return slice(first, stop), slice(start, start + (stop - first) * stride, stride)


def _channels_last_padded(shape: ConvShape, x: Tensor) -> Tensor:
    """Return the input with its zero padding, shape (B, H + 2·padding, W + 2·padding, C), contiguous."""
    (height, width), (down, across) = shape.in_size, shape.padding
    padded = x.new_zeros(len(x), height + 2 * down, width + 2 * across, shape.in_channels)
    padded[:, down : down + height, across : across + width] = x.permute(0, 2, 3, 1)
    return padded


def _windows(shape: ConvShape, padded: Tensor, *, first: int, num_rows: int) -> Tensor:
    """Return what a kernel row reads, (B, num_rows · W', kernel width · C), from input row ``first``."""
    example, down, across, channel = padded.stride()
    taps, width, channels = shape.kernel[1], shape.out_size[1], shape.in_channels
    windows = padded.as_strided(
        (len(padded), num_rows, width, taps, channels),
        (example, down * shape.stride[0], across * shape.stride[1], across * shape.dilation[1], channel),
        padded.storage_offset() + first * down,
    )
    return windows.reshape(len(padded), num_rows * width, taps * channels)


def _gram(columns: Tensor) -> Tensor:
    """Return ⟨column p, column q⟩ of each example, (B, P, P)."""
    if columns.shape[2] == 1:  # a product of vectors adds up one by one; a sum, in pairs, is more exact
        return columns.square().sum(dim=1, keepdim=True)
    return torch.bmm(columns.transpose(1, 2), columns)


def _inner(first: Tensor, second: Tensor) -> Tensor:
    """Return ⟨first, second⟩ of each example; ``first`` is overwritten."""
    return first.mul_(second).flatten(1).sum(dim=1)


def _squares(gradients: Tensor) -> Tensor:
    """Return the squared norm of each row; ``gradients`` is overwritten."""
    return gradients.square_().sum(dim=1)
