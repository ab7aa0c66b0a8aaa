from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadiet.config import NoiseConfig
from datadiet.data.noise import checked_matrix, flip_labels, read_matrix
from datadiet.errors import ConfigError, DataError

KINDS = ["symmetric", "uniform", "permute", "pair"]


def flipped(kind: str, fraction: float = 0.1, *, num: int = 10_000, seed: int = 0):
    labels = np.arange(num) % 10
    config = NoiseConfig(kind=kind, fraction=fraction, seed=seed)
    return labels, flip_labels(labels, np.ones(num, bool), config, 10)


def test_symmetric_noise_makes_exactly_the_fraction_wrong():
    _, flips = flipped("symmetric")
    assert flips.is_flipped.sum() == 1000
    assert flips.realised_fraction == pytest.approx(0.1)


@pytest.mark.parametrize("kind", ["uniform", "permute"])
def test_uniform_and_permuted_noise_hit_the_true_label_a_tenth_of_the_time(kind):
    _, flips = flipped(kind)
    assert flips.realised_fraction == pytest.approx(0.09, abs=0.01)


def test_permuted_noise_keeps_the_class_counts():
    labels, flips = flipped("permute", 0.4)
    assert np.bincount(flips.labels).tolist() == np.bincount(labels).tolist()


def test_pair_noise_goes_to_the_next_class():
    labels, flips = flipped("pair", 0.2)
    assert ((flips.labels - labels)[flips.is_flipped] % 10 == 1).all()
    assert flips.is_flipped.sum() == 2000


@settings(max_examples=40, deadline=None)
@given(
    labels=st.lists(st.integers(0, 4), min_size=1, max_size=60),
    kind=st.sampled_from(KINDS),
    fraction=st.floats(0, 1, exclude_min=True),
    seed=st.integers(0, 5),
)
def test_only_eligible_labels_change_and_the_mask_says_which(labels, kind, fraction, seed):
    given_labels = np.array(labels)
    eligible = np.arange(len(labels)) % 3 != 0
    flips = flip_labels(given_labels, eligible, NoiseConfig(kind=kind, fraction=fraction, seed=seed), 5)
    assert not flips.is_flipped[~eligible].any()
    assert np.array_equal(flips.is_flipped, flips.labels != given_labels)
    assert ((flips.labels >= 0) & (flips.labels < 5)).all()


def test_r18_the_same_seed_gives_the_same_flips_on_every_machine():
    _, flips = flipped("symmetric", num=100)
    assert [(int(i), int(flips.labels[i])) for i in np.flatnonzero(flips.is_flipped)] == FLIPS


FLIPS = [(8, 7), (13, 4), (21, 2), (30, 6), (53, 6), (77, 4), (90, 2), (92, 4), (94, 5), (98, 9)]


def test_another_seed_gives_other_flips():
    assert not np.array_equal(flipped("symmetric")[1].labels, flipped("symmetric", seed=1)[1].labels)


def test_a_matrix_sets_the_fraction_of_each_class():
    labels = np.arange(20_000) % 2
    matrix = ((1.0, 0.0), (0.3, 0.7))
    flips = flip_labels(labels, np.ones(20_000, bool), NoiseConfig(kind="asymmetric", matrix=matrix), 2)
    assert not flips.is_flipped[labels == 0].any()
    assert flips.is_flipped[labels == 1].mean() == pytest.approx(0.3, abs=0.02)


def test_a_matrix_of_another_size_is_refused():
    config = NoiseConfig(kind="asymmetric", matrix=((1.0, 0.0), (0.0, 1.0)))
    with pytest.raises(ConfigError, match="2 x 2; with 3 classes"):
        flip_labels(np.array([0, 1, 2]), np.ones(3, bool), config, 3)


def test_asymmetric_noise_without_a_matrix_is_refused():
    with pytest.raises(ConfigError, match=r"asymmetric noise needs a transition matrix; .* --noise-matrix"):
        NoiseConfig.parse("asymmetric:0.1")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([[1.2, -0.2], [0, 1]], r"Row 0, column 0 .* is 1\.2; every entry is the share"),
        ([[1, 0], [-0.5, 1.5]], r"Row 1, column 0 .* is -0\.5; every entry is the share"),
        ([[1, 0], ["nan", 1]], r"Row 1, column 0 .* is nan"),
        ([[1, 0], [0.5, 0.4]], r"Row 1 .* sums to 0\.9; .* it must sum to 1"),
        ([[1, 0, 0], [0, 1]], "every row must have as many numbers"),
        ([["a", 0], [0, 1]], "must be rows of numbers"),
        (None, "must be rows of numbers"),
    ],
)
def test_a_matrix_that_is_none_of_shares_is_refused(rows, sentence):
    with pytest.raises(ConfigError, match=sentence):
        checked_matrix(rows)


def test_a_label_outside_the_classes_is_refused():
    with pytest.raises(DataError, match="outside"):
        flip_labels(np.array([0, 7]), np.ones(2, bool), NoiseConfig(), 2)


@pytest.mark.parametrize("name", ["m.csv", "m.json"])
def test_a_matrix_file_is_csv_or_json(tmp_path, name):
    rows = [[0.9, 0.1], [0.2, 0.8]]
    text = json.dumps(rows) if name.endswith("json") else "0.9,0.1\n0.2,0.8\n"
    (tmp_path / name).write_text(text)
    assert read_matrix(tmp_path / name) == ((0.9, 0.1), (0.2, 0.8))


@pytest.mark.parametrize(
    ("text", "match"),
    [("0.9,0.2\n0,1\n", "Row 0 .* sums to 1.1"), ("1,0\n", "1 rows"), ("a,b\nc,d\n", "rows of numbers")],
)
def test_a_matrix_whose_rows_are_no_shares_is_refused(tmp_path, text, match):
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(ConfigError, match=match):
        read_matrix(tmp_path / "m.csv")
