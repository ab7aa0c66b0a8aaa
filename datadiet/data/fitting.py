"""Pixels of any size to the training size, and to a thumbnail."""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Resize = Literal["crop", "pad"]
_BICUBIC = Image.Resampling.BICUBIC
_REDUCING_GAP = 3.0  # a cheap integer reduction first, indistinguishable from the one-step filter


def to_channels(pixels: NDArray[np.uint8], channels: int) -> tuple[NDArray[np.uint8], str]:
    """Return (H, W, ``channels``) and the note of what was done, empty for nothing.

    Grey becomes three equal channels; colour becomes grey by ITU-R 601 (0.299, 0.587, 0.114).
    """
    have = pixels.shape[2]
    if have == channels:
        return pixels, ""
    if channels == 3:
        return np.repeat(pixels, 3, axis=2), "grey expanded to RGB"
    return np.asarray(Image.fromarray(pixels).convert("L"))[..., None], "colour converted to grey"


def fit(pixels: NDArray[np.uint8], size: int, how: Resize) -> tuple[NDArray[np.uint8], str]:
    """Return (size, size, C) and the note of what was done, empty for nothing.

    ``crop``: the shorter side goes to ``size`` and the centre is kept. ``pad``: the longer side goes to
    ``size`` and the rest is black. Enlarging is named in the note.
    """
    height, width = pixels.shape[:2]
    if height == width == size:
        return pixels, ""
    fitted = _cropped(pixels, size) if how == "crop" else _padded(pixels, size)
    side = min(height, width) if how == "crop" else max(height, width)
    return fitted, "enlarged" if side < size else ""


def _cropped(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    return _resized(pixels, (size, size), (left, top, left + side, top + side))


def _padded(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    longer = max(height, width)
    new_height, new_width = max(1, round(height * size / longer)), max(1, round(width * size / longer))
    inner = _resized(pixels, (new_width, new_height), (0, 0, width, height))
    canvas = np.zeros((size, size, pixels.shape[2]), np.uint8)
    top, left = (size - new_height) // 2, (size - new_width) // 2
    canvas[top : top + new_height, left : left + new_width] = inner
    return canvas


def _resized(
    pixels: NDArray[np.uint8], size: tuple[int, int], box: tuple[float, float, float, float]
) -> NDArray[np.uint8]:
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    resized = np.asarray(image.resize(size, _BICUBIC, box, _REDUCING_GAP))
    return resized[..., None] if resized.ndim == 2 else resized


def thumbnail(pixels: NDArray[np.uint8], longer_side: int) -> bytes:
    """Return encoded bytes without metadata, never enlarged: PNG where whole, JPEG where reduced."""
    height, width = pixels.shape[:2]
    if max(height, width) <= longer_side:
        return encode_png(pixels)
    scale = longer_side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = _resized(pixels, size, (0, 0, width, height))
    buffer = io.BytesIO()
    _image(small).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """Return uint8 (H, W, C) as PNG bytes, lossless."""
    buffer = io.BytesIO()
    _image(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _image(pixels: NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else np.ascontiguousarray(pixels))
