"""The quick net with other widths, stems or the plain layout, as ``module:factory`` for a size.

All have 24 filters in the stem on images in colour, as the quick net had when the frontier began: ``start``.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import Tensor, nn

from datadiet.training.quicknet import WIDTHS, QuickNet

NARROW, WIDE = (16, 32, 32), (64, 128, 128)


class PlainLayoutNet(QuickNet):
    """The quick net that stays NCHW in memory, where training would make it channels last."""

    def to(self, *args: Any, **kwargs: Any) -> PlainLayoutNet:
        """Return the net moved as asked, its memory layout left as it is."""
        kwargs.pop("memory_format", None)
        return super().to(*args, **kwargs) if args or kwargs else self

    def forward(self, x: Tensor) -> Tensor:
        """Return logits of input that is laid out NCHW first."""
        return super().forward(x.contiguous())


class CoarseNet(QuickNet):
    """The quick net that reads patches twice as wide, twice as far apart: maps of half the side."""

    def __init__(self, num_classes: int, in_channels: int, image_size: int) -> None:
        # Half the size, for blocks that pool as such maps need.
        super().__init__(num_classes, in_channels, image_size // 2, stem_width=8 * in_channels)
        stride = 2 * self.whiten.stride[0]
        width = self.whiten.out_channels
        self.whiten = nn.Conv2d(in_channels, width, kernel_size=2 * stride, stride=stride, bias=False)
        self.whiten.weight.requires_grad = False


def _of_widths(image_size: int, widths: tuple[int, ...], *, num_classes: int, in_channels: int) -> nn.Module:
    return QuickNet(num_classes, in_channels, image_size, widths, stem_width=8 * in_channels)


def _plain(image_size: int, *, num_classes: int, in_channels: int) -> nn.Module:
    return PlainLayoutNet(num_classes, in_channels, image_size, stem_width=8 * in_channels)


def _coarse(image_size: int, *, num_classes: int, in_channels: int) -> nn.Module:
    return CoarseNet(num_classes, in_channels, image_size)


start_8, start_32, start_64 = (partial(_of_widths, side, WIDTHS) for side in (8, 32, 64))
narrow_8, narrow_32, narrow_64 = (partial(_of_widths, side, NARROW) for side in (8, 32, 64))
wide_8, wide_32, wide_64 = (partial(_of_widths, side, WIDE) for side in (8, 32, 64))
plain_8, plain_32, plain_64 = (partial(_plain, side) for side in (8, 32, 64))
coarse_32 = partial(_coarse, 32)
