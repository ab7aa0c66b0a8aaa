"""Real images with planted label noise for benchmarks: symmetric, by pairs of classes, between look-alikes.

Noise between look-alikes is the nearest that planted noise comes to people's mistakes: it falls on images
that a network trained on other images finds ambiguous, and moves them to the class that it half believes.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageOps
from sklearn.datasets import load_digits

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
NUM_TRAIN, NUM_VALIDATION, NUM_REFERENCE = 10_000, 1_000, 12_000  # images drawn of the large sets
NUM_TUNED_ON = (
    26_500  # first images of the shuffled large sets: the score's constants were set while looking at them
)
VALIDATION_FRACTION = 0.1  # of the small sets
CATS_SIDE = 64  # pixels
AMBIGUITY_FLOOR = 0.01  # so that also clear images are mislabelled now and then
SOFTNESS = 1.5  # temperature of the reference network's opinion

PAIRS = {  # the class that each class is taken for
    "cifar10": [2, 9, 0, 5, 7, 3, 4, 4, 0, 1],
    "fashion-mnist": [6, 3, 4, 0, 2, 7, 0, 9, 3, 7],
    "cats-and-dogs": [1, 0],
    "digits": [6, 7, 3, 8, 9, 6, 5, 1, 3, 4],
}


@dataclass(frozen=True)
class Images:
    """Images and true labels: the first ``num_train`` train, the rest validate; others for a reference."""

    pixels: np.ndarray  # uint8 (N, H, W, C)
    truth: np.ndarray  # int64 (N,)
    num_train: int
    reference_pixels: np.ndarray | None  # of other images; None: the set is small, so it is halved
    reference_truth: np.ndarray | None

    @property
    def num_classes(self) -> int:
        return int(self.truth.max()) + 1


def load(name: str) -> Images:
    pixels, truth = _READERS[name]()
    order = np.random.default_rng(1).permutation(len(truth))
    order = order[NUM_TUNED_ON:] if len(order) > NUM_TUNED_ON else order
    if len(order) < NUM_TRAIN + NUM_VALIDATION + NUM_REFERENCE:
        num_train = round((1 - VALIDATION_FRACTION) * len(truth))
        return Images(pixels[order], truth[order], num_train, None, None)
    mine, others = np.split(order[: NUM_TRAIN + NUM_VALIDATION + NUM_REFERENCE], [NUM_TRAIN + NUM_VALIDATION])
    return Images(pixels[mine], truth[mine], NUM_TRAIN, pixels[others], truth[others])


def between_lookalikes(truth: np.ndarray, logits: np.ndarray, fraction: float, seed: int) -> np.ndarray:
    """Return labels of which ``fraction`` are wrong, ambiguous images first, towards what they look like."""
    rng = np.random.default_rng(seed)
    scaled = logits / SOFTNESS
    shares = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    rows = np.arange(len(truth))
    of_truth = shares[rows, truth]
    others = shares.copy()
    others[rows, truth] = 0.0
    ambiguity = others.max(axis=1) / (others.max(axis=1) + of_truth) + AMBIGUITY_FLOOR
    chosen = np.argsort(rng.exponential(size=len(truth)) / ambiguity)[: round(fraction * len(truth))]
    labels = truth.copy()
    for row in chosen:
        weights = others[row] ** 2
        labels[row] = rng.choice(len(weights), p=weights / weights.sum())
    return labels


def pair_matrix(name: str, fraction: float) -> tuple[tuple[float, ...], ...]:
    others = np.eye(len(PAIRS[name]))[PAIRS[name]]
    rows = (1 - fraction) * np.eye(len(others)) + fraction * others
    return tuple(tuple(row) for row in rows.tolist())


def _cifar() -> tuple[np.ndarray, np.ndarray]:
    table = pd.read_parquet(SHARED / "cifar10" / "train.parquet")
    pixels = np.stack([np.asarray(Image.open(io.BytesIO(cell["bytes"]))) for cell in table["img"]])
    return pixels, table["label"].to_numpy(np.int64)


def _fashion() -> tuple[np.ndarray, np.ndarray]:
    raw = SHARED / "FashionMNIST" / "raw"
    pixels = np.frombuffer((raw / "train-images-idx3-ubyte").read_bytes(), np.uint8, offset=16)
    labels = np.frombuffer((raw / "train-labels-idx1-ubyte").read_bytes(), np.uint8, offset=8)
    return pixels.reshape(-1, 28, 28, 1), labels.astype(np.int64)


def _cats() -> tuple[np.ndarray, np.ndarray]:
    paths = [(label, path) for label, name in enumerate(("cat", "dog"))
             for path in sorted((SHARED / "cats_and_dogs" / name).iterdir())]  # fmt: skip
    size = (CATS_SIDE, CATS_SIDE)
    fitted = [
        ImageOps.fit(Image.open(path).convert("RGB"), size, Image.Resampling.BILINEAR) for _, path in paths
    ]
    return np.stack([np.asarray(image) for image in fitted]), np.array([label for label, _ in paths])


def _digits() -> tuple[np.ndarray, np.ndarray]:
    bunch = load_digits()
    return (bunch.images * 15.9375).astype(np.uint8)[..., None], bunch.target.astype(np.int64)


_READERS = {"cifar10": _cifar, "fashion-mnist": _fashion, "cats-and-dogs": _cats, "digits": _digits}
