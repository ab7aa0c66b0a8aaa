"""Many thumbnails on one picture: a sheet is decoded once in the browser and drawn from many times."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

COLUMNS = 10
LARGEST = 192  # pixels, longer side of a thumbnail on a sheet
SMALL = 48  # pixels: at most this is kept without loss, and enlarged without smoothing


@dataclass(frozen=True)
class Sheet:
    """An encoded picture and where on it each thumbnail lies: left, top, width, height."""

    data: bytes
    places: tuple[tuple[int, int, int, int], ...]
    is_small: bool


def draw_sheet(thumbnails: Sequence[bytes | NDArray[np.uint8]], largest: int = LARGEST) -> Sheet:
    """Return the thumbnails on one sheet, ten a row, encoded anew so that no metadata travels.

    Args:
        thumbnails: PNG, JPEG or WebP bytes from the workspace, or pixels (H, W, C) with C 1 or 3.
        largest: Pixels; encoded thumbnails with a longer side are shrunk to it.
    """
    pictures = [_opened(data, largest) for data in thumbnails]
    side = max((max(picture.size) for picture in pictures), default=1)
    rows = -(-len(pictures) // COLUMNS)
    mode = "L" if all(picture.mode == "L" for picture in pictures) else "RGB"
    sheet = Image.new(mode, (side * COLUMNS, side * max(1, rows)))
    places = []
    for number, picture in enumerate(pictures):
        left, top = side * (number % COLUMNS), side * (number // COLUMNS)
        sheet.paste(picture, (left, top))
        places.append((left, top, *picture.size))
    return Sheet(_encoded(sheet, is_small=side <= SMALL), tuple(places), side <= SMALL)


def _opened(data: bytes | NDArray[np.uint8], largest: int) -> Image.Image:
    if not isinstance(data, bytes):
        return Image.fromarray(data[..., 0] if data.shape[2] == 1 else data)
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened:
        picture = opened.convert("L" if opened.mode in {"1", "L"} else "RGB")
    picture.thumbnail((largest, largest))
    return picture


def _encoded(sheet: Image.Image, *, is_small: bool) -> bytes:
    buffer = io.BytesIO()
    if is_small:
        sheet.save(buffer, "PNG", compress_level=1)
    else:
        sheet.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
