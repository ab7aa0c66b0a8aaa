"""Groups: how hard, how well named, who starves."""

import numpy as np
import pandas as pd
import pytest

from datadiet.study.groups import (
    group_table,
    group_text,
    group_warning,
    kept_of_groups,
    starved_groups,
    worst_group,
)


def scores(num=100):
    """Return half ``easy`` and half ``hard`` examples, the hard ones at the upper end."""
    ranks = np.linspace(0, 1, num)
    frame = pd.DataFrame({
        "example_id": range(num), "split": "train", "el2n": ranks, "el2n_percentile": ranks,
        "is_suspect": ranks > 0.9,
    })  # fmt: skip
    return frame, pd.Series(np.where(ranks < 0.5, "easy", "hard"))


def test_the_harder_group_has_the_higher_rank_and_all_of_the_hardest_tenth():
    table = group_table(*scores(), score="el2n").set_index("group")
    assert table.loc["easy", "mean_percentile"] < 0.3 < 0.7 < table.loc["hard", "mean_percentile"]
    assert table.loc["easy", "hardest_tenth"] == 0
    assert table.loc["hard", "hardest_tenth"] == pytest.approx(0.2, abs=0.02)
    assert table["num_kept"].isna().all()
    assert group_warning(table.reset_index()) == ""


def test_a_selection_of_the_hardest_starves_the_easy_group_and_says_so():
    table = group_table(*scores(), score="el2n", kept=set(range(45, 100)))
    assert starved_groups(table)["group"].tolist() == ["easy"]
    assert group_warning(table).startswith("Keeps 55 % of all, but far less of easy (10 %);")


def test_what_chance_gives_is_no_warning():
    frame, groups = scores()
    groups[0] = "alone"
    table = group_table(frame, groups, score="el2n", kept=set(range(1, 100, 2)))
    assert table.set_index("group").loc["alone", "kept_fraction"] == 0
    assert group_warning(table) == ""


def test_only_held_out_images_count_for_accuracy():
    frame, groups = scores(10)
    correct = np.array([np.nan] * 4 + [1.0] + [0.5] * 2 + [np.nan] * 3)
    table = group_table(frame, groups, score="el2n", correct=correct)
    assert worst_group(table) == ("hard", 0.5)
    assert table.set_index("group")["num_held_out"].to_dict() == {"easy": 1, "hard": 2}
    assert worst_group(group_table(frame, groups, score="el2n")) is None


def test_a_group_outside_train_has_no_row():
    frame, groups = scores(10)
    frame.loc[groups == "hard", "split"] = "test"
    assert group_table(frame, groups, score="el2n")["group"].tolist() == ["easy"]


def test_the_text_has_a_line_a_group_with_the_worst_and_the_warning():
    correct = np.where(np.arange(100) < 50, 1.0, 0.25)
    text = group_text(group_table(*scores(), score="el2n", kept=set(range(45, 100)), correct=correct), "el2n")
    assert "Lowest accuracy: hard, 25 %." in text
    assert text.splitlines()[-1].startswith("Keeps 55 %")


def test_r20_a_line_break_in_a_name_makes_no_line_of_its_own():
    frame, groups = scores()
    told = group_text(group_table(frame, groups.replace("easy", "ea\nsy"), score="el2n"), "el2n")
    assert "ea\\nsy" in told
    assert len(told.splitlines()) == 3


def test_counts_of_groups_alone_warn_as_the_whole_table_does():
    groups = pd.Series(["near"] * 100 + ["far"] * 100)
    is_kept = np.array([True] * 90 + [False] * 10 + [True] * 10 + [False] * 90)
    table = kept_of_groups(groups, is_kept)
    assert table["num_kept"].tolist() == [10, 90]
    assert "far (10 %)" in group_warning(table)
    assert group_warning(kept_of_groups(groups, np.ones(200, dtype=bool))) == ""
