"""Numbers and grids as they are typed: what is a slip of the keyboard is refused before it costs anything."""

import pytest

from datadiet.config import digest
from datadiet.errors import ConfigError
from datadiet.study.points import (
    MOST_POINTS,
    curriculum_points,
    point,
    read_fractions,
    window_points,
    with_controls,
)


@pytest.mark.parametrize("text", ["0:1:1e-9", "0:1:1e-320", "0,0:1:0.0001"])
def test_a_range_of_too_many_numbers_is_refused_before_it_is_made(text):
    with pytest.raises(ConfigError, match=f"more than {MOST_POINTS:,} numbers; take a larger step"):
        read_fractions("offsets", text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("0:0.2:0.1,0.55", [0.0, 0.1, 0.2, 0.55]), ("0.4:0.4:0.1", [0.4]), ("0.5,0.5", [0.5])],
)
def test_numbers_and_ranges_are_read_each_once(text, numbers):
    assert read_fractions("offsets", text) == numbers


@pytest.mark.parametrize("text", ["0:1:0", "x", "1.5", "nan", "0:1", ""])
def test_what_is_no_fraction_is_refused(text):
    with pytest.raises(ConfigError, match="offsets is"):
        read_fractions("offsets", text)


@pytest.mark.parametrize("text", ["0.4:0.2:0.1", "0.5:0.45:0.1"])
def test_a_range_that_holds_nothing_is_refused(text):
    with pytest.raises(ConfigError, match=f"keep is '{text}', which holds nothing: START is above STOP"):
        read_fractions("keep", text, has_zero=False)


@pytest.mark.parametrize("text", ["0", "0:0.4:0.2", "1.5", "x"])
def test_a_share_that_keeps_nothing_is_refused_with_the_range_that_is_meant(text):
    with pytest.raises(ConfigError, match=r"keep is .*in \(0, 1\]"):
        read_fractions("keep", text, has_zero=False)
    assert read_fractions("keep", "0.2:0.4:0.2", has_zero=False) == [0.2, 0.4]


def test_a_grid_of_too_many_windows_is_refused_before_it_is_made():
    many = [place / 1_000 for place in range(1_000)]
    with pytest.raises(ConfigError, match="a sweep takes at most 2,000"):
        window_points("el2n", many[1:], many)


def test_a_window_of_next_to_nothing_names_no_offset_that_nobody_gave():
    points = window_points("el2n", [1e-300], [0.0, 0.5, 1.0])
    assert [each.window_offset for each in points] == [0.0, 0.5]


def test_curricula_keep_everything_and_a_random_order_reads_no_score():
    points = curriculum_points(["easiest-first", "random"], [2, 4], "el2n")
    assert [(each.order, each.score) for each in points] == [
        ("easiest-first:2", "el2n"), ("random:2", None), ("easiest-first:4", "el2n"), ("random:4", None),
    ]  # fmt: skip
    assert [each.rule for each in with_controls(points)] == ["all", *["curriculum"] * 4]
    assert points[0].title() == "curriculum, easiest first in 2 stages, by el2n"
    assert points[1].title() == "curriculum, in random order in 2 stages"


@pytest.mark.parametrize(
    "settings",
    [
        {"rule": "curriculum", "score": "el2n"},
        {"rule": "curriculum", "order": "easiest-first:4"},
        {"rule": "curriculum", "order": "random:4", "score": "el2n"},
        {"rule": "curriculum", "order": "easiest-first:4", "score": "el2n", "keep_fraction": 0.5},
        {"rule": "curriculum", "order": "easiest-first:4", "score": "el2n", "quota": "equal"},
        {"rule": "curriculum", "order": "easiest-first:4", "score": "el2n", "drop_suspects": True},
        {"rule": "all", "order": "easiest-first:4"},
        {"rule": "hardest", "score": "el2n", "order": "easiest-first:4"},
    ],
)
def test_a_curriculum_that_would_ignore_something_is_refused(settings):
    with pytest.raises(ConfigError):
        point(**settings)


def test_points_keep_the_id_that_studies_stored_before_curricula():
    assert point("all").point_id == digest({
        "rule": "all", "score": None, "keep_fraction": 1.0, "window_offset": 0.0, "quota": "none",
        "drop_suspects": False, "labels": "trained", "example_ids": [],
    })  # fmt: skip
