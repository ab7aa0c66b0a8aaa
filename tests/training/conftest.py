"""A small set to train on: digits, and a net and settings that make an epoch take a moment."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from datadiet.config import TrainConfig
from datadiet.training.inputs import TrainingData, channel_stats


@pytest.fixture(scope="session")
def digits() -> TrainingData:
    """Return all digits: 1,437 to train on, 163 to validate, 197 to test, ids from 5,000."""
    bunch = load_digits()
    images = np.rint(bunch.images * 255 / 16).astype(np.uint8)[..., None]
    order = np.random.default_rng(0).permutation(len(images))
    train, validation, test = np.split(order, [1437, 1600])
    labels = bunch.target.astype(np.int64)
    return TrainingData(
        images=images,
        train_rows=train,
        train_labels=labels[train],
        train_ids=train + 5000,
        validation_rows=validation,
        validation_labels=labels[validation],
        test_rows=test,
        test_labels=labels[test],
        num_classes=10,
        stats=channel_stats(images, train),
    )


@pytest.fixture(scope="session")
def few_digits(digits: TrainingData) -> TrainingData:
    """Return 165 digits to train on: 10 steps of 16 an epoch and 5 left over."""
    return TrainingData(**{
        **vars(digits),
        "train_rows": digits.train_rows[:165],
        "train_labels": digits.train_labels[:165],
        "train_ids": digits.train_ids[:165],
    })


@pytest.fixture(scope="session")
def short() -> TrainConfig:
    """Return two epochs of the quick net in batches of 16."""
    return TrainConfig(
        model="quick",
        num_epochs=2,
        batch_size=16,
        optimizer="muon",
        schedule="linear",
        crop_padding=1,
        flip=True,
        checkpoint_epochs=(0, 1, 2),
    )
