"""Retraining as units: one seed on one selection, evaluated by class, is one published folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from datadiet.config import TrainConfig, validated
from datadiet.execution.units import Tell, Unit
from datadiet.frames.study import ANSWERS, CLASS_ACCURACY
from datadiet.frames.training import HISTORY
from datadiet.frames.triage import MISLABELS
from datadiet.pipeline.run import newest_seeds
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.studies import clock_path, retrain_folder
from datadiet.pipeline.training_units import channel_stats_of
from datadiet.pipeline.triage_files import read_triage, triage_folder
from datadiet.store.arrays import open_array, write_array
from datadiet.store.documents import publish_json, read_json, write_json
from datadiet.store.publish import is_published, publish_folder
from datadiet.store.tables import write_table
from datadiet.store.workspace import Workspace
from datadiet.training.checkpoint import load_model
from datadiet.training.device import fixed_threads, forward_in
from datadiet.training.inputs import RESIDENT_BYTES, ROWS_A_BLOCK, Images, TrainingData, predictions
from datadiet.training.loop import initial_checkpoint, train_segment
from datadiet.training.schedule import last_epoch, total_steps
from datadiet.training.trainer import Batch


@dataclass(frozen=True)
class Retraining:
    """What one seed is trained on: rows of the run, their labels, and how."""

    retrain_id: str
    seed: int
    rows: NDArray[np.int64]  # (M,), rows of the run's LABELS table, rising
    labels: NDArray[np.int64]  # (M,), class index
    num_classes: int
    config: TrainConfig
    stages: NDArray[np.int64] | None = None  # (M,), from 1, at which each row joins; None: no curriculum

    @property
    def num_steps(self) -> int:
        """Return the optimizer steps that it takes."""
        return total_steps(self.config, len(self.rows))


def publish_inputs(files: RunFiles, retraining: Retraining) -> None:
    """Publish what a retraining is trained on, unless it is there: its worker reads it from disk."""
    folder = inputs_folder(files, retraining.retrain_id)
    if is_published(folder):
        return
    with publish_folder(files.workspace, folder) as attempt:
        write_array(attempt / "rows.npy", retraining.rows)
        write_array(attempt / "labels.npy", retraining.labels)
        if retraining.stages is not None:
            write_array(attempt / "stages.npy", retraining.stages)
        document = {
            "num_classes": retraining.num_classes,
            "train": retraining.config.model_dump(mode="json"),
            "is_curriculum": retraining.stages is not None,
        }
        write_json(attempt / "training.json", document)


def inputs_folder(files: RunFiles, retrain_id: str) -> Path:
    """Return where the rows and labels of a retraining are published."""
    return files.folder / "retrain" / retrain_id / "inputs"


def retrain_unit_of(files: RunFiles, retrain_id: str, seed: int, device: str) -> Unit:
    """Return the unit of one seed of a retraining whose inputs are published."""
    return Unit(
        key=f"train {retrain_id} seed {seed}",
        final=retrain_folder(files, retrain_id, seed),
        function="datadiet.pipeline.retrain_units:retrain_unit",
        arguments={
            "workspace": str(files.workspace.root),
            "run_id": files.run_id,
            "retrain_id": retrain_id,
            "seed": seed,
            "device": device,
        },
    )


def retrain_unit(tell: Tell, *, workspace: str, run_id: str, retrain_id: str, seed: int, device: str) -> None:
    """Train one seed on a selection, evaluate it by class, and publish what came out.

    Raises:
        TrainingError: The training diverged.
    """
    started = perf_counter()
    shared = _shared(workspace, run_id)
    files, inputs = shared.files, inputs_folder(shared.files, retrain_id)
    rows = np.asarray(open_array(inputs / "rows.npy")[:], dtype=np.int64)
    labels = np.asarray(open_array(inputs / "labels.npy")[:], dtype=np.int64)
    document = read_json(inputs / "training.json")
    config = validated(TrainConfig, document["train"])
    data = _training_data(shared, rows, labels, int(document["num_classes"]))
    if document.get("is_curriculum"):
        data = replace(data, train_stages=np.asarray(open_array(inputs / "stages.npy")[:], dtype=np.int64))
    num_steps = total_steps(config, len(rows))

    def observe(batch: Batch) -> None:
        tell(batch.step / num_steps, "")

    place = torch.device(device)
    begun = initial_checkpoint(config, data, seed, run_id=run_id)
    stop = last_epoch(config, len(rows))
    segment = train_segment(
        config, data.without_held_out(), begun, stop_epoch=stop, device=place, observers=[observe]
    )
    model = load_model(segment.checkpoint, config, place)
    with fixed_threads(config.num_threads), forward_in(config.precision, place):
        found = {
            "validation": _answers(model, data, data.validation_rows, data.validation_labels, place),
            "test": _answers(model, data, data.test_rows, data.test_labels, place),
        }
    by_class = _class_accuracy(data, labels, found)
    accuracies = _accuracies(by_class, found)
    result = {
        **accuracies,
        "num_kept": len(rows),
        "num_steps": num_steps,
        "flips_kept_fraction": shared.share(rows, "is_flipped", labels),
        "suspects_kept_fraction": shared.share(rows, "is_suspect", labels),
    }
    with publish_folder(files.workspace, retrain_folder(files, retrain_id, seed)) as attempt:
        write_json(attempt / "result.json", result)
        write_table(attempt / "history.parquet", _measured(segment.history, accuracies), HISTORY)
        write_table(attempt / "class_accuracy.parquet", by_class, CLASS_ACCURACY)
        write_table(attempt / "answers.parquet", _held_out(shared, found), ANSWERS)
    publish_json(clock_path(files, retrain_id, seed), {"train_seconds": perf_counter() - started})


@dataclass(frozen=True)
class _Shared:
    """What all retrainings of a run share in one process: files, and the pixels in memory."""

    files: RunFiles
    images: Images
    is_suspect: NDArray[np.bool_]  # (N,), all False where the run was not triaged

    def share(self, rows: NDArray[np.int64], what: str, labels: NDArray[np.int64]) -> float:
        """Return the share of kept rows that are suspects, or whose planted flip is still trained on."""
        if what == "is_suspect":
            return float(self.is_suspect[rows].mean())
        frame = self.files.labels.iloc[rows]
        planted = frame["is_flipped"].to_numpy() & (frame["label"].to_numpy() == labels)
        return float(planted.mean())


@lru_cache(maxsize=1)
def _shared(workspace: str, run_id: str) -> _Shared:
    files = RunFiles(Workspace.existing(Path(workspace)), run_id)
    stored = files.images.images
    fits = int(np.prod(stored.shape)) <= RESIDENT_BYTES
    return _Shared(files, _in_memory(stored) if fits else stored, _suspects(files))


def _in_memory(stored: Images) -> NDArray[np.uint8]:
    pixels = np.empty(stored.shape, dtype=np.uint8)
    for start in range(0, len(pixels), ROWS_A_BLOCK):
        block = np.arange(start, min(start + ROWS_A_BLOCK, len(pixels)))
        pixels[start : start + ROWS_A_BLOCK] = stored[block]
    return pixels


def _suspects(files: RunFiles) -> NDArray[np.bool_]:
    seeds = newest_seeds(files)
    if not is_published(triage_folder(files, seeds)):
        return np.zeros(len(files.labels), dtype=bool)
    marked = read_triage(files, seeds, "mislabels", MISLABELS)["is_suspect"]
    return np.asarray(marked, dtype=bool)


def _training_data(
    shared: _Shared, rows: NDArray[np.int64], labels: NDArray[np.int64], num_classes: int
) -> TrainingData:
    frame = shared.files.labels
    given = frame["given_label"].to_numpy(dtype=np.int64)
    held = {name: np.flatnonzero((frame["split"] == name).to_numpy()) for name in ("validation", "test")}
    return TrainingData(
        images=shared.images,
        train_rows=rows,
        train_labels=labels,
        train_ids=frame["example_id"].to_numpy(dtype=np.int64)[rows],
        validation_rows=held["validation"],
        validation_labels=given[held["validation"]],
        test_rows=held["test"],
        test_labels=given[held["test"]],
        num_classes=num_classes,
        stats=channel_stats_of(shared.files),
    )


def _measured(history: pd.DataFrame, accuracies: dict[str, Any]) -> pd.DataFrame:
    """Return the history with the held-out accuracies at its last epoch."""
    history = history.copy()
    for name in ("validation_accuracy", "test_accuracy"):
        history.loc[history.index[-1], name] = float("nan") if accuracies[name] is None else accuracies[name]
    return history


def _answers(
    model: torch.nn.Module,
    data: TrainingData,
    rows: NDArray[np.int64],
    labels: NDArray[np.int64],
    device: torch.device,
) -> pd.DataFrame:
    """Return row, label, the class that the model gives, and whether they are one, of each row."""
    predicted = predictions(model, data.images, rows, data.stats, device)
    columns = {"row": rows, "label": labels, "predicted_label": predicted, "is_right": predicted == labels}
    return pd.DataFrame(columns)


def _held_out(shared: _Shared, found: dict[str, pd.DataFrame]) -> pd.DataFrame:
    frame = pd.concat(list(found.values()), ignore_index=True).sort_values("row")
    ids = shared.files.labels["example_id"].to_numpy(dtype=np.int64)[frame["row"].to_numpy(dtype=np.int64)]
    return ANSWERS.conform(pd.DataFrame({"example_id": ids, "predicted_label": frame["predicted_label"]}))


def _class_accuracy(
    data: TrainingData, labels: NDArray[np.int64], found: dict[str, pd.DataFrame]
) -> pd.DataFrame:
    means = {
        name: frame.groupby("label")["is_right"].mean().reindex(range(data.num_classes))
        for name, frame in found.items()
    }
    frame = pd.DataFrame({
        "label": np.arange(data.num_classes),
        "num_kept": np.bincount(labels, minlength=data.num_classes),
        "validation_accuracy": means["validation"].to_numpy(dtype=np.float64),
        "test_accuracy": means["test"].to_numpy(dtype=np.float64),
    })
    return CLASS_ACCURACY.conform(frame)


def _accuracies(by_class: pd.DataFrame, found: dict[str, pd.DataFrame]) -> dict[str, Any]:
    known = by_class.dropna(subset=["validation_accuracy"])
    place = int(known["validation_accuracy"].to_numpy().argmin()) if len(known) else -1
    means = {name: float(frame["is_right"].mean()) if len(frame) else None for name, frame in found.items()}
    return {
        "validation_accuracy": means["validation"],
        "test_accuracy": means["test"],
        "worst_class": int(known["label"].iloc[place]) if len(known) else -1,
        "worst_class_accuracy": float(known["validation_accuracy"].iloc[place]) if len(known) else None,
    }
