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


def test_the_worst_group_and_those_that_lost_are_named():
    table = group_accuracy(by_seed(BEFORE, AFTER))
    rows = table[table["point_id"] == "window"]
    assert worst_of(rows).group == "cat"
    assert losers(rows)["group"].tolist() == ["cat"]


def test_the_verdict_says_before_after_and_who_lost():
    lower = ("window", {"cat": [0.80, 0.69, 0.58], "owl": [0.95, 0.95, 0.95]})
    assert fairness_verdict(group_accuracy(by_seed(BEFORE, lower))) == [
        "all: lowest accuracy cat, 80.0 ± 5.8.",
        "window: lowest accuracy cat, 69.0 ± 6.4 (\u221211.0 ± 0.6 against all data). One of 2 groups "
        "lost more than seeds scatter, cat the most: \u221211.0 ± 0.6.",
    ]


def test_one_seed_cannot_say_and_a_study_without_all_data_compares_nothing():
    one = fairness_verdict(group_accuracy(by_seed(("all", {"cat": [0.9]}), ("window", {"cat": [0.8]}))))
    assert one[1].endswith("(\u221210.0 against all data). One seed cannot say which groups lost.")
    assert fairness_verdict(group_accuracy(by_seed(AFTER))) == ["window: lowest accuracy cat, 70.0 ± 5.8."]
