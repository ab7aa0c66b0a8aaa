from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict

import pytest
import torch
from torch._inductor import list_options

from datadiet.training import compiled
from datadiet.training.compiled import (
    CompiledForward,
    Measured,
    decided,
    failure,
    forget_compiled,
    try_compiling,
)
from datadiet.training.loop import initial_checkpoint, train_segment

CPU = torch.device("cpu")


@pytest.fixture
def traced(monkeypatch):
    """Have torch.compile trace and differentiate a model without making kernels, which takes a compiler."""
    whole = torch.compile

    def without_kernels(model, *, dynamic, options):
        return whole(model, dynamic=dynamic, backend="aot_eager")

    monkeypatch.setattr(torch, "compile", without_kernels)


def trained(short, few_digits, **how):
    begun = initial_checkpoint(short, few_digits, seed=0)
    return train_segment(short, few_digits, begun, stop_epoch=2, device=CPU, **how)


@pytest.mark.usefixtures("traced")
def test_compiled_training_gives_what_the_model_gives(short, few_digits):
    expected, found = trained(short, few_digits), trained(short, few_digits, forward=CompiledForward)
    assert found.history["train_loss"].to_numpy() == pytest.approx(
        expected.history["train_loss"].to_numpy(), rel=1e-3
    )
    for name, weight in expected.checkpoint.model.items():
        assert torch.allclose(found.checkpoint.model[name].double(), weight.double(), atol=1e-2), name


def test_torch_knows_the_options():
    assert set(compiled.OPTIONS) <= set(list_options())


def test_logits_are_not_the_graphs_own(monkeypatch):
    memory = torch.zeros(2, 3)  # that a graph of kernels writes its logits to

    def graph(x):
        return memory.copy_(x)

    monkeypatch.setattr(torch, "compile", lambda model, **_: graph)
    forward = CompiledForward(torch.nn.Identity())
    first = forward(torch.ones(2, 3))
    forward(torch.zeros(2, 3))
    assert first.tolist() == torch.ones(2, 3).tolist()


@pytest.mark.usefixtures("traced")
def test_a_trial_compares_gradients_and_steps(short, few_digits):
    before = torch.get_rng_state()
    trial = try_compiling(short, few_digits, CPU, seconds=1000)
    assert torch.equal(torch.get_rng_state(), before)
    assert trial.measured.eager_cosine == pytest.approx(1, abs=1e-3)
    assert trial.measured.compiled_cosine == pytest.approx(1, abs=1e-3)
    assert min(trial.measured.eager_step_seconds, trial.measured.compiled_step_seconds) > 0


def wrong_when_replayed(model):
    """Return a graph that is right while it is warmed up and recorded, and wrong when it is replayed."""
    calls = []

    def graph(x):
        calls.append(1)
        return model(x) if len(calls) < compiled.CALLS_TO_REPLAY else -model(x)

    return graph


def not_a_number(model):
    return lambda x: model(x) * float("nan")


@pytest.mark.parametrize(
    ("graph", "cosine"), [(wrong_when_replayed, r"0\.\d+|-0\.\d+|-1\.000"), (not_a_number, "none")]
)
def test_a_graph_that_computes_something_else_is_not_used(monkeypatch, short, few_digits, graph, cosine):
    monkeypatch.setattr(torch, "compile", lambda model, **_: graph(model))
    trial = try_compiling(short, few_digits, CPU, seconds=1000)
    assert not trial.is_used
    told = rf"torch.compile is not used: its gradient has a cosine of ({cosine}) with that in float32, 1.000"
    assert re.match(told, trial.reason)
    json.dumps(asdict(trial), allow_nan=False)


@pytest.mark.parametrize(
    ("step_seconds", "cosine", "is_used", "words"),
    [
        (0.003, 0.95, True, "is used: a training step takes 3.00 ms with it and 4.00 without"),
        (0.0039, 0.95, False, "is not used: a training step takes 3.90 ms with it and 4.00 without"),
        (0.005, 0.95, False, "is not used: a training step takes 5.00 ms with it and 4.00 without"),
        (0.001, 0.91, True, "is used"),
        (0.001, 0.89, False, "a cosine of 0.890 with that in float32, 0.950 without it"),
        (0.001, None, False, "a cosine of none with that in float32"),
    ],
)
def test_what_is_faster_and_right_is_used(step_seconds, cosine, is_used, words):
    trial = decided(Measured(0.004, step_seconds, 40, 0.95, cosine), seconds=1000, num_more_sides=0)
    assert trial.is_used is is_used
    assert words in trial.reason


def test_what_does_not_earn_its_compiling_is_not_used():
    measured = Measured(0.004, 0.003, 40, 0.95, 0.95)  # a quarter saved; each side costs 40 s
    assert decided(measured, seconds=320, num_more_sides=2).is_used
    trial = decided(measured, seconds=319, num_more_sides=2)
    assert not trial.is_used
    assert "less than compiling for 2 more sides would cost" in trial.reason


def test_a_failure_is_told_in_one_line():
    said = failure(RuntimeError("Failed to find C compiler.\nPlease specify via CC environment variable."))
    assert said == "it failed (RuntimeError: Failed to find C compiler.)"


@pytest.mark.parametrize("has_compiled", [True, False])
def test_only_a_process_that_compiled_has_something_to_forget(monkeypatch, has_compiled):
    forgotten = []
    monkeypatch.setattr(torch.compiler, "reset", lambda: forgotten.append("all"))
    if has_compiled:
        monkeypatch.setitem(sys.modules, "torch._dynamo", torch)
    else:
        monkeypatch.delitem(sys.modules, "torch._dynamo", raising=False)
    forget_compiled()
    assert forgotten == ["all"] * has_compiled
