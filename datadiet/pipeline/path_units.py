"""Linear mode connectivity as units: a child's training is one published folder, a pair's path one table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from datadiet.dynamics.connectivity import between, child_of, renew_statistics
from datadiet.execution.units import Tell, Unit
from datadiet.frames.dynamics import PATHS
from datadiet.pipeline.analyses import Analysis
from datadiet.pipeline.analysis_cost import STATISTICS_IMAGES
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.training_units import channel_stats_of, read_checkpoint, training_data
from datadiet.pipeline.work import FORWARD_COST, TRAIN_COST
from datadiet.seeds import derive_seed
from datadiet.store.documents import read_json, write_json
from datadiet.store.publish import publish_folder, verified_bytes
from datadiet.store.tables import publish_table
from datadiet.store.workspace import Workspace
from datadiet.training.checkpoint import load_model
from datadiet.training.device import fixed_threads
from datadiet.training.inputs import EVALUATION_BATCH, input_batches, predictions
from datadiet.training.loop import train_segment
from datadiet.training.schedule import batch_size, step_at
from datadiet.training.trainer import Batch


def child_folder(files: RunFiles, seed: int, spawn_epoch: int, child: int) -> Path:
    """Return where a child is published; every analysis of the run shares it."""
    return (
        files.workspace.seed_dir(files.run_id, seed) / "children" / f"epoch_{spawn_epoch:03d}_child_{child}"
    )


def path_units(
    files: RunFiles, analysis: Analysis, seeds: list[int], spawn_epochs: list[int], device: str
) -> list[Unit]:
    """Return the training of both children of each seed and spawn epoch, and the path between them."""
    units = []
    size = batch_size(files.config.train, files.num_train)
    num_held = int((files.labels["split"] == "test").sum())
    num_images = STATISTICS_IMAGES + num_held + sum(map(len, analysis.document["sets"].values()))
    for seed in seeds:
        for spawn in spawn_epochs:
            step = step_at(files.config.train, files.num_train, spawn)
            names = [f"train seed {seed} child {child} of epoch {spawn}" for child in (0, 1)]
            common = {"workspace": str(files.workspace.root), "run_id": files.run_id, "seed": seed}
            units += [
                Unit(
                    key=names[child],
                    final=child_folder(files, seed, spawn, child),
                    function="datadiet.pipeline.path_units:child_unit",
                    arguments={**common, "spawn_epoch": spawn, "child": child, "device": device},
                    after=(f"train seed {seed} step {step}",),
                    cost=TRAIN_COST * (files.last_step - step) * size,
                )
                for child in (0, 1)
            ]
            units.append(
                Unit(
                    key=f"path seed {seed} of epoch {spawn}",
                    final=_path_file(analysis.folder, seed, spawn),
                    function="datadiet.pipeline.path_units:path_unit",
                    arguments={
                        **common,
                        "analysis_id": analysis.analysis_id,
                        "spawn_epoch": spawn,
                        "device": device,
                    },
                    after=tuple(names),
                    cost=FORWARD_COST * len(analysis.document["alphas"]) * num_images,
                )
            )
    return units


def _path_file(folder: Path, seed: int, spawn_epoch: int) -> Path:
    return folder / f"seed_{seed:02d}" / f"paths_{spawn_epoch:03d}.parquet"


def child_unit(  # ruff: ignore[too-many-arguments]  what a unit\'s arguments name
    tell: Tell, *, workspace: str, run_id: str, seed: int, spawn_epoch: int, child: int, device: str
) -> None:
    """Train a child from its parent's checkpoint to the end of training, and publish its weights."""
    files = RunFiles(Workspace.existing(Path(workspace)), run_id)
    config = files.config.train
    parent = read_checkpoint(files, seed, step_at(config, files.num_train, spawn_epoch))

    def observe(batch: Batch) -> None:
        tell((batch.step - parent.step) / (batch.num_steps - parent.step), "")

    segment = train_segment(
        config,
        training_data(files, seed).without_held_out(),
        child_of(parent, child),
        stop_epoch=config.num_epochs,
        device=torch.device(device),
        observers=[observe],
    )
    with publish_folder(files.workspace, child_folder(files, seed, spawn_epoch, child)) as attempt:
        weights = {name: value.contiguous() for name, value in segment.checkpoint.model.items()}
        (attempt / "weights.safetensors").write_bytes(save_tensors(weights))
        document = {"run_id": run_id, "seed": seed, "spawn_epoch": spawn_epoch, "child": child}
        write_json(attempt / "child.json", document)


def path_unit(  # ruff: ignore[too-many-arguments]  what a unit\'s arguments name
    tell: Tell, *, workspace: str, run_id: str, analysis_id: str, seed: int, spawn_epoch: int, device: str
) -> None:
    """Evaluate the networks on the path between two children on every set of examples."""
    files = RunFiles(Workspace.existing(Path(workspace)), run_id)
    folder = files.folder / "connectivity" / analysis_id
    document = read_json(folder / "analysis.json")
    first, second = (_weights(files, seed, spawn_epoch, child) for child in (0, 1))
    path = _Path(files, seed, document["sets"], torch.device(device))
    rows = []
    for place, alpha in enumerate(document["alphas"]):
        with fixed_threads(files.config.train.num_threads):
            errors = path.errors(between(first, second, alpha))
        rows += [
            {
                "seed": seed,
                "spawn_epoch": spawn_epoch,
                "examples": name,
                "alpha": alpha,
                "error": error,
            }
            for name, error in errors.items()
        ]
        tell((place + 1) / len(document["alphas"]), "")
    publish_table(_path_file(folder, seed, spawn_epoch), PATHS.from_rows(rows), PATHS)


def _weights(files: RunFiles, seed: int, spawn_epoch: int, child: int) -> dict[str, Tensor]:
    folder = child_folder(files, seed, spawn_epoch, child)
    return load_tensors(verified_bytes(folder / "weights.safetensors"))


class _Path:
    """One model object that takes the weights of each place in turn."""

    def __init__(self, files: RunFiles, seed: int, sets: dict[str, list[int]], device: torch.device) -> None:
        self._images, self._stats, self._device = files.images.images, channel_stats_of(files), device
        labels = files.labels["label"].to_numpy(dtype=np.int64)
        given = files.labels["given_label"].to_numpy(dtype=np.int64)
        rows = {name: files.images.rows(ids) for name, ids in sets.items()}
        self._sets = {name: (each, labels[each]) for name, each in rows.items()}
        test = np.flatnonzero((files.labels["split"] == "test").to_numpy())
        if len(test):
            self._sets["test"] = (test, given[test])
        data = training_data(files, seed)
        draw = np.random.default_rng(derive_seed(seed, "normalisation statistics"))
        self._sample = np.sort(draw.permutation(data.train_rows)[:STATISTICS_IMAGES])
        start = read_checkpoint(files, seed, files.steps(seed)[0])
        self._model: nn.Module = load_model(start, files.config.train, device)

    def errors(self, weights: dict[str, Tensor]) -> dict[str, float]:
        """Return the error of a network on each set, its normalisation statistics made anew."""
        self._model.load_state_dict(weights)
        renew_statistics(self._model, self._batches(self._sample))
        return {name: self._error(rows, labels) for name, (rows, labels) in self._sets.items()}

    def _error(self, rows: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
        predicted = predictions(self._model, self._images, rows, self._stats, self._device)
        return float(np.mean(predicted != labels))

    def _batches(self, rows: NDArray[np.int64]) -> Iterator[Tensor]:
        return input_batches(
            self._images, rows, self._stats, device=self._device, batch_size=EVALUATION_BATCH
        )
