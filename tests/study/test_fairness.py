"""Who pays for a selection: changes are paired by seed, and a loss is more than seeds scatter."""

import numpy as np
import pandas as pd
import pytest

from datadiet.study.fairness import fairness_verdict, group_accuracy, losers, worst_of


def by_seed(*rows):
    """Return a table from (point, {group: an accuracy a seed})."""
    return pd.DataFrame([
        {
            "point_id": point, "title": point, "rule": "all" if point == "all" else "window",
            "labels": "trained", "seed": seed, "group": group, "num_held_out": 10, "accuracy": accuracy,
        }
        for point, groups in rows
        for group, accuracies in groups.items()
        for seed, accuracy in enumerate(accuracies)
    ])  # fmt: skip


BEFORE = ("all", {"cat": [0.9, 0.8, 0.7], "owl": [0.95, 0.95, 0.95]})
AFTER = ("window", {"cat": [0.8, 0.7, 0.6], "owl": [0.94, 0.96, 0.95]})


def test_changes_pair_a_seed_with_itself_so_that_luck_shared_by_both_goes_out():
    table = group_accuracy(by_seed(BEFORE, AFTER)).set_index(["point_id", "group"])
    cat = table.loc["window", "cat"]
    assert cat["accuracy"] == pytest.approx(0.7)
    assert cat["standard_error"] == pytest.approx(0.1 / np.sqrt(3))
    assert cat["change"] == pytest.approx(-0.1)
    assert cat["change_se"] == pytest.approx(0.0, abs=1e-9)
    assert table.loc["all", "change"].isna().all()


def test_only_seeds_that_both_have_are_compared():
    table = group_accuracy(by_seed(BEFORE, ("window", {"cat": [0.8]})))
    row = table[table["point_id"] == "window"].iloc[0]
    assert row["change"] == pytest.approx(-0.1)
    assert np.isnan(row["change_se"])


@pytest.mark.parametrize(("before", "after"), [([0.9, 0.6, 0.3], [0.8, 0.7]), ([0.9, 0.5], [0.8, 0.7, 0.3])])
def test_accuracy_on_all_data_and_change_add_up_where_one_has_more_seeds(before, after):
    table = group_accuracy(by_seed(("all", {"cat": before}), ("window", {"cat": after})))
    row = table.set_index("point_id").loc["window"]
    assert row["accuracy"] == pytest.approx(0.75)
    assert row["all_data"] == pytest.approx(np.mean(before[:2]))
    assert row["change"] == pytest.approx(row["accuracy"] - row["all_data"])
    assert row["num_seeds"] == 2
    assert table.set_index("point_id").loc["all", "accuracy"] == pytest.approx(np.mean(before))


def test_seeds_that_all_data_has_none_of_stand_alone():
    rows = by_seed(("all", {"cat": [0.9]}), ("window", {"cat": [0.8]}))
    rows.loc[rows["point_id"] == "window", "seed"] = 5
    row = group_accuracy(rows).set_index("point_id").loc["window"]
    assert row["accuracy"] == pytest.approx(0.8)
    assert np.isnan(row["all_data"])
    assert np.isnan(row["change"])


def test_the_worst_group_and_those_that_lost_are_named():
    table = group_accuracy(by_seed(BEFORE, AFTER))
    rows = table[table["point_id"] == "window"]
    assert worst_of(rows).group == "cat"
    assert losers(rows)["group"].tolist() == ["cat"]


def test_the_verdict_says_before_after_and_who_lost():
    lower = ("window", {"cat": [0.80, 0.69, 0.58], "owl": [0.95, 0.95, 0.95]})
    assert fairness_verdict(group_accuracy(by_seed(BEFORE, lower))) == [
        "all: lowest accuracy cat, 80.0 ± 5.8 (3 seeds).",
        "window: lowest accuracy cat, 69.0 ± 6.4 against 80.0 on all data, \u221211.0 ± 0.6 (3 seeds). One "
        "of 2 groups lost more than seeds scatter, cat the most: \u221211.0 ± 0.6.",
    ]


@pytest.mark.parametrize(("num", "said"), [(1, "One seed"), (2, "Two seeds")])
def test_fewer_than_three_seeds_name_no_losers_even_where_they_lost_alike(num, said):
    lost = ("window", {"cat": [0.5, 0.4, 0.3][:num]})
    table = group_accuracy(by_seed(BEFORE, lost))
    rows = table[table["point_id"] == "window"]
    assert losers(rows).empty
    assert fairness_verdict(rows)[0].endswith(
        f"\u221240.0 ({num} seed{'s' * (num > 1)}). {said} cannot say which groups lost."
    )


def test_a_loss_counts_where_the_t_interval_of_three_seeds_lies_below_zero():
    before = ("all", {"cat": [0.9, 0.9, 0.9]})
    for after, is_lost in (
        ([0.87, 0.85, 0.83], True),
        ([0.9, 0.85, 0.8], False),
    ):  # ± 1.2 and ± 2.9, t is 4.3
        table = group_accuracy(by_seed(before, ("window", {"cat": after})))
        assert losers(table[table["point_id"] == "window"]).empty != is_lost


def test_a_study_without_all_data_compares_nothing():
    assert fairness_verdict(group_accuracy(by_seed(AFTER))) == [
        "window: lowest accuracy cat, 70.0 ± 5.8 (3 seeds)."
    ]
