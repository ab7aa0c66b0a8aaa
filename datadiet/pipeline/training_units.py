"""Training as units: one segment of one seed, up to its next kept checkpoint, is one published folder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import nn

from datadiet.data.images import LabeledImages
from datadiet.errors import CorruptFileError, NotFoundError, TrainingError
from datadiet.execution.units import Tell, Unit
from datadiet.frames.training import HISTORY, SIGNALS
from datadiet.pipeline.labels import SeedRows, seed_rows
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.work import FORWARD_COST, TRAIN_COST
from datadiet.store.arrays import write_array
from datadiet.store.documents import publish_json, read_json, write_json
from datadiet.store.publish import is_published, publish_folder, verified_bytes
from datadiet.store.tables import write_table
from datadiet.store.workspace import Workspace
from datadiet.training.checkpoint import Checkpoint
from datadiet.training.compiled import CompiledForward, failure
from datadiet.training.device import device_title
from datadiet.training.inputs import ChannelStats, TrainingData
from datadiet.training.loop import Segment, initial_checkpoint, train_segment
from datadiet.training.opinions import MAX_CLASSES, MinibatchOpinions
from datadiet.training.schedule import batch_size, step_at
from datadiet.training.trainer import Batch, ForwardPass, as_it_is

logger = logging.getLogger(__name__)


def training_units(files: RunFiles, seeds: Sequence[int], epochs: Sequence[int], device: str) -> list[Unit]:
    """Return the training of ``seeds`` through ``epochs``, a unit a kept checkpoint, each after its parent.

    Args:
        files: Of the run.
        seeds: Models to train.
        epochs: Whose checkpoints are kept, rising from 0.
        device: Where to train.
    """
    units: list[Unit] = []
    size = batch_size(files.config.train, files.num_train)
    for seed in seeds:
        before: tuple[str, ...] = ()
        step_before = 0
        for epoch in epochs:
            step = step_at(files.config.train, files.num_train, epoch)
            key = f"train seed {seed} step {step}"
            arguments = {
                "workspace": str(files.workspace.root),
                "run_id": files.run_id,
                "seed": seed,
                "epoch": epoch,
                "device": device,
            }
            units.append(
                Unit(
                    key=key,
                    final=files.workspace.step_dir(files.run_id, seed, step),
                    function="datadiet.pipeline.training_units:train_unit",
                    arguments=arguments,
                    after=before,
                    cost=TRAIN_COST * (step - step_before) * size if step else FORWARD_COST,
                )
            )
            before, step_before = (key,), step
    return units


def train_unit(tell: Tell, *, workspace: str, run_id: str, seed: int, epoch: int, device: str) -> None:
    """Train ``seed`` from its last kept checkpoint below ``epoch`` to ``epoch``, and publish the segment.

    Raises:
        TrainingError: The training diverged; the seed is marked and takes part in nothing.
    """
    files = RunFiles(Workspace.existing(Path(workspace)), run_id)
    if (reason := files.diverged(seed)) is not None:
        raise TrainingError(str(reason["reason"]))
    config, data = files.config.train, training_data(files, seed)
    step = step_at(config, files.num_train, epoch)
    final = files.workspace.step_dir(run_id, seed, step)
    started = perf_counter()
    if epoch == 0:
        untrained = initial_checkpoint(config, data, seed, run_id=run_id)
        publish_segment(files, Segment(untrained, HISTORY.empty(), SIGNALS.empty()), final)
        return
    parent = read_checkpoint(files, seed, parent_step(files, seed, step))
    try:
        trained = _trained(files, data, parent, epoch=epoch, device=device, tell=tell)
    except TrainingError as error:
        publish_json(
            files.workspace.seed_dir(run_id, seed) / "diverged.json",
            {"reason": str(error), "epoch": epoch, "run_id": run_id, "seed": seed},
        )
        raise
    publish_segment(files, trained.segment, final, trained.opinions)
    seconds = perf_counter() - started
    clock = files.workspace.seed_dir(run_id, seed) / "clock" / f"{final.name}.json"
    told = {"num_steps": step - parent.step, "device": device, "is_compiled": trained.is_compiled}
    publish_json(clock, {"seconds": seconds, **told})


@dataclass(frozen=True)
class _Trained:
    segment: Segment
    opinions: MinibatchOpinions | None  # None: of too many classes
    is_compiled: bool


def _trained(
    files: RunFiles, data: TrainingData, parent: Checkpoint, *, epoch: int, device: str, tell: Tell
) -> _Trained:
    """Train a segment; where that fails compiled, as it is, which says whether it diverged."""
    last = step_at(files.config.train, files.num_train, epoch)

    def attempt(forward: Callable[[nn.Module], ForwardPass]) -> _Trained:
        has_few = data.num_classes <= MAX_CLASSES
        opinions = MinibatchOpinions(len(data.train_rows), data.num_classes) if has_few else None
        told = _teller(tell, parent.step, last)
        segment = train_segment(
            files.config.train,
            data,
            parent,
            stop_epoch=epoch,
            device=torch.device(device),
            observers=[told] if opinions is None else [told, opinions],
            forward=forward,
        )
        return _Trained(segment, opinions, is_compiled=forward is CompiledForward)

    if _is_compiled(files, device):
        try:
            return attempt(CompiledForward)
        except Exception as error:  # any that a compiler, or what it calls, may raise
            reason = f"Training goes on without torch.compile: {failure(error)}."
            logger.warning(reason)
            trained = attempt(as_it_is)  # raises where it is the training that diverges
            publish_json(files.compile_failure_path, {"reason": reason, "run_id": files.run_id})
            return trained
    return attempt(as_it_is)


def _is_compiled(files: RunFiles, device: str) -> bool:
    """Return whether models are trained compiled: where the run's trial, on this device, found it to pay."""
    trial = files.compile_trial()
    if trial is None or not trial["is_used"] or files.compile_failure() is not None:
        return False
    return bool(trial["device"] == device_title(torch.device(device)))


def _teller(tell: Tell, start: int, stop: int) -> Callable[[Batch], None]:
    def observe(batch: Batch) -> None:
        tell((batch.step - start) / (stop - start), "")

    return observe


def parent_step(files: RunFiles, seed: int, step: int) -> int:
    """Return the highest kept step of ``seed`` below ``step``.

    Raises:
        NotFoundError: There is none, not even the initialisation.
    """
    below = [kept for kept in files.steps(seed) if kept < step]
    if not below:
        raise NotFoundError(f"Run {files.run_id}, seed {seed} has no checkpoint below step {step}.")
    return below[-1]


def training_data(files: RunFiles, seed: int) -> TrainingData:
    """Return what ``seed`` of the run trains, validates and tests on."""
    rows = seed_rows(files.labels, seed, files.config.num_folds)
    data = data_of_rows(
        files.images, files.labels, rows, channel_stats_of(files), num_classes=len(files.class_names)
    )
    return replace(data, epoch_size=files.num_train)


def data_of_rows(
    images: LabeledImages, labels: pd.DataFrame, rows: SeedRows, stats: ChannelStats, *, num_classes: int
) -> TrainingData:
    """Return the training on ``rows.train`` by their labels, held against the given ones of the others.

    Args:
        images: The prepared data set.
        labels: LABELS frame, in row order.
        rows: Which rows are trained, validated and tested on.
        stats: Channel statistics of the training split.
        num_classes: C, classes that reviews added included.
    """
    label, given = (labels[name].to_numpy(dtype=np.int64) for name in ("label", "given_label"))
    ids = labels["example_id"].to_numpy(dtype=np.int64)
    return TrainingData(
        images=images.images,
        train_rows=rows.train,
        train_labels=label[rows.train],
        train_ids=ids[rows.train],
        validation_rows=rows.validation,
        validation_labels=given[rows.validation],
        test_rows=rows.test,
        test_labels=given[rows.test],
        num_classes=num_classes,
        stats=stats,
    )


def channel_stats_of(files: RunFiles) -> ChannelStats:
    """Return the channel statistics that the run was made with."""
    return ChannelStats(tuple(files.document["channel_mean"]), tuple(files.document["channel_std"]))


def publish_segment(
    files: RunFiles, segment: Segment, final: Path, opinions: MinibatchOpinions | None = None
) -> None:
    """Write a segment's weights, tables and minibatch opinions, and publish them as one folder."""
    with publish_folder(files.workspace, final) as attempt:
        (attempt / "checkpoint.safetensors").write_bytes(save_tensors(segment.checkpoint.to_tensors()))
        write_json(attempt / "checkpoint.json", segment.checkpoint.meta())
        if segment.checkpoint.step:
            write_table(attempt / "history.parquet", segment.history)
            write_table(attempt / "signals.parquet", segment.signals)
        if opinions is not None:
            write_array(attempt / "opinions.npy", opinions.mean())


def read_checkpoint(files: RunFiles, seed: int, step: int) -> Checkpoint:
    """Return the checkpoint of ``seed`` at exactly ``step``.

    Raises:
        NotFoundError: That step was not kept.
        CorruptFileError: The checkpoint in its place is another's.
    """
    folder = files.workspace.step_dir(files.run_id, seed, step)
    if not is_published(folder):
        raise NotFoundError(
            f"Run {files.run_id}, seed {seed} kept no step {step}; "
            f"it kept {', '.join(map(str, files.steps(seed)))}."
        )
    meta: dict[str, Any] = read_json(folder / "checkpoint.json")
    if (meta.get("run_id"), meta.get("seed"), meta.get("step")) != (files.run_id, seed, step):
        raise CorruptFileError.wrong_place(folder, f"run {files.run_id}, seed {seed}, step {step}")
    return Checkpoint.from_tensors(load_tensors(verified_bytes(folder / "checkpoint.safetensors")), meta)
