"""The batches of a curriculum: who is shown when, and that a stretch of steps can be taken apart."""

import dataclasses

import numpy as np
import pytest
import torch

from datadiet.training.loop import initial_checkpoint, train_segment
from datadiet.training.pacing import Steps, paced_batches, stage_of

STAGES = np.array([1, 3, 2, 1, 2, 3, 1, 2])
CPU = torch.device("cpu")


def batches(steps, size=2, seed=0):
    return paced_batches(STAGES, steps, size, torch.Generator().manual_seed(seed))


def test_a_stage_shows_what_has_joined_by_it_and_nothing_else():
    found = batches(Steps(0, 12, 12))
    shown = [
        {int(STAGES[place]) for each in found[start : start + 4] for place in each} for start in (0, 4, 8)
    ]
    assert shown == [{1}, {1, 2}, {1, 2, 3}]


def test_every_batch_is_full_though_a_stage_holds_fewer_examples():
    found = batches(Steps(0, 6, 6), size=5)
    assert [len(each) for each in found] == [5] * 6
    assert set(torch.cat(found[:2]).tolist()) == {0, 3, 6}


def test_a_pass_shows_each_example_once():
    whole = torch.cat(batches(Steps(8, 4, 12))).tolist()
    assert sorted(whole) == list(range(8))


def test_stages_take_equal_shares_of_the_steps_and_the_last_one_the_end():
    found = [stage_of(step, num_stages=4, num_steps=10) for step in range(10)]
    assert found == [1, 1, 1, 2, 2, 3, 3, 3, 4, 4]
    assert stage_of(3, num_stages=9, num_steps=4) == 7


@pytest.mark.slow
def test_two_segments_of_a_curriculum_are_one_training(short, few_digits):
    stages = np.arange(len(few_digits.train_rows)) % 3 + 1
    data = dataclasses.replace(few_digits, train_stages=stages)
    begun = initial_checkpoint(short, data, 0)
    whole = train_segment(short, data, begun, stop_epoch=2, device=CPU).checkpoint.model
    half = train_segment(short, data, begun, stop_epoch=1, device=CPU).checkpoint
    parts = train_segment(short, data, half, stop_epoch=2, device=CPU).checkpoint.model
    shuffled = train_segment(short, few_digits, begun, stop_epoch=2, device=CPU).checkpoint.model
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    assert not all(torch.equal(whole[name], shuffled[name]) for name in whole)
