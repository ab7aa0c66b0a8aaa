"""A trial of torch.compile as a unit, before a long training on a GPU; all seeds follow what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from datadiet.execution.units import Tell, Unit
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.training_units import training_data
from datadiet.store.documents import publish_json
from datadiet.store.workspace import Workspace
from datadiet.training.compiled import CompileTrial, try_compiling
from datadiet.training.schedule import sides

COMPILE_SECONDS = 45.0  # of a first compilation, about: of ResNet-18 on a CPU (docs/speed.md)
# Shorter trainings would not earn it if a step took a quarter less: a guess, no GPU was at hand.
PAYS_FROM_SECONDS = 4 * COMPILE_SECONDS


def with_compiling(files: RunFiles, training: Sequence[Unit], *, device: str, seconds: float) -> list[Unit]:
    """Return ``training`` after a trial of torch.compile where it can pay, else as it is.

    It can pay on a GPU, in a training of some minutes; on a CPU it does not (docs/speed.md). Each side that
    a rising resolution goes through is compiled for itself.

    Args:
        files: Of the run.
        training: Units of the training of all seeds.
        device: Where they train.
        seconds: About how long one worker is going to train, as the model is.
    """
    config = files.config.train
    num_sides = len(sides(config, files.images.document["image_size"], files.num_train))
    if torch.device(device).type != "cuda" or seconds < PAYS_FROM_SECONDS * num_sides:
        return list(training)
    trial = Unit(
        key="try torch.compile",
        final=files.compile_trial_path,
        function="datadiet.pipeline.compile_units:compile_unit",
        arguments={"workspace": str(files.workspace.root), "run_id": files.run_id, "device": device},
        cost=sum(unit.cost for unit in training) * COMPILE_SECONDS / seconds,
    )
    waiting = [unit if unit.after else replace(unit, after=(trial.key,)) for unit in training]
    return [trial, *waiting]


def compile_unit(tell: Tell, *, workspace: str, run_id: str, device: str) -> None:
    """Try torch.compile on the run's model and first images, and publish what was found.

    Where an earlier trial ended its process, no other is made.
    """
    files = RunFiles(Workspace.open(Path(workspace)), run_id)
    begun = files.folder / "compile_trial.begun"
    if begun.exists():
        reason = "Trained without torch.compile: a trial of it ended the process."
        publish_json(files.compile_trial_path, asdict(CompileTrial(is_used=False, reason=reason)))
        return
    begun.touch()
    try:
        tell(0.0, "")
        trial = try_compiling(files.config.train, training_data(files, 0), torch.device(device))
    finally:
        begun.unlink()
    found: dict[str, Any] = {**asdict(trial), "device": device, "run_id": run_id}
    publish_json(files.compile_trial_path, found)
