"""The pooled opinion: temperatures, the discriminant, and how much training itself counts."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from datadiet.errors import DataError
from datadiet.triage import discriminant as module
from datadiet.triage.discriminant import discriminant_logits
from datadiet.triage.evidence import (
    SeedEvidence,
    log_softmax,
    pooled_opinion,
    tempered,
    trust_in_training,
)


def test_the_temperature_undoes_overconfidence():
    rng = np.random.default_rng(0)
    honest = 2 * rng.normal(size=(4000, 3)).astype(np.float32)
    shares = np.exp(log_softmax(honest))
    labels = (rng.random((4000, 1)) > shares.cumsum(axis=1)).sum(axis=1).clip(max=2)
    np.testing.assert_allclose(
        tempered(honest * 5, labels, np.ones(4000, bool)), log_softmax(honest), atol=0.8
    )


@pytest.mark.parametrize(
    ("accuracies", "low", "high"),
    [([0.5], 0, 0), ([0.4, 0.6, 0.7], 0, 0.1), ([0.9] * 12, 0.6, 0.7), ([], 0, 0)],
)
def test_training_counts_little_after_three_epochs_and_much_after_a_dozen(accuracies, low, high):
    assert low <= trust_in_training([accuracies, accuracies], reachable=0.7) <= high


def test_epochs_after_memorisation_do_not_silence_the_ones_before():
    accuracies = [0.5, 0.8, 0.85, 0.9, 0.95, 1.0]
    assert trust_in_training([accuracies], reachable=0.82) > trust_in_training([accuracies], reachable=1.0)


def test_the_discriminant_is_that_of_scikit_learn_fitted_without_the_example(planted_digits, monkeypatch):
    monkeypatch.setattr(module, "SHRINKAGE", 1e-6)
    features = [np.log1p(planted_digits.seeds[0].features) - 0.5]  # not all positive, so not rooted
    labels, is_train = planted_digits.labels, planted_digits.split == "train"
    found = discriminant_logits(labels, features, is_train, num_classes=10)
    rows = np.flatnonzero(is_train)
    folds = module._folds(is_train)
    fitted = rows[folds[rows] != 0]
    other = rows[folds[rows] == 0]
    theirs = LinearDiscriminantAnalysis(solver="lsqr").fit(features[0][fitted], labels[fitted])
    agreement = (theirs.predict(features[0][other]) == found[other].argmax(axis=1)).mean()
    assert agreement > 0.99


def test_no_example_votes_for_itself():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(300, 200))  # nothing to learn, and room to memorise
    labels = rng.integers(0, 2, 300)
    found = discriminant_logits(labels, [features], np.ones(300, bool), num_classes=2)
    assert (found.argmax(axis=1) == labels).mean() < 0.65


def test_wide_features_are_projected(monkeypatch, planted_digits):
    features = [one.features for one in planted_digits.seeds]
    is_train = planted_digits.split == "train"
    whole = discriminant_logits(planted_digits.labels, features, is_train, num_classes=10)
    monkeypatch.setattr(module, "MAX_COLUMNS", 90)
    narrow = discriminant_logits(planted_digits.labels, features, is_train, num_classes=10)
    assert (whole.argmax(axis=1) == narrow.argmax(axis=1)).mean() > 0.95


def test_r19_blocks_change_nothing(monkeypatch, planted_digits):
    whole = pooled_opinion(planted_digits.labels, planted_digits.seeds)
    for name in ("datadiet.triage.evidence.READ_ROWS", "datadiet.triage.discriminant.READ_ROWS"):
        monkeypatch.setattr(name, 100)
    blocked = pooled_opinion(planted_digits.labels, planted_digits.seeds)
    np.testing.assert_allclose(blocked.pooled, whole.pooled, atol=0.02)


def test_a_class_without_an_example_is_never_suggested():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 2], 60)
    features = rng.normal(size=(120, 4)) + labels[:, None]
    probabilities = np.eye(3)[labels] * 0.9 + 0.1 / 3
    opinion = pooled_opinion(labels, [SeedEvidence(probabilities, features, np.ones(120, bool))])
    assert 1 not in opinion.pooled.argmax(axis=1)


def test_seeds_that_trained_on_nothing_are_refused():
    empty = SeedEvidence(np.full((4, 2), 0.5), np.ones((4, 3)), np.zeros(4, bool))
    with pytest.raises(DataError, match="No seed trained"):
        pooled_opinion(np.zeros(4, int), [empty])


def test_the_least_biased_probabilities_are_left_out_ones_where_there_are_any():
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(40, 3)), np.arange(40) % 2
    is_train = np.arange(40) < 30
    seeds = [
        SeedEvidence(np.full((40, 2), 0.5), features, is_train),
        SeedEvidence(np.full((40, 2), [0.2, 0.8]), features, np.arange(40) >= 10),
    ]
    found = pooled_opinion(labels, seeds).least_biased
    np.testing.assert_allclose(found[[0, 20, 35]], [[0.2, 0.8], [0.35, 0.65], [0.5, 0.5]], rtol=1e-6)
