"""Near pairs on real images: planted copies are found, look-alikes do not flood."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from datadiet.triage import lookalikes
from datadiet.triage.lookalikes import compare, descriptors, near_pairs

NUM_IMAGES = 2000
NUM_COPIES = 40


@pytest.fixture(scope="module")
def photographs(shared_data: Path) -> np.ndarray:
    column = pd.read_parquet(shared_data / "cifar10" / "test.parquet")["img"][:NUM_IMAGES]
    return np.stack([np.asarray(Image.open(io.BytesIO(cell["bytes"])).convert("RGB")) for cell in column])


@pytest.fixture(scope="module")
def garments(shared_data: Path) -> np.ndarray:
    raw = (shared_data / "FashionMNIST" / "raw" / "t10k-images-idx3-ubyte").read_bytes()
    return np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28, 1)[:NUM_IMAGES]


def saved_as_jpeg(image: np.ndarray) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=50)
    return np.asarray(Image.open(buffer))


CHANGES = {
    "saved as a poor JPEG": saved_as_jpeg,
    "darker": lambda image: (image * 0.8 + 10).astype(np.uint8),
    "noisy": lambda image: np.clip(image + np.random.default_rng(0).normal(0, 6, image.shape), 0, 255).astype(
        np.uint8
    ),
    "moved by a pixel": lambda image: np.pad(image, ((1, 0), (1, 0), (0, 0)), mode="edge")[:-1, :-1],
}


def recall(images: np.ndarray, change) -> float:
    copies = np.stack([change(image) for image in images[:NUM_COPIES]])
    found = set(map(tuple, near_pairs(np.concatenate([images, copies])).tolist()))
    return np.mean([(row, len(images) + row) in found for row in range(NUM_COPIES)])


@pytest.mark.shared
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_changed_copies_of_photographs_are_found(photographs, change):
    assert recall(photographs, change) >= 0.9


@pytest.mark.shared
def test_brightened_copies_are_found_even_among_garments(garments):
    assert recall(garments, CHANGES["darker"]) >= 0.9


@pytest.mark.shared
def test_images_that_only_look_alike_do_not_flood(photographs, garments):
    assert len(near_pairs(photographs)) <= 10
    assert len(near_pairs(garments)) <= 10


def test_copies_in_a_large_set_are_found_by_the_approximate_search_too(monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (3000, 16, 16, 1)).astype(np.uint8)
    images[-NUM_COPIES:] = images[:NUM_COPIES] * 0.8 + 10
    exact = near_pairs(images)
    monkeypatch.setattr(lookalikes, "EXACT_UP_TO", 100)
    np.testing.assert_array_equal(near_pairs(images), exact)
    assert exact.tolist() == [[row, 3000 - NUM_COPIES + row] for row in range(NUM_COPIES)]


def test_images_below_16_pixels_are_not_compared():
    digits = load_digits().images.astype(np.uint8)[..., None]
    assert near_pairs(digits).shape == (0, 2)


def test_flat_images_have_no_descriptor_and_no_copy():
    flat = np.full((50, 32, 32, 1), 128, np.uint8)
    assert not descriptors(flat).any()
    assert len(near_pairs(flat)) == 0


def test_a_shift_is_undone_before_images_are_compared():
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 1)).astype(np.uint8)
    moved = np.roll(image, (2, -1), axis=(0, 1))
    alike = compare(np.stack([image, moved]), np.array([[0, 1], [1, 0]]))
    np.testing.assert_allclose(alike.correlation, 1.0, atol=1e-3)
    assert (alike.detail > 0.9).all()


def test_pairs_do_not_depend_on_how_many_are_compared_at_once(monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (12, 40, 40, 3)).astype(np.uint8)
    pairs = np.array([[0, 1], [2, 3], [4, 5], [0, 9]])
    together = compare(images, pairs)
    monkeypatch.setattr(lookalikes, "PAIRS_AT_ONCE", 1)
    np.testing.assert_allclose(compare(images, pairs).detail, together.detail, atol=1e-6)
