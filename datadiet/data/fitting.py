"""Pixels of any size to the training size, and to a thumbnail."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Resize = Literal["crop", "pad"]
_BICUBIC = Image.Resampling.BICUBIC
_FOR_THUMBNAILS = Image.Resampling.HAMMING  # as sharp as bicubic where it reduces, at half the cost
_REDUCING_GAP = 1.5  # a box reduction by a whole number first, where 1.5 times the size remains
_THUMBNAIL_GAP = 1.25  # the same for thumbnails


def to_channels(image: Image.Image, channels: int) -> tuple[Image.Image, str]:
    """Return an RGB or L image with ``channels`` and the note of what was done, empty for nothing.

    Grey becomes three equal channels; colour becomes grey by ITU-R 601 (0.299, 0.587, 0.114).
    """
    if len(image.getbands()) == channels:
        return image, ""
    if channels == 3:
        return image.convert("RGB"), "grey expanded to RGB"
    return image.convert("L"), "colour converted to grey"


@dataclass(frozen=True, slots=True)
class Reduced:
    """A picture and its mean over ``factor`` × ``factor`` pixels, from which smaller ones are made."""

    whole: Image.Image
    image: Image.Image
    factor: int

    def resized(
        self,
        size: tuple[int, int],
        box: tuple[float, float, float, float],
        resampling: Image.Resampling = _BICUBIC,
    ) -> Image.Image:
        """Return ``box`` of the whole picture at ``size``."""
        left, top, right, bottom = (edge / self.factor for edge in box)
        return self.image.resize(size, resampling, (left, top, right, bottom), _REDUCING_GAP)


def reduced(image: Image.Image, size: int, how: Resize, longer_side: int) -> Reduced:
    """Return the picture reduced by a whole number, to no less than its pixels and its thumbnail need.

    That is 1.5 times what :func:`fit` brings to ``size`` and 1.25 times ``longer_side``, the thumbnail's.
    """
    side = min(image.size) if how == "crop" else max(image.size)
    for_thumbnail = max(image.size) / longer_side / _THUMBNAIL_GAP
    factor = max(1, int(min(side / size / _REDUCING_GAP, for_thumbnail)))
    return Reduced(image, image.reduce(factor) if factor > 1 else image, factor)


def fit(picture: Reduced, size: int, how: Resize) -> tuple[NDArray[np.uint8], str]:
    """Return (size, size, C) and the note of what was done, empty for nothing.

    ``crop``: the shorter side goes to ``size`` and the centre is kept. ``pad``: the longer side goes to
    ``size`` and the rest is black. Enlarging is named in the note.
    """
    sides = picture.whole.size
    if sides == (size, size):
        return _pixels(picture.whole), ""
    fitted = _cropped(picture, size) if how == "crop" else _padded(picture, size)
    side = min(sides) if how == "crop" else max(sides)
    return fitted, "enlarged" if side < size else ""


def _cropped(picture: Reduced, size: int) -> NDArray[np.uint8]:
    width, height = picture.whole.size
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    return _pixels(picture.resized((size, size), (left, top, left + side, top + side)))


def _padded(picture: Reduced, size: int) -> NDArray[np.uint8]:
    sides = picture.whole.size
    inner = _pixels(picture.resized(_scaled(sides, size), (0, 0, *sides)))
    canvas = np.zeros((size, size, inner.shape[2]), np.uint8)
    top, left = (size - inner.shape[0]) // 2, (size - inner.shape[1]) // 2
    canvas[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return canvas


def _scaled(size: tuple[int, int], longer_side: int) -> tuple[int, int]:
    scale = longer_side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def thumbnail(picture: Reduced, longer_side: int) -> bytes:
    """Return encoded bytes without metadata, never enlarged: PNG where whole, JPEG where reduced."""
    whole = picture.whole
    if max(whole.size) <= longer_side:
        return encode_png(_pixels(whole))
    buffer = io.BytesIO()
    small = picture.resized(_scaled(whole.size, longer_side), (0, 0, *whole.size), _FOR_THUMBNAILS)
    small.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """Return uint8 (H, W, C) as PNG bytes, lossless."""
    buffer = io.BytesIO()
    image_of(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def image_of(pixels: NDArray[np.uint8]) -> Image.Image:
    """Return uint8 (H, W, C), C 1 or 3, as a Pillow image."""
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    values = np.asarray(image)
    return values[..., None] if values.ndim == 2 else values
