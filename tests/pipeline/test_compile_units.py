from __future__ import annotations

from dataclasses import asdict

import pytest

from datadiet.pipeline import compile_units, training_units
from datadiet.pipeline.compile_units import PAYS_FROM_SECONDS, compile_unit, with_compiling
from datadiet.store.documents import publish_json
from datadiet.training.compiled import CompiledOrEager, CompileTrial
from datadiet.training.trainer import as_it_is


def silent(fraction, message):
    """Hear nothing."""


def units(run):
    return training_units.training_units(run.files, [0, 1], [0, 1, 4], "cuda")


@pytest.mark.parametrize(
    ("device", "seconds"), [("cpu", 1e6), ("cuda", PAYS_FROM_SECONDS - 1), ("mps", 1e6), ("cuda:1", 0.0)]
)
def test_nothing_is_tried_where_it_cannot_pay(tiny, device, seconds):
    training = units(tiny)
    assert with_compiling(tiny.files, training, device=device, seconds=seconds) == training


def test_a_long_training_on_a_gpu_waits_for_a_trial(tiny):
    trial, *training = with_compiling(tiny.files, units(tiny), device="cuda:1", seconds=PAYS_FROM_SECONDS)
    assert trial.final == tiny.files.compile_trial_path
    assert [unit.after for unit in training if unit.arguments["epoch"] == 0] == [(trial.key,)] * 2
    assert [unit.key for unit in training] == [unit.key for unit in units(tiny)]
    assert all(unit.after for unit in training)


def test_a_trial_is_published_and_seeds_follow_it(own, monkeypatch):
    used = CompileTrial(is_used=True, reason="Trained with torch.compile.")
    monkeypatch.setattr(compile_units, "try_compiling", lambda *_: used)
    assert training_units._forward_of(own.files) is as_it_is
    compile_unit(silent, workspace=str(own.files.workspace.root), run_id=own.run_id, device="cpu")
    assert own.files.compile_trial()["reason"] == "Trained with torch.compile."
    assert training_units._forward_of(own.files) is CompiledOrEager


def test_a_trial_that_found_nothing_leaves_training_as_it_is(own):
    publish_json(own.files.compile_trial_path, asdict(CompileTrial(is_used=False, reason="Slower.")))
    assert training_units._forward_of(own.files) is as_it_is


def test_after_a_trial_that_ended_its_process_none_is_made(own, monkeypatch):
    monkeypatch.setattr(compile_units, "try_compiling", lambda *_: pytest.fail("tried again"))
    (own.files.folder / "compile_trial.begun").touch()
    compile_unit(silent, workspace=str(own.files.workspace.root), run_id=own.run_id, device="cpu")
    trial = own.files.compile_trial()
    assert (trial["is_used"], trial["reason"]) == (
        False,
        "Trained without torch.compile: a trial of it ended the process.",
    )


def test_a_trial_that_is_stopped_can_be_made_again(own, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(compile_units, "try_compiling", stopped)
    with pytest.raises(KeyboardInterrupt):
        compile_unit(silent, workspace=str(own.files.workspace.root), run_id=own.run_id, device="cpu")
    assert not (own.files.folder / "compile_trial.begun").exists()
