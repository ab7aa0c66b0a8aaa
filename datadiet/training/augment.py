"""Random crop and flip of each image of a batch, in one gather on the device."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from datadiet.errors import ConfigError


@dataclass(frozen=True)
class Views:
    """How each image of a batch is looked at."""

    down: Tensor  # int64 (B,), pixels in [-crop_padding, crop_padding]
    right: Tensor  # int64 (B,), the same
    is_flipped: Tensor  # bool (B,)


def draw_views(num_images: int, *, crop_padding: int, flip: bool, generator: torch.Generator) -> Views:
    """Return a random view for each image: its own offset, its own coin for the flip.

    The same numbers are drawn whatever the settings, so that one does not shift another's stream.

    Args:
        num_images: B.
        crop_padding: Pixels an image may move each way.
        flip: Whether half of the images are mirrored left to right.
        generator: On the CPU, so that the stream is the same on every device.
    """
    unit = torch.rand(3, num_images, generator=generator)
    offsets = (unit[:2] * (2 * crop_padding + 1)).long() - crop_padding  # (2, B)
    return Views(offsets[0], offsets[1], (unit[2] < 0.5) & flip)


def look(pixels: Tensor, where: Tensor, views: Views) -> Tensor:
    """Return the images at ``where``, each seen by its view; what lies outside is reflected at the edge.

    The same as reflect-padding, cropping back at an offset per image, then flipping.

    Args:
        pixels: uint8 ``(n, H, W, C)``.
        where: int64 ``(B,)``, places in ``pixels``, on its device.
        views: Of the B images.

    Returns:
        uint8 ``(B, H, W, C)``.
    """
    _, height, width, num_channels = pixels.shape
    # The few numbers of the views go to the device, not the place of every pixel: a GPU would wait for it.
    down, right, is_flipped = (
        each.to(pixels.device, non_blocking=True)[:, None] for each in vars(views).values()
    )
    rows = _reflected(torch.arange(height, device=pixels.device) + down, height)  # (B, H)
    columns = torch.arange(width, device=pixels.device).expand(len(where), width)
    columns = torch.where(is_flipped, width - 1 - columns, columns)
    columns = _reflected(columns + right, width)  # (B, W)
    places = (rows * width)[:, :, None] + columns[:, None, :]  # (B, H, W), within an image
    places = places + (where * height * width)[:, None, None]
    # One index a pixel, not one each for image, row and column: the gather then copies whole pixels.
    flat = pixels.reshape(-1, num_channels).index_select(0, places.flatten())
    return flat.view(len(where), height, width, num_channels)


def check_crop(crop_padding: int, image_size: int) -> None:
    """Refuse an offset that a reflection at the edge cannot fill.

    Raises:
        ConfigError: ``crop_padding`` is not below ``image_size``.
    """
    if crop_padding >= image_size:
        raise ConfigError.out_of_range(
            "train.crop_padding", crop_padding, f"below the image's shorter side ({image_size} pixels)"
        )


def _reflected(index: Tensor, size: int) -> Tensor:
    folded = index.abs()
    return torch.where(folded >= size, 2 * (size - 1) - folded, folded)
