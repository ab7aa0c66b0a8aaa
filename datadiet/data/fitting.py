"""Pixels of any size to the training size, and to a thumbnail."""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Resize = Literal["crop", "pad"]
_BICUBIC = Image.Resampling.BICUBIC
_REDUCING_GAP = 1.5  # a box reduction by a whole number first, where 1.5 times the size remains


def to_channels(pixels: NDArray[np.uint8], channels: int) -> tuple[NDArray[np.uint8], str]:
    """Return (H, W, ``channels``) and the note of what was done, empty for nothing.

    Grey becomes three equal channels; colour becomes grey by ITU-R 601 (0.299, 0.587, 0.114).
    """
    have = pixels.shape[2]
    if have == channels:
        return pixels, ""
    if channels == 3:
        return np.repeat(pixels, 3, axis=2), "grey expanded to RGB"
    return _pixels(image_of(pixels).convert("L")), "colour converted to grey"


def fit(pixels: NDArray[np.uint8], size: int, how: Resize) -> tuple[NDArray[np.uint8], str]:
    """Return (size, size, C) and the note of what was done, empty for nothing.

    ``crop``: the shorter side goes to ``size`` and the centre is kept. ``pad``: the longer side goes to
    ``size`` and the rest is black. Enlarging is named in the note.
    """
    height, width = pixels.shape[:2]
    if height == width == size:
        return pixels, ""
    image = image_of(pixels)
    fitted = _cropped(image, size) if how == "crop" else _padded(image, size)
    side = min(height, width) if how == "crop" else max(height, width)
    return fitted, "enlarged" if side < size else ""


def _cropped(image: Image.Image, size: int) -> NDArray[np.uint8]:
    width, height = image.size
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    return _pixels(image.resize((size, size), _BICUBIC, box, _REDUCING_GAP))


def _padded(image: Image.Image, size: int) -> NDArray[np.uint8]:
    inner = _pixels(image.resize(_scaled(image.size, size), _BICUBIC, None, _REDUCING_GAP))
    canvas = np.zeros((size, size, inner.shape[2]), np.uint8)
    top, left = (size - inner.shape[0]) // 2, (size - inner.shape[1]) // 2
    canvas[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return canvas


def _scaled(size: tuple[int, int], longer_side: int) -> tuple[int, int]:
    scale = longer_side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def thumbnail(pixels: NDArray[np.uint8], longer_side: int) -> bytes:
    """Return encoded bytes without metadata, never enlarged: PNG where whole, JPEG where reduced."""
    if max(pixels.shape[:2]) <= longer_side:
        return encode_png(pixels)
    image = image_of(pixels)
    buffer = io.BytesIO()
    image.resize(_scaled(image.size, longer_side), _BICUBIC, None, _REDUCING_GAP).save(
        buffer, "JPEG", quality=85
    )
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
