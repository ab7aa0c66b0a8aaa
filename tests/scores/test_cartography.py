"""Confidence and variability over training."""

from __future__ import annotations

import numpy as np

from datadiet.scores.cartography import CONFIDENCE, VARIABILITY, cartography
from tests.scores import signals


def test_is_mean_and_deviation_of_the_labels_probability():
    values = {0: [0.25, 0.75], 1: [0.5, 0.5], 2: [0.0, None]}
    scores = cartography(signals.frame("label_probability", values))
    assert scores["confidence"].tolist() == [0.5, 0.5, 0.0]
    assert scores["variability"].tolist() == [0.25, 0.0, 0.0]


def test_methods_give_one_value_each():
    frame = signals.frame("label_probability", {0: [0.25, 0.75]})
    assert CONFIDENCE.compute(frame)["value"].tolist() == [0.5]
    assert VARIABILITY.compute(frame)["value"].tolist() == [0.25]


def test_equals_numpy_on_random_histories():
    probabilities = np.random.default_rng(0).random((100, 6)).astype(np.float32)
    scores = cartography(signals.frame("label_probability", dict(enumerate(probabilities.tolist()))))
    np.testing.assert_allclose(scores["variability"], probabilities.astype(float).std(axis=1), rtol=1e-6)
