"""The quick net at other widths and in the plain memory layout, as ``module:factory`` for each image size."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import Tensor, nn

from datadiet.training.quicknet import QuickNet

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


def _of_widths(image_size: int, widths: tuple[int, ...], *, num_classes: int, in_channels: int) -> nn.Module:
    return QuickNet(num_classes, in_channels, image_size, widths)


def _plain(image_size: int, *, num_classes: int, in_channels: int) -> nn.Module:
    return PlainLayoutNet(num_classes, in_channels, image_size)


narrow_8, narrow_32, narrow_64 = (partial(_of_widths, side, NARROW) for side in (8, 32, 64))
wide_8, wide_32, wide_64 = (partial(_of_widths, side, WIDE) for side in (8, 32, 64))
plain_8, plain_32, plain_64 = (partial(_plain, side) for side in (8, 32, 64))
