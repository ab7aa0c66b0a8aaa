"""One pass gives every score that reads it, in the order asked for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from datadiet.errors import ConfigError, DataError
from datadiet.scores.grand import grand
from datadiet.scores.passes import evaluate
from datadiet.training.inputs import ChannelStats, to_input
from datadiet.training.models import build_model
from tests import oracles

STATS = ChannelStats(mean=(0.4, 0.5, 0.6), std=(0.2, 0.25, 0.3))
METHODS = ["el2n", "grand", "grand_last_layer", "input_norm"]
CPU = torch.device("cpu")
IMAGES = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 3), dtype=np.uint8)
ROWS = np.array([7, 3, 11, 0, 5])
LABELS = np.array([0, 1, 2, 3, 0])


@pytest.fixture(scope="module")
def model():
    return build_model("quick", num_classes=4, in_channels=3, image_size=16, seed=0)


def scored(model, *, batch_size=8, methods=METHODS, rows=ROWS, labels=LABELS):
    return evaluate(model, IMAGES, rows, labels, STATS, methods, device=CPU, batch_size=batch_size)


def test_values_are_those_of_the_functions(model):
    result = scored(model)
    inputs, labels = to_input(IMAGES[ROWS], STATS, CPU), torch.as_tensor(LABELS)
    model.eval()
    with torch.no_grad():
        logits = model(inputs)
    expected = [oracles.el2n(row, label) for row, label in zip(logits.tolist(), LABELS.tolist(), strict=True)]
    np.testing.assert_allclose(result.values["el2n"], expected, rtol=1e-5)
    np.testing.assert_allclose(result.values["grand"], grand(model, inputs, labels).numpy(), rtol=1e-4)
    np.testing.assert_allclose(result.values["input_norm"], inputs.flatten(1).norm(dim=1), rtol=1e-5)
    np.testing.assert_allclose(result.probabilities, logits.softmax(1), rtol=1e-4, atol=1e-6)


def test_arrays_have_a_row_an_example_and_stated_dtypes(model):
    result = scored(model)
    assert set(result.values) == set(METHODS)
    assert all(each.shape == (5,) and each.dtype == np.float64 for each in result.values.values())
    assert result.probabilities.shape == (5, 4)
    assert result.probabilities.dtype == result.features.dtype == np.float32
    assert len(result.features) == len(result.margins) == 5


def test_margin_is_negative_exactly_where_another_class_wins(model):
    result = scored(model)
    assert np.array_equal(result.margins > 0, result.probabilities.argmax(axis=1) == LABELS)


def test_batch_size_does_not_change_the_values(model):
    whole, parts = scored(model), scored(model, batch_size=2)
    for name in METHODS:
        np.testing.assert_allclose(parts.values[name], whole.values[name], rtol=1e-4)


def test_no_method_still_gives_probabilities_and_features(model):
    assert scored(model, methods=[]).values == {}


def test_model_is_left_in_its_mode(model):
    model.train()
    scored(model, methods=["el2n"])
    assert model.training


def test_method_that_reads_no_pass_is_refused(model):
    with pytest.raises(ConfigError, match="method of a pass is 'margin'; it must be one of el2n, grand"):
        scored(model, methods=["margin"])


def test_other_number_of_labels_than_rows_is_refused(model):
    with pytest.raises(DataError, match="as many labels as rows"):
        scored(model, labels=LABELS[:2])


def test_no_row_is_refused(model):
    with pytest.raises(DataError, match="at least one"):
        scored(model, rows=ROWS[:0], labels=LABELS[:0])


class SaysPrecision(torch.nn.Module):
    """Notes in which precision a GPU would convolve."""

    def __init__(self):
        super().__init__()
        self.head = torch.nn.Linear(3 * 16 * 16, 4)
        self.seen = set()

    def forward(self, x):
        self.seen.add(torch.backends.cudnn.conv.fp32_precision)
        return self.head(x.flatten(1))


@pytest.mark.parametrize("methods", [["el2n"], ["grand"], []])
def test_a_gpu_computes_scores_in_full_float32(methods):
    model = SaysPrecision()
    scored(model, methods=methods)
    assert model.seen == {"ieee"}
    model(torch.zeros(1, 3, 16, 16))
    assert model.seen == {"ieee", "tf32"}  # elsewhere it would not
