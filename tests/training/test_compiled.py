from __future__ import annotations

import logging

import pytest
import torch

from datadiet.training import compiled
from datadiet.training.compiled import CompiledForward, CompiledOrEager, decided, try_compiling
from datadiet.training.loop import initial_checkpoint, train_segment

CPU = torch.device("cpu")


@pytest.fixture
def traced(monkeypatch):
    """Have torch.compile trace and differentiate a model without making kernels, which takes a compiler."""
    whole = torch.compile

    def without_kernels(model, *, dynamic, options):
        return whole(model, dynamic=dynamic, backend="aot_eager")

    monkeypatch.setattr(torch, "compile", without_kernels)


@pytest.fixture
def broken(monkeypatch):
    """Have torch.compile fail as it does where no compiler is installed."""

    def fail(x):
        raise RuntimeError("Failed to find C compiler.\nPlease specify via CC environment variable.")

    monkeypatch.setattr(torch, "compile", lambda model, **_: fail)


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


def test_logits_are_not_the_graphs_own(monkeypatch):
    memory = torch.zeros(2, 3)  # that a graph of kernels writes its logits to

    def graph(x):
        return memory.copy_(x)

    monkeypatch.setattr(torch, "compile", lambda model, **_: graph)
    forward = CompiledForward(torch.nn.Identity())
    first = forward(torch.ones(2, 3))
    forward(torch.zeros(2, 3))
    assert first.tolist() == torch.ones(2, 3).tolist()


@pytest.mark.usefixtures("broken")
def test_where_compiling_fails_training_goes_on_without(short, few_digits, caplog):
    with caplog.at_level(logging.WARNING):
        found = trained(short, few_digits, forward=CompiledOrEager)
    expected = trained(short, few_digits)
    assert all(
        torch.equal(found.checkpoint.model[name], each) for name, each in expected.checkpoint.model.items()
    )
    [said] = [record.message for record in caplog.records]
    assert said == "torch.compile failed (RuntimeError: Failed to find C compiler.); going on without."


@pytest.mark.usefixtures("broken")
def test_a_trial_that_fails_says_why(short, few_digits):
    trial = try_compiling(short, few_digits, CPU)
    assert not trial.is_used
    assert trial.reason == (
        "Trained without torch.compile: torch.compile failed (RuntimeError: Failed to find C compiler.)."
    )


@pytest.mark.usefixtures("traced")
def test_a_trial_compares_gradients_and_steps(short, few_digits):
    trial = try_compiling(short, few_digits, CPU)
    assert trial.eager_cosine == pytest.approx(1, abs=1e-3)
    assert trial.compiled_cosine == pytest.approx(1, abs=1e-3)
    assert min(trial.eager_step_seconds, trial.compiled_step_seconds, trial.compile_seconds) > 0


@pytest.mark.usefixtures("traced")
def test_a_trial_leaves_the_random_state_as_it_was(short, few_digits):
    before = torch.get_rng_state()
    try_compiling(short, few_digits, CPU)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_graph_that_computes_something_else_is_not_used(monkeypatch, short, few_digits):
    monkeypatch.setattr(torch, "compile", lambda model, **_: lambda x: -model(x))
    trial = try_compiling(short, few_digits, CPU)
    assert not trial.is_used
    assert "its gradient has a cosine of" in trial.reason


@pytest.mark.parametrize(
    ("seconds", "cosine", "is_used", "words"),
    [
        (0.003, 0.95, True, "with torch.compile: a step takes 3.00 ms compiled and 4.00 ms as it is"),
        (0.0039, 0.95, False, "without torch.compile: a step takes 3.90 ms compiled and 4.00 ms as it is"),
        (0.005, 0.95, False, "without torch.compile: a step takes 5.00 ms compiled"),
        (0.001, 0.91, True, "with torch.compile"),
        (0.001, 0.89, False, "a cosine of 0.890 with that in float32, the model as it is one of 0.950"),
    ],
)
def test_what_is_faster_and_right_is_used(seconds, cosine, is_used, words):
    trial = decided(0.004, seconds, compile_seconds=40, eager_cosine=0.95, compiled_cosine=cosine)
    assert trial.is_used is is_used
    assert words in trial.reason


def test_dropout_draws_from_torchs_own_stream():
    assert compiled.OPTIONS["fallback_random"] is True
