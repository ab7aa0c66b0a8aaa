"""Kernel velocity as units: one group of examples in one seed through all epochs is one published table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from datadiet.dynamics.ntk import KERNELS, velocity
from datadiet.execution.units import Tell, Unit
from datadiet.frames.dynamics import VELOCITY
from datadiet.pipeline.analyses import Analysis
from datadiet.pipeline.analysis_cost import logits_read, trained_like
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.training_units import channel_stats_of, read_checkpoint
from datadiet.pipeline.work import TRAIN_COST
from datadiet.store.documents import read_json
from datadiet.store.tables import publish_table
from datadiet.store.workspace import Workspace
from datadiet.training.checkpoint import load_model
from datadiet.training.device import fixed_threads
from datadiet.training.inputs import to_input
from datadiet.training.schedule import step_at


def ntk_units(files: RunFiles, analysis: Analysis, seeds: list[int], device: str) -> list[Unit]:
    """Return a unit for each seed and group; it comes after the training of every step it reads."""
    train = files.config.train
    steps = [step_at(train, files.num_train, epoch) for epoch in needed_epochs(analysis.document["epochs"])]
    num_logits = logits_read(analysis.document["kernel"], len(files.class_names))
    return [
        Unit(
            key=f"ntk seed {seed} group {group}",
            final=analysis.folder / f"seed_{seed:02d}" / f"group_{group:03d}.parquet",
            function="datadiet.pipeline.ntk_units:ntk_unit",
            arguments={
                "workspace": str(files.workspace.root),
                "run_id": files.run_id,
                "analysis_id": analysis.analysis_id,
                "seed": seed,
                "group": group,
                "device": device,
            },
            after=tuple(f"train seed {seed} step {step}" for step in steps),
            cost=TRAIN_COST * len(steps) * trained_like(num_logits * len(examples)),
        )
        for seed in seeds
        for group, examples in enumerate(analysis.document["groups"])
    ]


def needed_epochs(epochs: list[int]) -> list[int]:
    """Return the epochs whose checkpoints the velocities at ``epochs`` read: those, and the next of each."""
    return sorted({each for epoch in epochs for each in (epoch, epoch + 1)})


def ntk_unit(  # ruff: ignore[too-many-arguments]  what a unit\'s arguments name
    tell: Tell, *, workspace: str, run_id: str, analysis_id: str, seed: int, group: int, device: str
) -> None:
    """Compute the velocity of one group in one seed at every epoch asked for, and publish the table."""
    files = RunFiles(Workspace.existing(Path(workspace)), run_id)
    folder = files.folder / "ntk" / analysis_id
    document = read_json(folder / "analysis.json")
    ids = document["groups"][group]
    rows = files.images.rows(ids)
    images = to_input(np.asarray(files.images.images[rows]), channel_stats_of(files), torch.device(device))
    found, epochs = [], needed_epochs(document["epochs"])
    before: tuple[int, Tensor] | None = None
    for place, epoch in enumerate(epochs):
        kernel = _kernel(files, seed, epoch, images, document["kernel"])
        if before is not None and before[0] == epoch - 1 and before[0] in document["epochs"]:
            found.append((before[0], velocity(before[1], kernel)))
        before = (epoch, kernel)
        tell((place + 1) / len(epochs), "")
    is_flipped = files.labels["is_flipped"].to_numpy()[rows]
    table = VELOCITY.from_rows([
        {
            "seed": seed,
            "group": group,
            "percentile": document["percentiles"][group],
            "epoch": epoch,
            "velocity": value,
            "flipped_fraction": float(is_flipped.mean()),
        }
        for epoch, value in found
    ])
    publish_table(folder / f"seed_{seed:02d}" / f"group_{group:03d}.parquet", table, VELOCITY)


# The images are the same at every epoch, whatever side it trained at: a velocity compares kernels.
def _kernel(files: RunFiles, seed: int, epoch: int, images: Tensor, kernel: str) -> Tensor:
    train = files.config.train
    checkpoint = read_checkpoint(files, seed, step_at(train, files.num_train, epoch))
    model = load_model(checkpoint, train, images.device)
    with fixed_threads(train.num_threads):
        return KERNELS[kernel](model, images).cpu()
