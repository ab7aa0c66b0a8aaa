from __future__ import annotations

import time

import torch

from datadiet.training.estimate import estimate_seconds
from datadiet.training.loop import initial_checkpoint, train_segment


def test_is_of_the_size_of_what_training_takes(short, digits):
    config = short.model_copy(update={"batch_size": 64})
    estimate = estimate_seconds(config, digits, torch.device("cpu"))
    start = time.process_time()  # of this process; the estimate is of the clock, and the machine may be busy
    train_segment(
        config, digits, initial_checkpoint(config, digits, 0), stop_epoch=2, device=torch.device("cpu")
    )
    assert 0.2 < estimate / (time.process_time() - start) < 20


def test_grows_with_the_epochs(short, few_digits):
    long = short.model_copy(update={"num_epochs": 200})
    assert estimate_seconds(long, few_digits, torch.device("cpu")) > 10 * estimate_seconds(
        short, few_digits, torch.device("cpu")
    )
