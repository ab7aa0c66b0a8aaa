"""From stored uint8 pixels to what a network reads: gathered by batch, normalised, at the side asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from datadiet.errors import DataError

ROWS_A_BLOCK = 1024  # images read at a time where a whole split is passed over
EVALUATION_BATCH = 125  # images: their maps fit a processor's cache, a third faster than 500
RESIDENT_BYTES = 1 << 30  # a training split of at most this many pixels bytes stays in memory as uint8


class Images(Protocol):
    """An array of uint8 images ``(N, H, W, C)``: a NumPy array, or one read from disk by the row."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return ``(N, H, W, C)``."""

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """Return the images of these rows, in their order."""


@dataclass(frozen=True)
class ChannelStats:
    """Mean and standard deviation of each channel over the training images, pixels in [0, 1]."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True)
class InputShape:
    """What a model reads and tells apart."""

    num_classes: int
    in_channels: int
    image_size: int  # pixels, shorter side


@dataclass(frozen=True)
class TrainingData:
    """The images of a run and which of them one seed trains, validates and tests on.

    Leaving a fold out is a smaller ``train_rows``; a selection is too. Folds are not all of one size:
    with ``epoch_size`` the smallest training split of any seed, every seed takes the same steps, and
    a larger split drops a few more examples, other ones each epoch.

    Raises:
        DataError: ``epoch_size`` is above the number of ``train_rows``.
    """

    images: Images  # uint8 (N, H, W, C)
    train_rows: np.ndarray  # int64 (n,), rows of images
    train_labels: np.ndarray  # int64 (n,), trained on, noise included
    train_ids: np.ndarray  # int64 (n,), example_id
    validation_rows: np.ndarray
    validation_labels: np.ndarray  # given labels
    test_rows: np.ndarray
    test_labels: np.ndarray  # given labels
    num_classes: int
    stats: ChannelStats  # of the training split
    epoch_size: int | None = None  # examples that an epoch's steps are counted from; None: all of train_rows
    train_stages: np.ndarray | None = None  # int64 (n,), stage of a curriculum, from 1; None: no curriculum

    def __post_init__(self) -> None:
        if self.num_per_epoch > len(self.train_rows):
            raise DataError(f"epoch_size is {self.epoch_size}; there are {len(self.train_rows)} train_rows.")

    @property
    def num_per_epoch(self) -> int:
        """Return the examples that the steps of an epoch are counted from."""
        return len(self.train_rows) if self.epoch_size is None else self.epoch_size

    def without_held_out(self) -> TrainingData:
        """Return the same training with nothing to measure it on while it goes."""
        none = np.zeros(0, dtype=np.int64)
        return replace(self, validation_rows=none, validation_labels=none, test_rows=none, test_labels=none)

    @property
    def shape(self) -> InputShape:
        """Return what a model of these images reads and tells apart."""
        _, height, width, channels = self.images.shape
        return InputShape(self.num_classes, channels, min(height, width))


def channel_stats(images: Images, rows: np.ndarray) -> ChannelStats:
    """Return the channel statistics of the images at ``rows``, exact whatever the block size.

    A channel that never changes gets one grey level (1/255) as its deviation, so that it divides.

    Args:
        images: uint8 ``(N, H, W, C)``.
        rows: int64 ``(n,)``, rows of the training split.

    Raises:
        DataError: There is no row.
    """
    if not len(rows):
        raise DataError("Channel statistics need at least one training image, got none.")
    counts = np.zeros((images.shape[3], 256), dtype=np.int64)
    for block in np.split(rows, range(ROWS_A_BLOCK, len(rows), ROWS_A_BLOCK)):
        pixels = np.asarray(images[block])
        counts += np.stack([np.bincount(plane.ravel(), minlength=256) for plane in np.moveaxis(pixels, 3, 0)])
    levels = np.arange(256) / 255.0
    share = counts / counts.sum(axis=1, keepdims=True)  # (C, 256)
    mean = share @ levels
    variance = (share * (levels - mean[:, None]) ** 2).sum(axis=1)
    std = np.maximum(np.sqrt(variance), 1 / 255)
    return ChannelStats(tuple(mean.tolist()), tuple(std.tolist()))


def to_input(
    pixels: np.ndarray | Tensor, stats: ChannelStats, device: torch.device, side: int | None = None
) -> Tensor:
    """Return network input: float32 ``(B, C, H, W)``, channels last in memory, zero mean, unit deviation.

    Args:
        pixels: uint8 ``(B, H, W, C)``.
        stats: Of the training split.
        device: Where the network is.
        side: Pixels of the shorter side to average down to; None: as many as there are.
    """
    tensor = torch.as_tensor(pixels).to(device)
    scale, offset = _scale_and_offset(stats, tensor.device)
    values = tensor.float().mul_(scale).add_(offset)  # (B, H, W, C)
    x = values.permute(0, 3, 1, 2)
    return x if side is None else _resized(x, side)


@lru_cache(maxsize=8)
def _scale_and_offset(stats: ChannelStats, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return what pixels are multiplied by, and what is added, ``(C,)`` each; sent to a GPU once."""
    with torch.inference_mode(mode=False):
        scale = torch.tensor([1 / (255 * s) for s in stats.std], device=device)
        offset = torch.tensor([-m / s for m, s in zip(stats.mean, stats.std, strict=True)], device=device)
    return scale, offset


def _resized(x: Tensor, side: int) -> Tensor:
    """Return input averaged down to ``side`` pixels of its shorter side, the same where it has no more."""
    height, width = x.shape[2:]
    shorter = min(height, width)
    if side == shorter:
        return x
    size = (round(height * side / shorter), round(width * side / shorter))
    smaller = functional.interpolate(x, size, mode="bilinear", antialias=True)
    return smaller.contiguous(memory_format=torch.channels_last)


def input_batches(
    images: Images,
    rows: np.ndarray,
    stats: ChannelStats,
    *,
    device: torch.device,
    batch_size: int,
    side: int | None = None,
) -> Iterator[Tensor]:
    """Yield network input for ``rows`` in order, ``batch_size`` at a time, the short last one included."""
    for start in range(0, len(rows), batch_size):
        yield to_input(np.asarray(images[rows[start : start + batch_size]]), stats, device, side)


@torch.no_grad()
def predictions(
    model: nn.Module,
    images: Images,
    rows: np.ndarray,
    stats: ChannelStats,
    device: torch.device,
    side: int | None = None,
) -> np.ndarray:
    """Return the class that ``model`` gives each of ``rows`` at ``side``, int64 ``(n,)``, evaluation mode."""
    model.eval()
    batches = input_batches(images, rows, stats, device=device, batch_size=EVALUATION_BATCH, side=side)
    predicted = [model(x).argmax(dim=1).cpu().numpy() for x in batches]
    return np.concatenate(predicted) if predicted else np.zeros(0, dtype=np.int64)


def accuracy(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of classes ``(n,)`` that are ``labels``; NaN of none."""
    return float(np.mean(predicted == labels)) if len(labels) else float("nan")


class TrainingPixels:
    """The training split's pixels: in memory as uint8 when they fit, else read from the array by batch.

    Args:
        images: uint8 ``(N, H, W, C)``.
        rows: int64 ``(n,)``, rows of the training split.
        device: Where resident pixels are kept.
        resident_bytes: The most that is kept.
    """

    def __init__(
        self,
        images: Images,
        rows: np.ndarray,
        device: torch.device,
        *,
        resident_bytes: int = RESIDENT_BYTES,
    ) -> None:
        self._images = images
        self._rows = rows
        self._device = device
        fits = len(rows) * int(np.prod(images.shape[1:])) <= resident_bytes
        self._resident = self._load() if fits else None

    def _load(self) -> Tensor:
        pixels = torch.empty((len(self._rows), *self._images.shape[1:]), dtype=torch.uint8)
        for start in range(0, len(self._rows), ROWS_A_BLOCK):
            block = self._images[self._rows[start : start + ROWS_A_BLOCK]]
            pixels[start : start + ROWS_A_BLOCK] = torch.from_numpy(np.asarray(block))
        return pixels.to(self._device)

    def gather(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Return uint8 pixels ``(n, H, W, C)`` and where in them the asked-for images lie.

        Args:
            positions: int64 ``(B,)`` on the CPU, places in the training split.

        Returns:
            All resident pixels and ``positions``, or the images read and ``0 ... B - 1``; on the device.
        """
        if self._resident is not None:
            return self._resident, positions.to(self._device, non_blocking=True)
        pixels = torch.from_numpy(np.asarray(self._images[self._rows[positions.numpy()]]))
        return pixels.to(self._device, non_blocking=True), torch.arange(len(positions), device=self._device)
