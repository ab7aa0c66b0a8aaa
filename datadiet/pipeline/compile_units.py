"""A trial of torch.compile as a unit, before a long training on a GPU; all seeds follow what it finds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from datadiet.execution.units import Tell, Unit
from datadiet.pipeline.compile_trial import trial_in_process
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.documents import publish_json
from datadiet.store.workspace import Workspace
from datadiet.training.device import device_title
from datadiet.training.schedule import sides

TRIAL = "try torch.compile"  # key of the unit
COMPILE_SECONDS = 45.0  # of a first compilation, about: of ResNet-18 on a CPU (docs/speed.md)
# Shorter trainings would not earn it if a step took a quarter less: a guess, no GPU was at hand.
PAYS_FROM_SECONDS = 4 * COMPILE_SECONDS


def with_compiling(files: RunFiles, training: Sequence[Unit], *, device: str, seconds: float) -> list[Unit]:
    """Return ``training`` after a trial of torch.compile where it can pay, else as it is.

    It can pay on a GPU, in a training of some minutes of which nothing is done yet; on a CPU it does not
    (docs/speed.md). Each side that a rising resolution goes through is compiled for itself.

    Args:
        files: Of the run.
        training: Units of the training of all seeds.
        device: Where they train.
        seconds: About how long one worker is going to train, as the model is.
    """
    if torch.device(device).type != "cuda" or os.environ.get("TORCH_COMPILE_DISABLE") == "1":
        return list(training)
    num_sides = len(sides(files.config.train, files.images.document["image_size"], files.num_train))
    has_begun = any(step for seed in files.seeds() for step in files.steps(seed))
    if seconds < PAYS_FROM_SECONDS * num_sides or has_begun:
        return list(training)
    arguments = {
        "workspace": str(files.workspace.root),
        "run_id": files.run_id,
        "device": device,
        "seconds": seconds,
    }
    trial = Unit(
        key=TRIAL,
        final=files.compile_trial_path,
        function="datadiet.pipeline.compile_units:compile_unit",
        arguments=arguments,
        cost=sum(unit.cost for unit in training) * COMPILE_SECONDS / seconds,
    )
    return [trial, *(replace(unit, after=(*unit.after, trial.key)) for unit in training)]


def compile_unit(tell: Tell, *, workspace: str, run_id: str, device: str, seconds: float) -> None:
    """Try torch.compile on the run's model and first images, and publish what was found."""
    files = RunFiles(Workspace.existing(Path(workspace)), run_id)
    tell(0.0, "")
    found = trial_in_process(files, device, seconds=seconds)
    where = {"device": device_title(torch.device(device)), "run_id": run_id}
    publish_json(files.compile_trial_path, {**found, **where})
