import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadiet.errors import ConfigError, DataError, NotFoundError
from datadiet.selection import SelectionRequest, select
from tests import oracles
from tests.selection.frames import score_table

NAMES = ("cat", "dog", "owl")


def choose(frame, rule, *, direction="high", listed=(), **settings):
    if rule not in {"random", "list"}:
        settings.setdefault("score", "el2n")
    request = SelectionRequest(rule=rule, **settings)
    return select(request, frame, class_names=NAMES, direction=direction, listed=listed)


def test_hardest_keeps_the_highest_of_a_score_where_high_is_hard():
    assert choose(score_table([3, 1, 2, 0]), "hardest", keep_fraction=0.5).example_ids == [0, 20]


def test_hardest_keeps_the_lowest_of_a_score_where_low_is_hard():
    kept = choose(score_table([3, 1, 2, 0]), "hardest", keep_fraction=0.5, direction="low")
    assert kept.example_ids == [10, 30]


def test_easiest_and_hardest_part_the_set():
    frame = score_table(np.random.default_rng(0).random(11))
    easy = choose(frame, "easiest", keep_fraction=0.4).example_ids
    hard = choose(frame, "hardest", keep_fraction=0.6).example_ids
    assert sorted(easy + hard) == frame["example_id"].tolist()


def test_ties_are_ordered_by_example_id_whatever_the_order_of_the_rows():
    frame = score_table([1, 1, 1, 1])
    kept = choose(frame.sample(frac=1, random_state=3), "hardest", keep_fraction=0.5)
    assert kept.example_ids == [20, 30]
    assert kept.selection_id == choose(frame, "hardest", keep_fraction=0.5).selection_id


def test_a_window_leaves_out_its_offset_of_easy_ones():
    frame = score_table(np.arange(10))
    kept = choose(frame, "window", keep_fraction=0.4, window_offset=0.55)
    assert kept.example_ids == [60, 70, 80, 90]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 100), st.data())
def test_a_window_always_holds_its_count(num, keep_percent, data):
    offset = data.draw(st.integers(0, min(99, 100 - keep_percent))) / 100
    frame = score_table(np.arange(num))
    full = choose(frame, "window", keep_fraction=keep_percent / 100, window_offset=offset)
    assert len(full.example_ids) == len(
        choose(frame, "hardest", keep_fraction=keep_percent / 100).example_ids
    )
    assert np.all(np.diff(full.example_ids) == 10)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=40), st.sampled_from(["high", "low"]))
def test_a_window_is_that_of_a_plain_sort(values, direction):
    kept = choose(score_table(values), "window", keep_fraction=0.5, window_offset=0.25, direction=direction)
    ids = [10 * i for i in range(len(values))]
    signed = values if direction == "high" else [-value for value in values]
    start = min(int(0.25 * len(values) + 0.5), len(values) - len(kept.example_ids))
    assert kept.example_ids == oracles.window(ids, signed, start=start, num_kept=len(kept.example_ids))


def test_a_window_that_the_leaving_suspects_pushed_past_the_end_is_refused():
    frame = score_table(np.arange(10), is_suspect=[False] * 8 + [True] * 2)
    with pytest.raises(ConfigError, match=r"window_offset is 0.6; with keep_fraction 0.4 and 2 suspects"):
        choose(frame, "window", keep_fraction=0.4, window_offset=0.6, drop_suspects=True)


def test_suspects_leave_before_the_ranking():
    frame = score_table(np.arange(10), is_suspect=[False] * 8 + [True] * 2)
    kept = choose(frame, "hardest", keep_fraction=0.3, drop_suspects=True)
    assert kept.example_ids == [50, 60, 70]
    assert kept.num_suspects_dropped == 2


def test_a_suspect_whose_label_a_person_kept_stays_and_the_remark_says_so():
    decision = ["", "keep", ""] + [""] * 5 + ["keep", "drop"]
    frame = score_table(np.arange(10), is_suspect=[False] * 7 + [True] * 3).assign(decision=decision)
    kept = choose(frame, "easiest", keep_fraction=0.8, drop_suspects=True)
    assert kept.example_ids == [0, 10, 20, 30, 40, 50, 60, 80]
    assert kept.num_suspects_dropped == 2
    assert kept.remarks == ("1 suspect did not leave: a person decided that its label is right.",)
    assert choose(frame, "easiest", keep_fraction=0.8).remarks == ()


def test_keeping_more_than_is_left_keeps_what_is_left_and_says_so():
    frame = score_table(np.arange(10), is_suspect=[False] * 8 + [True] * 2)
    kept = choose(frame, "easiest", drop_suspects=True)
    assert len(kept.example_ids) == 8
    assert kept.remarks == ("Keeps 8, not 10: no more are left.",)


def test_only_training_examples_are_kept():
    frame = score_table(np.arange(6), split=["train", "validation", "train", "test", "train", "test"])
    assert choose(frame, "random").example_ids == [0, 20, 40]


def test_without_training_examples_it_is_refused():
    with pytest.raises(DataError, match="No training example"):
        choose(score_table([1.0], split="test"), "hardest")


def test_a_score_that_is_missing_for_some_is_refused_with_the_count():
    with pytest.raises(DataError, match="el2n is missing for 2 of 3"):
        choose(score_table([np.nan, 1, np.nan]), "hardest")


def test_a_score_that_the_run_does_not_have_is_named():
    with pytest.raises(NotFoundError, match="no score 'grand' among"):
        choose(score_table([1.0]), "hardest", score="grand")


def test_random_is_drawn_by_its_seed_alone_and_a_small_draw_is_part_of_a_large_one():
    frame = score_table(np.arange(100))
    small = choose(frame, "random", keep_fraction=0.2, seed=5).example_ids
    large = choose(frame.sample(frac=1, random_state=1), "random", keep_fraction=0.6, seed=5).example_ids
    other = choose(frame, "random", keep_fraction=0.2, seed=6).example_ids
    assert set(small) < set(large)
    assert small != other


def test_random_draws_the_same_on_every_machine():
    kept = choose(score_table(np.arange(10)), "random", keep_fraction=0.3, seed=0)
    assert kept.example_ids == [0, 50, 70]


def test_covering_keeps_some_of_every_difficulty_and_none_of_the_hardest():
    values = np.concatenate([np.linspace(0, 0.1, 900), np.linspace(0.1, 1.0, 100)])
    kept = choose(score_table(values), "covering", keep_fraction=0.1, hard_cutoff=0.02, num_strata=10)
    scores = kept.frame["score"]
    counts, _ = np.histogram(scores, bins=np.linspace(0, values[979], 11))
    assert len(scores) == 100
    assert scores.max() <= values[979]
    assert counts.min() >= 8


def test_covering_is_even_over_strata_that_hold_enough():
    kept = choose(score_table(np.arange(100)), "covering", keep_fraction=0.5, hard_cutoff=0.0, num_strata=5)
    counts, _ = np.histogram(kept.frame["score"], bins=np.linspace(0, 99, 6))
    assert counts.tolist() == [10] * 5


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.1, 0.5, 0.9]), min_size=1, max_size=40), st.integers(1, 100))
def test_covering_holds_its_count_however_the_scores_lie(values, percent):
    frame = score_table(values)
    kept = choose(frame, "covering", keep_fraction=percent / 100)
    assert len(kept.example_ids) == len(choose(frame, "easiest", keep_fraction=percent / 100).example_ids)


def test_an_equal_quota_applies_the_rule_within_each_class():
    frame = score_table([0, 1, 2, 3, 10, 11, 12, 13], labels=[0, 0, 0, 0, 1, 1, 1, 1])
    kept = choose(frame, "hardest", keep_fraction=0.5, quota="equal")
    assert kept.example_ids == [20, 30, 60, 70]


def test_a_class_that_cannot_fill_its_quota_is_said_by_name():
    frame = score_table(np.arange(10), labels=[0] * 8 + [1] * 2)
    kept = choose(frame, "hardest", keep_fraction=0.6, quota="equal")
    assert kept.frame["given_label"].value_counts().to_dict() == {0: 4, 1: 2}
    assert kept.remarks == ("Class dog keeps 2, not the 3 of its quota: it has no more to give.",)


def test_a_window_that_a_class_budget_moves_is_said():
    frame = score_table(np.arange(100), labels=[0] * 90 + [1] * 10)
    kept = choose(frame, "window", keep_fraction=0.1, window_offset=0.9, quota="equal")
    assert len(kept.example_ids) == 10
    assert kept.remarks == ("Class dog: its window begins at 0.50, not 0.9, to fit its 5 examples.",)


def test_a_floor_feeds_the_class_that_the_rule_would_starve():
    frame = score_table(np.arange(20), labels=[0] * 10 + [1] * 10)
    kept = choose(frame, "hardest", keep_fraction=0.5, quota="floor:0.2")
    assert kept.frame["given_label"].value_counts().to_dict() == {0: 2, 1: 8}


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(["hardest", "easiest", "window", "random", "covering"]), st.integers(1, 100), st.data()
)
def test_every_rule_and_quota_keeps_the_same_count(rule, percent, data):
    quota = data.draw(st.sampled_from(["none", "equal", "proportional", "floor:0.0"]))
    labels = data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=30))
    frame = score_table(np.arange(len(labels))[::-1], labels=labels)
    kept = choose(frame, rule, keep_fraction=percent / 100, quota=quota)
    assert len(kept.example_ids) == max(1, int(percent * len(labels) / 100 + 0.5))
    assert len(set(kept.example_ids)) == len(kept.example_ids)


def test_quotas_count_the_label_trained_on_and_the_table_shows_the_given_one():
    frame = score_table([0, 1, 2, 3], labels=[0, 0, 1, 1], given_label=[1, 1, 1, 1])
    kept = choose(frame, "hardest", keep_fraction=0.5, quota="equal")
    assert kept.example_ids == [10, 30]
    assert kept.frame["class_name"].tolist() == ["dog", "dog"]


def test_percentiles_run_from_easy_to_hard_and_come_from_the_table_where_it_has_them():
    frame = score_table([5, 4, 3])
    assert choose(frame, "random").frame["percentile"].isna().all()
    assert choose(frame, "hardest").frame["percentile"].tolist() == [1.0, 0.5, 0.0]
    known = frame.assign(el2n_percentile=[0.9, 0.8, 0.7])
    assert choose(known, "hardest").frame["percentile"].tolist() == [0.9, 0.8, 0.7]


def test_the_id_of_a_selection_follows_its_settings_and_ids():
    frame = score_table(np.arange(10))
    ids = {
        choose(frame, "hardest", keep_fraction=0.5).selection_id,
        choose(frame, "hardest", keep_fraction=0.4).selection_id,
        choose(frame, "window", keep_fraction=0.5, window_offset=0.5).selection_id,
        choose(frame.assign(el2n=-frame["el2n"]), "hardest", keep_fraction=0.5).selection_id,
    }
    assert len(ids) == 4


def test_a_list_keeps_what_it_names_in_source_order():
    frame = score_table([1, 2, 3])
    assert choose(frame, "list", listed=["key 2", "key 0"]).example_ids == [0, 20]
    assert choose(frame, "list", listed=[20, 0]).example_ids == [0, 20]


GROUPED = score_table([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], labels=[0, 1] * 5)
SIDES = ["near"] * 6 + ["far"] * 4


def by_side(quota, frame=GROUPED, groups=SIDES, **settings):
    request = SelectionRequest(
        rule="hardest", score="el2n", keep_fraction=0.5, quota=quota, quota_by="side", **settings
    )
    return select(request, frame, class_names=NAMES, groups=groups)


@pytest.mark.parametrize(
    ("quota", "kept"),
    [
        ("proportional", [0, 10, 20, 60, 70]),
        ("equal", [0, 10, 60, 70, 80]),
        ("floor:0.5", [0, 10, 20, 60, 70]),
    ],
)
def test_a_quota_keeps_the_shares_of_groups_that_are_no_classes(quota, kept):
    assert by_side(quota).example_ids == kept
    assert choose(GROUPED, "hardest", keep_fraction=0.5).example_ids == [0, 10, 20, 30, 40]


def test_groups_follow_their_rows_whatever_the_order_of_these():
    shuffled = GROUPED.sample(frac=1, random_state=5)
    groups = [SIDES[int(each) // 10] for each in shuffled["example_id"]]
    assert by_side("proportional", shuffled, groups).selection_id == by_side("proportional").selection_id


def test_a_group_that_cannot_give_its_share_is_named():
    frame = GROUPED.assign(is_suspect=[False] * 6 + [True] * 3 + [False])
    remarks = by_side("proportional", frame, drop_suspects=True).remarks
    assert remarks == ("Group far keeps 1, not the 2 of its quota: it has no more to give.",)


def test_groups_that_are_not_given_and_a_group_without_a_quota_are_refused():
    with pytest.raises(DataError, match="no groups were given"):
        by_side("proportional", groups=None)
    with pytest.raises(ConfigError, match="no shares of side"):
        by_side("none")


def test_a_quota_of_classes_is_stored_as_it_was_before_groups():
    assert "quota_by" not in choose(GROUPED, "hardest", keep_fraction=0.5, quota="equal").parameters
    assert by_side("equal").parameters["quota_by"] == "side"
