"""Small tables that several tests of triage start from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from datadiet.frames.examples import EXAMPLES
from datadiet.triage.evidence import SeedEvidence


@pytest.fixture
def examples_of() -> Callable[..., pd.DataFrame]:
    """Return a maker of EXAMPLES tables; columns given replace the plain ones."""

    def make(num_examples: int, **columns: object) -> pd.DataFrame:
        ids = np.arange(num_examples)
        plain: dict[str, object] = {
            "example_id": ids,
            "source_key": [f"key {number}" for number in ids],
            "split": "train",
            "given_label": 0,
            "true_label": pd.NA,
            "group": "",
            "image_hash": [f"hash {number}" for number in ids],
            "width": 32,
            "height": 32,
            "note": "",
        }
        return EXAMPLES.conform(pd.DataFrame(plain | columns, index=ids))

    return make


@dataclass(frozen=True)
class PlantedDigits:
    """Digits with a tenth of the labels of train and validation flipped, and a small ensemble."""

    labels: np.ndarray
    is_wrong: np.ndarray
    truth: np.ndarray
    split: np.ndarray
    seeds: tuple[SeedEvidence, ...]


@pytest.fixture(scope="session")
def planted_digits() -> PlantedDigits:
    """Return the digits as an ensemble of three small networks with folds sees them."""
    pixels, truth = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    split = rng.permutation(np.repeat(["train", "validation", "test"], [1200, 200, 397]))
    is_wrong = (rng.random(len(truth)) < 0.1) & (split != "test")
    labels = np.where(is_wrong, (truth + rng.integers(1, 10, len(truth))) % 10, truth)
    fold = rng.integers(0, 3, len(truth))
    seeds = [
        _seed_evidence(pixels / 16, labels, (split == "train") & (fold != seed), seed) for seed in range(3)
    ]
    return PlantedDigits(labels, is_wrong, truth, split, tuple(seeds))


def _seed_evidence(x: np.ndarray, labels: np.ndarray, is_train: np.ndarray, seed: int) -> SeedEvidence:
    """Return what a small network says after eight epochs; it is asked before each of the last seven."""
    net = MLPClassifier(48, learning_rate_init=3e-3, batch_size=32, random_state=seed)
    heard, accuracies = np.zeros((len(x), 10)), []
    for epoch in range(8):
        if epoch:
            shares = net.predict_proba(x)
            heard += np.log(shares.clip(1e-4))
            accuracies.append(float((shares.argmax(axis=1) == labels)[is_train].mean()))
        net.partial_fit(x[is_train], labels[is_train], classes=np.arange(10))
    heard /= 7
    heard[~is_train] = np.nan
    features = np.maximum(x @ net.coefs_[0] + net.intercepts_[0], 0)
    return SeedEvidence(net.predict_proba(x), features, is_train, heard, tuple(accuracies))
