from __future__ import annotations

import pytest

from datadiet.config import TrainConfig
from datadiet.errors import TrainingError
from datadiet.training.schedule import (
    last_epoch,
    mean_area,
    rate_factor,
    side_at,
    step_at,
    steps_per_epoch,
    total_steps,
)


def rates(config: TrainConfig, num_steps: int) -> list[float]:
    return [rate_factor(config, step=step, num_steps=num_steps) for step in range(num_steps)]


@pytest.mark.parametrize("num_train", [45_000, 50_000, 73_257])
def test_the_paper_lowers_the_rate_at_epochs_60_120_160(num_train):
    config = TrainConfig()
    steps = steps_per_epoch(config, num_train)
    factors = rates(config, 200 * steps)
    drops = [step for step in range(1, len(factors)) if factors[step] < factors[step - 1]]
    assert drops == [60 * steps, 120 * steps, 160 * steps]
    assert factors[-1] == pytest.approx(0.2**3)


def test_linear_falls_to_zero_after_the_last_step():
    config = TrainConfig(schedule="linear")
    assert rates(config, 4) == [1.0, 0.75, 0.5, 0.25]


def test_warm_up_rises_then_falls():
    factors = rates(TrainConfig(schedule="linear", warmup_fraction=0.2), 100)
    assert max(factors) == factors[20] == pytest.approx(1)
    assert all(0 < factor <= 1 for factor in factors)
    assert factors[:21] == sorted(factors[:21])
    assert factors[20:] == sorted(factors[20:], reverse=True)


def test_the_short_last_batch_is_dropped():
    assert steps_per_epoch(TrainConfig(), 1000) == 7


def test_num_steps_cuts_the_last_epoch():
    config = TrainConfig(num_steps=1000)
    assert total_steps(config, 12_800) == 1000
    assert [step_at(config, 12_800, epoch) for epoch in (9, 10, 11)] == [900, 1000, 1000]
    assert last_epoch(config, 12_800) == 10


@pytest.mark.parametrize("num_train", [0, 1])
def test_fewer_than_two_examples_are_refused(num_train):
    with pytest.raises(TrainingError, match="needs at least 2"):
        steps_per_epoch(TrainConfig(), num_train)


@pytest.mark.parametrize(
    ("share", "sides"),
    [(0.75, [32, 24, 26, 28, 30, 32]), (0.01, [32, 1, 8, 16, 24, 32]), (1.0, [32] * 6)],
)
def test_the_side_rises_linearly_to_the_whole_in_the_last_epoch_and_is_whole_before_any(share, sides):
    config = TrainConfig(initial_resolution=share, num_epochs=5, checkpoint_epochs=(0, 5))
    assert [side_at(config, 32, 640, epoch) for epoch in range(6)] == sides


def test_a_single_epoch_sees_whole_images():
    config = TrainConfig(initial_resolution=0.5, num_epochs=1, checkpoint_epochs=(0, 1))
    assert side_at(config, 32, 640, 1) == 32


def test_the_mean_area_is_that_of_the_epochs_which_steps_reach():
    config = TrainConfig(initial_resolution=0.5, num_epochs=5, num_steps=11, checkpoint_epochs=(0, 5))
    assert last_epoch(config, 640) == 3  # of sides 16, 24, 32
    assert mean_area(config, 32, 640) == pytest.approx((0.25 + 0.5625 + 1) / 3)
