from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import asdict

import pandas as pd
import pytest

from datadiet.errors import TrainingError
from datadiet.pipeline import compile_trial, compile_units, training_units
from datadiet.pipeline.compile_trial import trial_in_process
from datadiet.pipeline.compile_units import PAYS_FROM_SECONDS, TRIAL, compile_unit, with_compiling
from datadiet.store.documents import publish_json
from datadiet.training.compiled import CompileTrial
from datadiet.training.loop import train_segment

USED = {**asdict(CompileTrial(is_used=True, reason="torch.compile is used.")), "device": "cpu"}


def silent(fraction, message):
    """Hear nothing."""


def units(run):
    return training_units.training_units(run.files, [0, 1], [0, 1, 4], "cuda")


@pytest.fixture
def untrained(own):
    """Return the run with its labels and settings alone."""
    for seed in own.files.seeds():
        folder = own.files.workspace.seed_dir(own.run_id, seed)
        for step in own.files.steps(seed):
            if step:
                shutil.rmtree(folder / f"step_{step:06d}")
    return own


@pytest.mark.parametrize(
    ("device", "seconds"), [("cpu", 1e6), ("cuda", PAYS_FROM_SECONDS - 1), ("mps", 1e6), ("cuda:1", 0.0)]
)
def test_nothing_is_tried_where_it_cannot_pay(untrained, device, seconds):
    training = units(untrained)
    assert with_compiling(untrained.files, training, device=device, seconds=seconds) == training


def test_a_long_training_on_a_gpu_waits_for_a_trial(untrained):
    before = units(untrained)
    trial, *training = with_compiling(untrained.files, before, device="cuda:1", seconds=PAYS_FROM_SECONDS)
    assert (trial.key, trial.final) == (TRIAL, untrained.files.compile_trial_path)
    assert [unit.after for unit in training] == [(*unit.after, TRIAL) for unit in before]


def test_a_run_that_has_trained_goes_on_as_it_began(own):
    assert with_compiling(own.files, units(own), device="cuda", seconds=1e6) == units(own)


def test_what_torch_is_told_to_leave_is_left(untrained, monkeypatch):
    monkeypatch.setenv("TORCH_COMPILE_DISABLE", "1")
    assert with_compiling(untrained.files, units(untrained), device="cuda", seconds=1e6) == units(untrained)


def test_a_trial_is_published_and_training_on_its_device_follows(own, monkeypatch):
    monkeypatch.setattr(compile_units, "trial_in_process", lambda *_, **__: USED)
    assert not training_units._is_compiled(own.files, "cpu")
    compile_unit(silent, workspace=str(own.files.workspace.root), run_id=own.run_id, device="cpu", seconds=1)
    assert own.files.compile_trial()["reason"] == "torch.compile is used."
    assert training_units._is_compiled(own.files, "cpu")


@pytest.mark.parametrize("trial", [{**USED, "is_used": False}, {**USED, "device": "cuda:0 (another)"}])
def test_a_trial_that_found_nothing_or_elsewhere_leaves_training_as_it_is(own, trial):
    publish_json(own.files.compile_trial_path, trial)
    assert not training_units._is_compiled(own.files, "cpu")


def segment(own, seed=0):
    """Train the last segment of a seed once more, in a run whose trial says that compiling pays."""
    publish_json(own.files.compile_trial_path, USED)
    parent = training_units.read_checkpoint(own.files, seed, 0)
    data = training_units.training_data(own.files, seed)
    epochs = own.files.config.train.checkpoint_epochs
    return training_units._trained(own.files, data, parent, epoch=epochs[-1], device="cpu", tell=silent)


def failing(error):
    """Return a training that fails where it is compiled, whether in a forward or in a backward pass."""

    def train(*words, forward, **others):
        if forward is training_units.CompiledForward:
            raise error
        return train_segment(*words, forward=forward, **others)

    return train


@pytest.mark.parametrize("error", [RuntimeError("illegal memory access\nmore"), TrainingError("diverged")])
def test_where_compiled_training_fails_it_goes_on_as_it_is(own, monkeypatch, error):
    monkeypatch.setattr(training_units, "train_segment", failing(error))
    trained = segment(own)
    assert not trained.is_compiled
    signals = own.files.signals(0)
    pd.testing.assert_frame_equal(trained.segment.signals.reset_index(drop=True), signals)
    reason = own.files.compile_failure()["reason"]
    assert reason.startswith("Training goes on without torch.compile: it failed (")
    assert not training_units._is_compiled(own.files, "cpu")  # nor is the next segment


def test_a_training_that_diverges_either_way_is_no_failure_of_the_compiler(own, monkeypatch):
    def diverging(*words, **others):
        raise TrainingError("diverged")

    monkeypatch.setattr(training_units, "train_segment", diverging)
    with pytest.raises(TrainingError, match="diverged"):
        segment(own)
    assert own.files.compile_failure() is None


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import os; os.abort()", "its trial ended with code -6"),
        ("import time; time.sleep(60)", "its trial did not end within 0.4 s"),
    ],
)
def test_a_trial_that_crashes_or_hangs_is_a_reason(tiny, monkeypatch, program, reason):
    monkeypatch.setattr(compile_trial, "own_module", lambda *_: [sys.executable, "-c", program])
    monkeypatch.setattr(compile_trial, "MOST_SECONDS", 0.4 if "sleep" in program else 60)
    found = trial_in_process(tiny.files, "cpu", seconds=1)
    assert found == {"is_used": False, "reason": f"torch.compile is not used: {reason}.", "measured": None}


def test_a_trial_that_cannot_be_started_is_a_reason(tiny, monkeypatch):
    def refuse(*_, **__):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "run", refuse)
    found = trial_in_process(tiny.files, "cpu", seconds=1)
    assert "its trial could not be started (Resource temporarily unavailable)" in found["reason"]


def test_a_compiler_that_fails_is_a_reason(tiny, monkeypatch, tmp_path):
    broken = tmp_path / "sitecustomize.py"
    broken.write_text("import torch\ntorch.compile = lambda *_, **__: 1 / 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = trial_in_process(tiny.files, "cpu", seconds=1)
    assert "torch.compile is not used: it failed (ZeroDivisionError" in found["reason"]
