"""Orders of a curriculum: both ends, ties, stages, refusals."""

import numpy as np
import pytest

from datadiet.errors import ConfigError
from datadiet.selection.orders import Order, in_order, parse_order, stages

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
