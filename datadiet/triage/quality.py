"""Images that are dark, light, blurry, empty, or of an odd size, by the measures of cleanvision.

The measures and thresholds are cleanvision's (Apache-2.0, 0.3.7). Its ``Imagelab`` reads files,
which would pass by the one decode door, so the numbers behind the measures are computed here from
the prepared pixels in blocks, and tested to equal cleanvision's own; see
docs/decisions/0009-image-quality.md for what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from datadiet.frames.examples import QUALITY
from datadiet.triage.nearest import Rows, row_blocks

Values = NDArray[np.float64]

BLOCK_ROWS = 1024  # images measured at once
BLUR_SIDE = 64  # pixels; larger images are resized to it before blur is measured
BELOW = {  # a measure below is a flag
    "dark": 0.32,
    "light": 0.05,
    "blurry": 0.29,
    "low_information": 0.3,
    "odd_size": 0.5,
    "odd_aspect_ratio": 0.35,
}
COMMON_FRACTION = 0.02  # a flag on more of the images than this says something about the set
FENCE = 3.0  # quartile distances below the lower quartile at which an image is odd even in such a set


@dataclass(frozen=True)
class Raw:
    """What is read from the pixels of each image, as cleanvision names it."""

    brightness_perc_99: Values  # in [0, 1]
    brightness_perc_5: Values  # in [0, 1]
    entropy: Values  # bits
    blurriness: Values  # standard deviation of the edges, grey levels
    blurriness_grayscale_std: Values  # standard deviation of the histogram's counts


def quality_flags(images: Rows, examples: pd.DataFrame) -> pd.DataFrame:
    """Return the flags of all images.

    A flag that falls on more than ``COMMON_FRACTION`` of the images describes the set (garments on
    black hold little information), so then only those stay flagged that are odd in it: more than
    ``FENCE`` quartile distances below the lower quartile. Originals that are all of one size are
    never odd in size.

    Args:
        images: Shape ``(N, H, W, C)``, uint8, the prepared images.
        examples: The EXAMPLES table, row i for image i; ``width`` and ``height`` are the original's.

    Returns:
        A QUALITY table, a row a flag, by example_id and then in the order of ``BELOW``.
    """
    parts = []
    for order, (flag, values) in enumerate(measures(images, examples).items()):
        rows = np.flatnonzero(is_flagged(values, below=BELOW[flag]))
        ids = examples["example_id"].to_numpy()[rows]
        parts.append(pd.DataFrame({"example_id": ids, "flag": flag, "value": values[rows], "order": order}))
    frame = pd.concat(parts).sort_values(["example_id", "order"], kind="stable")
    return QUALITY.conform(frame[QUALITY.column_names])


def measures(images: Rows, examples: pd.DataFrame) -> dict[str, Values]:
    """Return each measure of every image, in [0, 1], low = worse, by the name of its flag."""
    raw = raw_measures(images)
    width, height = (examples[side].to_numpy(np.float64) for side in ("width", "height"))
    # What is nearly one grey level has a spiked histogram and no edges: empty rather than blurry.
    flatness = -np.expm1(-raw.blurriness_grayscale_std * 0.01)
    sharpness = -np.expm1(-raw.blurriness * 0.01) + np.where(flatness <= 0.18, 0.0, flatness)
    return {
        "dark": raw.brightness_perc_99,
        "light": 1.0 - raw.brightness_perc_5,
        "blurry": np.minimum(sharpness, 1.0),
        "low_information": np.minimum(raw.entropy * 0.1, 1.0),
        "odd_size": size_measure(width, height),
        "odd_aspect_ratio": np.minimum(width / height, height / width),
    }


def is_flagged(values: Values, *, below: float) -> NDArray[np.bool_]:
    """Return which values are flagged; see :func:`quality_flags`."""
    flagged = values < below
    if flagged.mean() > COMMON_FRACTION:
        lower, upper = np.quantile(values, [0.25, 0.75])
        flagged &= values < lower - FENCE * (upper - lower)
    return flagged


def size_measure(width: Values, height: Values) -> Values:
    """Return 0.5 at three quartile distances from the quartiles of ``sqrt(width * height)``, 1 amid them.

    Where all quartiles agree, the distance is taken in shares of them, so that half or more than one
    and a half times the usual side is odd.
    """
    side = np.sqrt(width * height)
    lower, upper = np.quantile(side, [0.25, 0.75])
    middle, gap = (lower + upper) / 2, (upper - lower) * 7  # from 3 distances below to 3 above
    distance = np.abs(side - middle) / (gap if gap > 0 else middle)
    return np.asarray(1.0 - np.clip(distance, 0.0, 1.0), dtype=np.float64)


def raw_measures(images: Rows) -> Raw:
    """Return what is read from the pixels, block by block; tested to equal cleanvision's ``calculate``."""
    blocks = [_measure_block(np.asarray(images[rows])) for rows in row_blocks(len(images), BLOCK_ROWS)]
    return Raw(*(np.concatenate(column) for column in zip(*blocks, strict=True)))


def _measure_block(images: NDArray[np.uint8]) -> tuple[Values, ...]:
    bright = np.sort(_brightness(images).reshape(len(images), -1), axis=1)
    grey = _grey(_reduced(images))
    return (
        _quantile(bright, 0.99),
        _quantile(bright, 0.05),
        _entropy(images),
        _edges(grey).reshape(len(images), -1).std(axis=1),
        _counts(grey).std(axis=1),
    )


def _brightness(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the perceived brightness of every pixel, in [0, 1]."""
    if images.shape[3] == 1:
        return images[..., 0].astype(np.float32) / np.float32(255)
    squares = (np.arange(256, dtype=np.float32) / 255) ** 2
    weights = np.asarray((0.241, 0.691, 0.068), dtype=np.float32)
    red, green, blue = ((squares * weight)[images[..., channel]] for channel, weight in enumerate(weights))
    brightness: NDArray[np.float32] = np.sqrt(red + green + blue)
    return brightness


def _quantile(ordered: NDArray[np.float32], share: float) -> Values:
    place = share * (ordered.shape[1] - 1)
    low = int(place)
    high = min(low + 1, ordered.shape[1] - 1)
    below, above = ordered[:, low].astype(np.float64), ordered[:, high].astype(np.float64)
    return np.asarray(below + (above - below) * (place - low), dtype=np.float64)


def _counts(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the histogram of each image's values, channels side by side: ``(b, 256 * C)``."""
    values = images.reshape(len(images), -1, images.shape[3] if images.ndim == 4 else 1)
    bins = 256 * values.shape[2]
    places = np.arange(len(images))[:, None, None] * bins + np.arange(values.shape[2]) * 256 + values
    return np.bincount(places.ravel(), minlength=len(images) * bins).reshape(len(images), bins)


def _entropy(images: NDArray[np.uint8]) -> Values:
    counts = _counts(images)
    shares = counts / counts.sum(axis=1, keepdims=True)
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    return np.asarray(-(shares * logs).sum(axis=1), dtype=np.float64)


def _reduced(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = images.shape[1:3]
    ratio = max(height, width) / BLUR_SIDE
    if ratio <= 1:
        return images
    size = (max(int(width // ratio), 1), max(int(height // ratio), 1))
    resized = [np.asarray(Image.fromarray(np.squeeze(image)).resize(size)) for image in images]
    return np.stack(resized).reshape(len(images), size[1], size[0], images.shape[3])


def _grey(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the luma of every pixel, rounded as Pillow does: ``(b, H, W)``."""
    if images.shape[3] == 1:
        return images[..., 0]
    levels = np.arange(256, dtype=np.int32)
    red, green, blue = ((levels * weight)[images[..., c]] for c, weight in enumerate((19595, 38470, 7471)))
    return ((red + green + blue + 0x8000) >> 16).astype(np.uint8)


def _edges(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return eight times each pixel minus its neighbours, cut to [0, 255]; the border stays as it is."""
    edges = grey.copy()
    wide = grey.astype(np.int16)
    rows = wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]
    sums = rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]
    edges[:, 1:-1, 1:-1] = np.clip(9 * wide[:, 1:-1, 1:-1] - sums, 0, 255)
    return edges
