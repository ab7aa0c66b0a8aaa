"""Orders of a curriculum: both ends, ties, stages, refusals."""

import numpy as np
import pytest

from datadiet.errors import ConfigError
from datadiet.selection.orders import Order, in_order, paced_stages, parse_order, parse_pacing, stages

RANKS = np.array([0.5, 0.0, 1.0, 0.5])


def test_ties_keep_the_order_of_ids_in_both_directions():
    assert in_order(RANKS, Order("easiest-first")).tolist() == [1, 0, 3, 2]
    assert in_order(RANKS, Order("hardest-first")).tolist() == [2, 0, 3, 1]


def test_stages_have_equal_sizes_but_for_one_and_rise():
    found = stages(11, 4)
    assert np.bincount(found)[1:].tolist() == [3, 3, 3, 2]
    assert (np.diff(found) >= 0).all()
    assert stages(3, 3).tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "text", ["easiest", "paced", "paced:", "paced:0", "paced:-2", "paced:x", "paced:1.5", ""]
)
def test_other_words_are_refused(text):
    with pytest.raises(ConfigError):
        parse_order(text)


def test_more_stages_than_examples_are_refused():
    with pytest.raises(ConfigError, match="at most 3"):
        stages(3, 4)


@pytest.mark.parametrize(
    "text",
    ["easiest-first", "easiest-first:1", "easiest-first:0", "easiest-first:x", "paced:4", "random", ""],
)
def test_a_pacing_of_other_words_or_of_one_stage_is_refused(text):
    with pytest.raises(ConfigError):
        parse_pacing(text)


def test_a_pacing_is_read_back_from_its_text():
    assert parse_pacing("hardest-first:8").text() == "hardest-first:8"


def test_the_stage_at_which_an_example_joins_follows_its_rank():
    rng = np.random.default_rng(0)
    ranks = np.array([0.9, 0.1, 0.5, 0.3])
    assert paced_stages(ranks, parse_pacing("easiest-first:2"), rng=rng).tolist() == [2, 1, 2, 1]
    assert paced_stages(ranks, parse_pacing("hardest-first:2"), rng=rng).tolist() == [1, 2, 1, 2]


def test_random_stages_have_the_sizes_of_ranked_ones_and_read_no_rank():
    found = [
        paced_stages(ranks, parse_pacing("random:4"), rng=np.random.default_rng(1)).tolist()
        for ranks in (np.arange(10.0), np.zeros(10))
    ]
    assert found[0] == found[1]
    assert np.bincount(found[0])[1:].tolist() == [3, 3, 2, 2]
