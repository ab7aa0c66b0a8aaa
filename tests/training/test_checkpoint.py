from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load, save

from datadiet.errors import StoreError
from datadiet.training.checkpoint import Checkpoint, load_model
from datadiet.training.inputs import input_batches
from datadiet.training.loop import initial_checkpoint, train_segment


@pytest.fixture(scope="module")
def trained(short, few_digits) -> Checkpoint:
    start = initial_checkpoint(short, few_digits, 7, run_id="3f2a")
    return train_segment(short, few_digits, start, stop_epoch=1, device=torch.device("cpu")).checkpoint


def test_survives_safetensors_and_json(trained):
    tensors, meta = load(save(trained.to_tensors())), json.loads(json.dumps(trained.meta()))
    again = Checkpoint.from_tensors(tensors, meta)
    assert again.meta() == trained.meta()
    assert all(torch.equal(again.to_tensors()[name], tensor) for name, tensor in tensors.items())


def test_f11_it_says_inside_whose_it_is(trained):
    meta = trained.meta()
    assert (meta["run_id"], meta["seed"], meta["step"], meta["epoch"]) == ("3f2a", 7, 10, 1)


def test_no_tensor_shares_memory_with_another(trained):
    pointers = [tensor.data_ptr() for tensor in trained.to_tensors().values()]
    assert len(set(pointers)) == len(pointers)


def test_what_is_missing_is_refused(trained):
    meta = trained.meta()
    del meta["step"]
    with pytest.raises(StoreError, match="not whole: KeyError 'step'"):
        Checkpoint.from_tensors(trained.to_tensors(), meta)


def test_the_loaded_model_is_in_evaluation_mode_with_these_weights(trained, short, few_digits):
    model = load_model(trained, short)
    weights = model.state_dict()
    assert not model.training
    assert all(torch.equal(weights[name], tensor) for name, tensor in trained.model.items())
    (x,) = input_batches(
        few_digits.images, few_digits.test_rows, trained.stats, device=torch.device("cpu"), batch_size=500
    )
    assert model(x).shape == (197, 10)
