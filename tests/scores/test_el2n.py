"""EL2N: values by hand, the twin, refusals."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from datadiet.errors import ConfigError, DataError
from datadiet.scores.el2n import el2n
from tests import oracles


def test_is_root_two_when_sure_and_wrong_and_zero_when_sure_and_right():
    logits = torch.tensor([[0.0, 99.0], [0.0, 99.0]], dtype=torch.float64)
    expected = torch.tensor([2.0**0.5, 0.0], dtype=torch.float64)
    torch.testing.assert_close(el2n(logits, torch.tensor([0, 1])), expected)


def test_of_equal_logits_is_known_by_hand():
    scores = el2n(torch.zeros(1, 4, dtype=torch.float64), torch.tensor([2]))
    torch.testing.assert_close(scores, torch.tensor([(12 / 16) ** 0.5], dtype=torch.float64))


def test_equals_its_twin():
    logits = torch.randn(6, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    labels = torch.tensor([0, 1, 2, 3, 4, 0])
    expected = [oracles.el2n(row, label) for row, label in zip(logits.tolist(), labels.tolist(), strict=True)]
    torch.testing.assert_close(el2n(logits, labels), torch.tensor(expected, dtype=torch.float64))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_keeps_the_dtype_of_the_logits(dtype):
    assert el2n(torch.zeros(2, 3, dtype=dtype), torch.tensor([0, 1])).dtype == dtype


def test_takes_labels_of_any_integer_dtype():
    logits = torch.randn(2, 3, generator=torch.Generator().manual_seed(0))
    found = el2n(logits, torch.tensor([0, 2], dtype=torch.uint8))
    torch.testing.assert_close(found, el2n(logits, torch.tensor([0, 2])))


@pytest.mark.parametrize("label", [-1, 3, 2**40])
def test_label_outside_the_classes_is_refused(label):
    with pytest.raises(DataError, match=rf"outside \[0, 3\), the first is {label}"):
        el2n(torch.zeros(1, 3), torch.tensor([label]))


def test_labels_that_are_no_integers_are_refused():
    with pytest.raises(DataError, match=r"labels are torch.float32; they must be integers"):
        el2n(torch.zeros(1, 3), torch.tensor([1.0]))


@pytest.mark.parametrize(("logits", "labels"), [((3,), (3,)), ((2, 3), (3,)), ((2, 3), (2, 1))])
def test_shapes_that_do_not_belong_together_are_refused(logits, labels):
    with pytest.raises(DataError, match=r"logits must be \(B, C\) and labels \(B,\)"):
        el2n(torch.zeros(logits), torch.zeros(labels, dtype=torch.int64))


def test_logits_that_are_no_floats_are_refused():
    with pytest.raises(DataError, match=r"logits are torch.int64; they must be floats"):
        el2n(torch.zeros(1, 3, dtype=torch.int64), torch.tensor([0]))


def test_what_is_no_tensor_is_refused_by_name():
    with pytest.raises(ConfigError, match=r"logits is array\(\[0.\]\); it must be a tensor; torch.as_tensor"):
        el2n(np.zeros(1), torch.tensor([0]))
    with pytest.raises(ConfigError, match=r"labels is \[0\]; it must be a tensor"):
        el2n(torch.zeros(1, 3), [0])
