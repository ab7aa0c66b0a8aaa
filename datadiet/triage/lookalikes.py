"""Pairs of images that show the same picture: re-encoded, brightened, noisy, or moved by a pixel or two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from datadiet.triage.nearest import (
    READ_ROWS,
    Neighbours,
    Rows,
    Vectors,
    nearest_approximate,
    nearest_exact,
    row_blocks,
)

Greys = NDArray[np.float32]
Pairs = NDArray[np.int64]

CELLS = 8  # cells a side of the descriptor
VERIFY_SIDE = 64  # pixels a side at which a pair is compared, at most
MIN_SIDE = 16  # pixels; smaller images hold too little detail to tell a copy from a look-alike
CONTRAST_FLOOR = 4.0  # grey levels added to the contrast, so that flat images are not blown up to noise
NUM_DIRECTIONS = 64  # of the descriptor kept
NUM_CANDIDATES = 10  # nearest descriptors looked at, per image
EXACT_UP_TO = 60_000  # images; descriptors lie wide apart, so that a graph costs less only above
EXPANSION = 32  # rows kept in view in the graph: a copy lies far nearer than anything else
LEAST_SIMILAR, MOST_SIMILAR = 0.65, 0.97  # between these lies the descriptor similarity asked of a candidate
MIN_CORRELATION = 0.9  # of the grey images, after the best shift
MIN_DETAIL = 0.7  # correlation of the fine detail asked of a copy, at the least
SHIFT_PER_SIDE = 1 / 16  # largest shift looked for, as a share of the side
NUM_CALIBRATION = 1000  # images whose ordinary look-alikes say how alike the data are
PAIRS_AT_ONCE = 1000


@dataclass(frozen=True)
class Alike:
    """How alike pairs of images are."""

    correlation: NDArray[np.float64]  # of the grey images after the best shift, in [-1, 1]
    detail: NDArray[np.float64]  # of what a blur takes away from them, in [-1, 1]


def near_pairs(images: Rows) -> Pairs:
    """Return the pairs of rows that show the same picture.

    A pair is a candidate where each is among the other's ``NUM_CANDIDATES`` nearest by
    :func:`descriptors`, and a copy where, after the best shift of up to a sixteenth of the side, the
    grey images correlate by ``MIN_CORRELATION`` and their fine detail by ``MIN_DETAIL``. Where even
    different images of the set share their detail (garments on black), the bar rises with what they
    share: rather a copy missed than a flood. Mirrored and cropped copies are not found.

    Args:
        images: Shape ``(N, H, W, C)``, uint8.

    Returns:
        Shape ``(P, 2)``, the lower row first, sorted.
    """
    if len(images) < 2 or min(images.shape[1:3]) < MIN_SIDE:
        return np.empty((0, 2), np.int64)
    neighbours = _nearest(descriptors(images))
    pairs = _candidates(neighbours)
    alike = compare(images, pairs)
    is_copy = (alike.correlation >= MIN_CORRELATION) & (alike.detail >= _detail_bar(images, neighbours))
    return pairs[is_copy]


def descriptors(images: Rows) -> Vectors:
    """Return one unit vector an image, in which only copies are near: its whitened coarse grey picture.

    ``CELLS`` x ``CELLS`` means of the grey image, smoothed against small shifts, brightness and
    contrast taken out, then whitened over the data set: what all its images share, such as the
    outline of a shirt, counts for little.
    """
    coarse = np.concatenate([
        _coarse(np.asarray(images[rows])) for rows in row_blocks(len(images), READ_ROWS)
    ])
    centred = coarse - coarse.mean(axis=0)
    variances, directions = np.linalg.eigh(centred.T @ centred / len(centred))  # rising
    variances, directions = variances[::-1][:NUM_DIRECTIONS], directions[:, ::-1][:, :NUM_DIRECTIONS]
    scale = 1.0 / np.sqrt(variances.clip(0.0) + 1e-4 * variances[0] + 1e-12)
    whitened = centred @ (directions * scale).astype(np.float32)
    norms = np.linalg.norm(whitened, axis=1, keepdims=True)
    units: Vectors = np.divide(whitened, norms, out=np.zeros_like(whitened), where=norms > 1e-6)
    return units


def compare(images: Rows, pairs: Pairs) -> Alike:
    """Return how alike the images of each pair are, after the shift at which their detail agrees best."""
    parts = [_compare_block(images, pairs[rows]) for rows in row_blocks(len(pairs), PAIRS_AT_ONCE)]
    empty = np.empty(0)
    return Alike(
        np.concatenate([empty, *(part.correlation for part in parts)]),
        np.concatenate([empty, *(part.detail for part in parts)]),
    )


def _nearest(vectors: Vectors) -> Neighbours:
    if len(vectors) <= EXACT_UP_TO:
        return nearest_exact(vectors, NUM_CANDIDATES)
    return nearest_approximate(vectors, NUM_CANDIDATES, expansion=EXPANSION, precision="bf16")


def _candidates(neighbours: Neighbours) -> Pairs:
    similarity = 1.0 - neighbours.distances
    bar = np.clip(np.quantile(similarity[:, -1], 0.95), LEAST_SIMILAR, MOST_SIMILAR)
    rows, ranks = np.nonzero(similarity >= bar)
    pairs = np.sort(np.stack([rows, neighbours.rows[rows, ranks]], axis=1), axis=1)
    return np.unique(pairs, axis=0)


def _detail_bar(images: Rows, neighbours: Neighbours) -> float:
    """Return the detail correlation asked of a copy: ``max(MIN_DETAIL, 1 - (1 - q)**2)``.

    ``q`` is the 99th percentile of the detail that an image shares with its tenth neighbour, taken to
    be another picture: 0.31 on CIFAR-10, 0.9 on Fashion-MNIST.
    """
    num_rows = len(neighbours.rows)
    rows = np.linspace(0, num_rows - 1, min(NUM_CALIBRATION, num_rows)).astype(np.int64)
    others = neighbours.rows[rows, -1]
    shared = compare(images, np.stack([rows, others], axis=1)).detail
    return float(max(MIN_DETAIL, 1.0 - (1.0 - np.quantile(shared, 0.99)) ** 2))


def _compare_block(images: Rows, pairs: Pairs) -> Alike:
    rows, places = np.unique(pairs, return_inverse=True)
    grey = _reduced(np.asarray(images[rows]), VERIFY_SIDE)
    first, second = (grey[places.reshape(-1, 2)[:, side]] for side in (0, 1))  # (P, h, w)
    fine, other_fine = first - _smooth(first, times=2), second - _smooth(second, times=2)
    shifts = _best_shifts(fine, other_fine)
    correlation, detail = np.empty(len(pairs)), np.empty(len(pairs))
    for down, right in np.unique(shifts, axis=0):
        here = (shifts == (down, right)).all(axis=1)
        correlation[here] = _correlation(*_overlap(first[here], second[here], down, right))
        detail[here] = _correlation(*_overlap(fine[here], other_fine[here], down, right))
    return Alike(correlation, detail)


def _best_shifts(first: Greys, second: Greys) -> NDArray[np.int64]:
    """Return by how many rows and columns the first lies below and right of the second, at best."""
    spectrum = fft.rfft2(first) * np.conj(fft.rfft2(second))
    products = fft.irfft2(spectrum, s=first.shape[1:])  # (P, h, w), at each circular shift
    largest = round(min(first.shape[1:]) * SHIFT_PER_SIDE)
    steps = np.arange(-largest, largest + 1)
    near = products[:, steps[:, None], steps].reshape(len(first), -1)
    best = near.argmax(axis=1)
    return np.stack([steps[best // len(steps)], steps[best % len(steps)]], axis=1)


def _overlap(first: Greys, second: Greys, down: int, right: int) -> tuple[Greys, Greys]:
    height, width = first.shape[1:]
    top, left, bottom, end = max(0, down), max(0, right), height + min(0, down), width + min(0, right)
    return (
        first[:, top:bottom, left:end],
        second[:, top - down : bottom - down, left - right : end - right],
    )


def _correlation(first: Greys, second: Greys) -> NDArray[np.float64]:
    one = (first - first.mean(axis=(1, 2), keepdims=True)).astype(np.float64)
    two = (second - second.mean(axis=(1, 2), keepdims=True)).astype(np.float64)
    norms = np.sqrt((one**2).sum(axis=(1, 2)) * (two**2).sum(axis=(1, 2)))
    return np.asarray((one * two).sum(axis=(1, 2)) / (norms + 1.0), dtype=np.float64)


def _coarse(images: NDArray[np.uint8]) -> Vectors:
    cells = _smooth(_reduced(images, CELLS), times=1).reshape(len(images), -1)
    centred = cells - cells.mean(axis=1, keepdims=True)
    return np.asarray(centred / (centred.std(axis=1, keepdims=True) + CONTRAST_FLOOR), dtype=np.float32)


def _reduced(images: NDArray[np.uint8], side: int) -> Greys:
    """Return the grey images as means over at most ``side`` x ``side`` cells."""
    grey: Greys = images.mean(axis=3, dtype=np.float32)  # (b, H, W)
    for axis in (1, 2):
        length = grey.shape[axis]
        edges = np.linspace(0, length, min(side, length) + 1).round().astype(np.int64)
        sums = np.add.reduceat(grey, edges[:-1], axis=axis)
        sizes = np.diff(edges).astype(np.float32)
        grey = (sums / (sizes[:, None] if axis == 1 else sizes)).astype(np.float32)
    return grey


def _smooth(images: Greys, *, times: int) -> Greys:
    """Return the images after ``times`` passes of the weights 1/4, 1/2, 1/4 along both sides."""
    for _ in range(times):
        for axis in (1, 2):
            padding = [(0, 0), (0, 0), (0, 0)]
            padding[axis] = (1, 1)
            padded = np.moveaxis(np.pad(images, padding, mode="edge"), axis, 0)
            smoothed: Greys = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / np.float32(4)
            images = np.moveaxis(smoothed, 0, axis)
    return images
