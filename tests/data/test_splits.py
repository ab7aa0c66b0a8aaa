from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadiet.config import DataConfig
from datadiet.data.decoding import Decoders
from datadiet.data.plan import plan
from datadiet.data.sources import ArraySource
from datadiet.data.splits import assign_folds, assign_splits
from datadiet.errors import ConfigError, DataError


def frame(labels, splits=None, groups=None) -> pd.DataFrame:
    count = len(labels)
    return pd.DataFrame(
        {"label": labels, "split": splits or [None] * count, "group": groups or [None] * count}, dtype=object
    )


def test_without_any_split_a_fifth_is_test_and_a_tenth_of_train_validation():
    splits = assign_splits(frame([0, 1] * 500), DataConfig())
    assert {name: int((splits == name).sum()) for name in ("train", "validation", "test")} == {
        "train": 720,
        "validation": 80,
        "test": 200,
    }


def test_the_sources_own_splits_are_kept():
    own = ["train"] * 8 + ["validation", "test"]
    assert assign_splits(frame([0, 1] * 5, own), DataConfig()).tolist() == own


def test_only_validation_is_drawn_where_the_source_has_a_test_split():
    splits = assign_splits(frame([0, 1] * 50, ["train"] * 80 + ["test"] * 20), DataConfig())
    assert (splits[80:] == "test").all()
    assert (splits[:80] == "validation").sum() == 8


def test_a_source_that_is_all_test_counts_as_one_without_splits():
    splits = assign_splits(frame([0, 1] * 10, ["test"] * 20), DataConfig())
    assert (splits == "train").sum() == 14


def test_validation_and_test_without_anything_to_train_on_are_refused():
    with pytest.raises(DataError, match=r"none to train on.*--split-column"):
        assign_splits(frame([0, 1] * 2, ["validation", "test"] * 2), DataConfig())


def test_a_source_that_is_all_test_says_that_its_splits_were_drawn():
    everything = np.zeros((20, 8, 8), np.uint8), np.arange(20) % 2
    source = ArraySource(*everything)
    whole = ArraySource(*everything)
    whole.records = lambda: (replace(record, split="test") for record in source.records())
    with Decoders(1) as decoders:
        rules = plan(whole, DataConfig(), decoders).rules
    assert "All examples are of the split test, so they were taken as a set without splits." in rules
    assert any("20% of the examples were drawn" in rule for rule in rules)


def rules_of(labels, groups=None) -> tuple[str, ...]:
    """Return what is said of a source of these labels."""
    source = ArraySource(np.zeros((len(labels), 8, 8), np.uint8), labels)
    grouped = ArraySource(np.zeros((len(labels), 8, 8), np.uint8), labels)
    grouped.records = lambda: (
        replace(record, group=group)
        for record, group in zip(source.records(), groups or [None] * len(labels), strict=True)
    )
    with Decoders(1) as decoders:
        return plan(grouped, DataConfig(), decoders).rules


def test_a_split_that_no_whole_group_can_be_drawn_for_is_said():
    labels = np.arange(120) % 2
    rules = rules_of(labels, [f"g{label}" for label in labels])
    why = "groups stay whole, and no class may lose its last train example."
    assert rules[0] == f"The source has no test split: none of 120 examples were drawn, not 20%: {why}"
    assert rules[1].endswith(f"validation split: none of 120 train examples were drawn, not 10%: {why}")


def test_a_split_that_coarse_groups_make_smaller_is_said_with_its_size():
    labels = np.arange(40) % 2
    rules = rules_of(labels, [f"g{row // 5}" for row in range(40)])
    assert "test split: 10 of 40 examples were drawn, not 20%: groups stay whole" in rules[0]


def test_a_split_that_single_images_leave_no_room_for_is_said():
    rules = rules_of(np.array([*range(10), 9]))
    assert "test split: 1 of 11 examples was drawn, not 20%: no class may lose its last" in rules[0]
    assert "9 classes have a single image; it stays in train." in rules


def test_one_class_of_a_single_image_is_said_in_the_singular():
    assert "1 class has a single image; it stays in train." in rules_of(np.array([0] * 20 + [1]))


def test_as_much_as_was_asked_for_is_said_as_its_share():
    assert rules_of(np.arange(100) % 2)[:2] == (
        "The source has no test split: 20% of the examples were drawn.",
        "The source has no validation split: 10% of train was drawn.",
    )


def test_an_unknown_split_is_refused():
    with pytest.raises(DataError, match="Unknown split 'holdout'"):
        assign_splits(frame([0, 1], ["train", "holdout"]), DataConfig())


def test_r18_the_draw_is_the_same_on_every_machine():
    splits = assign_splits(frame([0, 1] * 10), DataConfig())
    assert np.flatnonzero(splits == "test").tolist() == DRAWN_TEST


DRAWN_TEST = [7, 10, 11, 18]


@settings(max_examples=60, deadline=None)
@given(
    labels=st.lists(st.integers(0, 5), min_size=1, max_size=80),
    group_size=st.integers(1, 4),
    seed=st.integers(0, 3),
)
def test_no_class_is_emptied_and_groups_stay_together(labels, group_size, seed):
    groups = [None if group_size == 1 else f"g{row // group_size}" for row in range(len(labels))]
    splits = assign_splits(frame(labels, None, groups), DataConfig(split_seed=seed))
    assert set(np.array(labels)[splits == "train"]) == set(labels)
    if group_size > 1:
        assert pd.Series(splits).groupby(groups).nunique().max() == 1


@settings(max_examples=60, deadline=None)
@given(labels=st.lists(st.integers(0, 5), min_size=3, max_size=80), folds=st.integers(2, 3))
def test_folds_are_even_overall_and_in_each_class(labels, folds):
    values = np.array(labels)
    assigned = assign_folds(values, [None] * len(values), folds, 0)
    assert np.ptp(np.bincount(assigned, minlength=folds)) <= 1
    for label in set(labels):
        assert np.ptp(np.bincount(assigned[values == label], minlength=folds)) <= 1


def test_folds_keep_groups_together():
    labels = np.repeat(np.arange(3), 20)
    groups = [f"g{row // 4}" for row in range(60)]
    folds = assign_folds(labels, groups, 3, 0)
    assert pd.Series(folds).groupby(groups).nunique().max() == 1
    assert np.bincount(folds).tolist() == [20, 20, 20]


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        ([None] * 3, "--folds is 4; it must be 0, for none, or from 2 to 3, the number of train examples."),
        (["a", "b", "a"], "--folds is 4; it must be 0, for none, or from 2 to 2, the number of groups of"),
        (["a"] * 3, "--folds is 4; it must be 0, for none."),
    ],
)
def test_more_folds_than_groups_are_refused(groups, sentence):
    with pytest.raises(ConfigError) as refused:
        assign_folds(np.array([0, 1, 0]), groups, 4, 0)
    assert str(refused.value).startswith(sentence)
