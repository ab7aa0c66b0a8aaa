"""Duplicates: groups, conflicts and leaks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from datadiet.frames.examples import DUPLICATES
from datadiet.triage.duplicates import count_duplicates, exact_pairs, find_duplicates, group_pairs

NO_PAIRS = np.empty((0, 2), np.int64)


def noise_images(num_images: int, side: int = 32) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (num_images, side, side, 3)).astype(np.uint8)


def test_images_with_one_hash_are_one_exact_group(examples_of):
    examples = examples_of(5, image_hash=["a", "b", "a", "c", "a"])
    found = group_pairs(examples, exact_pairs(examples["image_hash"]), NO_PAIRS)
    assert found["example_id"].tolist() == [0, 2, 4]
    assert found["duplicate_group"].tolist() == [0, 0, 0]
    assert set(found["kind"]) == {"exact"}


def test_groups_are_numbered_by_their_lowest_example_id(examples_of):
    examples = examples_of(6, example_id=[50, 40, 30, 20, 10, 0])
    found = group_pairs(examples, np.array([[0, 1], [4, 5]]), NO_PAIRS)
    assert found["example_id"].tolist() == [0, 10, 40, 50]
    assert found["duplicate_group"].tolist() == [0, 0, 1, 1]


def test_chains_join_a_group_and_say_who_is_only_near(examples_of):
    found = group_pairs(examples_of(4), np.array([[0, 1]]), np.array([[1, 2]]))
    assert found["kind"].tolist() == ["exact", "exact", "near"]
    assert found["duplicate_group"].nunique() == 1


def test_bad_input_18_the_same_image_under_two_labels_is_a_conflict(examples_of):
    examples = examples_of(4, given_label=[0, 1, 1, 1])
    found = group_pairs(examples, np.array([[0, 1], [2, 3]]), NO_PAIRS)
    assert found["is_conflict"].tolist() == [True, True, False, False]


def test_bad_input_46_images_shared_by_train_and_test_are_a_leak(examples_of):
    examples = examples_of(4, split=["train", "test", "train", "train"])
    found = group_pairs(examples, np.array([[0, 1], [2, 3]]), NO_PAIRS)
    assert found["is_leak"].tolist() == [True, True, False, False]
    counts = count_duplicates(found)
    assert (counts.num_groups, counts.num_examples, counts.num_conflicts, counts.num_leaks) == (2, 4, 0, 1)


def test_a_set_without_duplicates_gives_an_empty_table(examples_of):
    found = find_duplicates(noise_images(20), examples_of(20))
    pd.testing.assert_frame_equal(found, DUPLICATES.empty())
    assert count_duplicates(found).num_groups == 0


def test_a_slightly_changed_copy_is_a_near_duplicate(examples_of):
    images = noise_images(60)
    images[7] = (images[3] * 0.8 + 10).astype(np.uint8)
    found = find_duplicates(images, examples_of(60))
    assert found["example_id"].tolist() == [3, 7]
    assert set(found["kind"]) == {"near"}
