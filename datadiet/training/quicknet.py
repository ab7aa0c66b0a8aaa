"""The quick net: a small convolutional net that learns in minutes on a CPU, for images of any size."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (32, 64, 64)  # channels of the three blocks, where nothing else is said
STEM_WIDTH = 16  # channels at most where patches are 2 x 2: the directions left out vary least
SEEN_SIDE = 32  # pixels; larger images are read in patches so that the net sees about this many
POOLED_SIDE = 6  # positions; a block halves its map only while it is at least this wide
WHITENING_EPS = 5e-4  # added to the variance of a patch direction, pixels in deviations


class QuickNet(nn.Module):
    """Whitened stem, three pairs of 3x3 convolutions, the maximum over positions, one linear layer.

    The layout of the airbench family (Jordan 2024, arXiv:2404.00498) at widths 32, 64, 64: a fixed first
    layer that whitens image patches, convolutions that begin as the identity, batch normalisation without
    gain. One stem serves every size: patches of 2f pixels every f pixels, f = side / 32 rounded; maps
    below 6 x 6 are not pooled, so that 8 x 8 digits still have positions left.

    Args:
        num_classes: C.
        in_channels: 1 or 3.
        image_size: Pixels of the shorter side.
        widths: Channels of each block.
        stem_width: Filters of the first layer, even; None: 8 a channel, at most 16 for 2 x 2 patches.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        image_size: int,
        widths: tuple[int, ...] = WIDTHS,
        stem_width: int | None = None,
    ) -> None:
        super().__init__()
        stride = max(1, round(image_size / SEEN_SIDE))
        if stem_width is None:
            stem_width = min(8 * in_channels, STEM_WIDTH) if stride == 1 else 8 * in_channels
        self.whiten = nn.Conv2d(in_channels, stem_width, kernel_size=2 * stride, stride=stride, bias=False)
        self.whiten.weight.requires_grad = False  # no gradient enters the stem: an eighth of the work less
        side = (image_size - 2 * stride) // stride + 1
        blocks: list[nn.Module] = []
        for before, after in pairwise((stem_width, *widths)):
            is_pooled = side >= POOLED_SIDE
            blocks.append(ConvPair(before, after, nn.MaxPool2d(2) if is_pooled else nn.Identity()))
            side = side // 2 if is_pooled else side
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(widths[-1], num_classes, bias=False)
        with torch.no_grad():
            self.head.weight.div_(self.head.weight.std())

    def forward(self, x: Tensor) -> Tensor:
        """Return logits ``(B, num_classes)`` of input ``(B, in_channels, H, W)``."""
        maps = self.blocks(functional.relu(self.whiten(x)))
        # (B, widths[-1]); divided here, so that logits = head(features)
        features = maps.amax(dim=(2, 3)) / self.head.in_features
        return self.head(features)  # type: ignore[no-any-return]

    @torch.no_grad()
    def fit_whitening(self, images: Tensor) -> None:
        """Set the first layer to the main directions of the images' patches, each to unit variance.

        Both signs of every direction are kept, since a rectifier follows.

        Args:
            images: Normalised training images ``(n, in_channels, H, W)``, a few thousand.
        """
        kernel, stride = self.whiten.kernel_size[0], self.whiten.stride[0]
        num_directions = len(self.whiten.weight) // 2
        patches = functional.unfold(images.contiguous(), kernel, stride=stride)  # (n, C k k, L)
        patches = patches.permute(0, 2, 1).flatten(0, 1)  # (n L, C k k)
        second_moment = (patches.T @ patches).double() / len(patches)
        variances, directions = torch.linalg.eigh(second_moment)  # rising
        scaled = directions / (variances.clamp_min(0) + WHITENING_EPS).sqrt()
        filters = scaled[:, -num_directions:].T.reshape(num_directions, -1, kernel, kernel)
        self.whiten.weight.copy_(torch.cat([filters, -filters]))


class ConvPair(nn.Module):
    """Two 3x3 convolutions with normalisation and rectifier, a pool after the first."""

    def __init__(self, before: int, after: int, pool: nn.Module) -> None:
        super().__init__()
        self.conv1, self.norm1 = _identity_conv(before, after), _gainless_norm(after)
        self.conv2, self.norm2 = _identity_conv(after, after), _gainless_norm(after)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        """Return the maps after both convolutions."""
        x = functional.relu(self.norm1(self.pool(self.conv1(x))))
        return functional.relu(self.norm2(self.conv2(x)))


def _identity_conv(before: int, after: int) -> nn.Conv2d:
    conv = nn.Conv2d(before, after, kernel_size=3, padding=1, bias=False)
    with torch.no_grad():
        nn.init.dirac_(conv.weight[: min(before, after)])
    return conv


def _gainless_norm(width: int) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(width, momentum=0.4)  # torch's momentum: the weight of the new batch
    norm.weight.requires_grad = False
    return norm
