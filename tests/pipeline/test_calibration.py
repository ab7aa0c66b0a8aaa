"""Costs from what was timed a moment ago in place of the run's clock."""

import math

import pytest

from datadiet.pipeline.analyses import NtkSettings
from datadiet.pipeline.analysis_cost import Speed, connectivity_seconds, ntk_seconds
from datadiet.pipeline.calibration import calibrate
from datadiet.pipeline.figures import missing_figures

FAST, SLOW = Speed(0.001, 0.001, 0.0001), Speed(0.002, 0.002, 0.0002)


def test_a_machine_is_timed_in_positive_seconds_and_a_larger_kernel_costs_more(tiny):
    speed = calibrate(tiny, device="cpu")
    assert speed.step > 0
    assert 0 < speed.kernel(4) < speed.kernel(100) < math.inf


def test_a_kernel_grows_with_images_and_with_their_pairs():
    assert FAST.kernel(10) == pytest.approx(0.01 + 0.01)


def test_what_is_timed_takes_the_place_of_the_clock(tiny):
    settings = NtkSettings(group_size=4, num_groups=2)
    slow, fast = (ntk_seconds(tiny, settings, num_workers=1, speed=each) for each in (SLOW, FAST))
    assert slow == pytest.approx(2 * fast)
    slow, fast = (connectivity_seconds(tiny, [0], num_workers=1, speed=each) for each in (SLOW, FAST))
    assert slow == pytest.approx(2 * fast)


def test_every_missing_training_and_analysis_has_its_time(tiny):
    missing = missing_figures(tiny, FAST)
    assert len(missing) > 4
    assert all(each.seconds > 0 for each in missing)
    slower = missing_figures(tiny, SLOW)
    assert [each.seconds * 2 for each in missing] == pytest.approx([each.seconds for each in slower])
