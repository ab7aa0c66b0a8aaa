"""What retrainings cost, and which are missing."""

import math

import pytest
from study_rows import as_point, retrainings

from datadiet.study.cost import affordable, minutes_of, missing, seconds_each


def test_the_cost_is_the_median_of_the_clock_and_unknown_without_one():
    frame = retrainings([("window", 0.4, 0.1, [0.9, 0.9, 0.9])])
    assert seconds_each(frame.assign(train_seconds=[1.0, 2.0, 90.0])) == pytest.approx(2.0)
    assert seconds_each(frame.assign(train_seconds=math.nan)) is None


def test_a_machine_that_became_slower_is_seen():
    frame = retrainings([("window", 0.4, 0.1, [0.9] * 60)])
    assert seconds_each(frame.assign(train_seconds=[1.0] * 40 + [5.0] * 20)) == pytest.approx(5.0)


def test_what_is_done_is_not_missing():
    frame = retrainings([("window", 0.4, 0.1, [0.9, 0.9])])
    done, other = as_point("window", 0.4, 0.1), as_point("window", 0.4, 0.2)
    assert missing([done, other], 3, frame) == [(done, 2), (other, 0), (other, 1), (other, 2)]


@pytest.mark.parametrize(("num", "workers", "minutes"), [(0, 2, 0.0), (3, 2, 4.0), (4, 1, 8.0)])
def test_minutes_count_rounds_of_workers(num, workers, minutes):
    assert minutes_of(num, 120.0, workers) == minutes


def test_a_budget_buys_whole_retrainings_alone():
    assert affordable(20, 120.0, 2) == 20
    assert affordable(1, 120.0, 2) == 0
