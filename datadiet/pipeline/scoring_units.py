"""Scoring as units: what one model at one step says of every example, published a file a method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from datadiet.config import Profile
from datadiet.execution.units import Tell, Unit
from datadiet.frames.scores import SEED_SCORES
from datadiet.pipeline.ensemble import CONTROLS
from datadiet.pipeline.labels import trains_on
from datadiet.pipeline.run_files import ACCURACIES, RunFiles
from datadiet.pipeline.training_units import channel_stats_of, read_checkpoint
from datadiet.pipeline.work import FORWARD_COST, GRADIENT_COST
from datadiet.scores.controls import random_scores
from datadiet.scores.passes import PASS_READS, EvaluationPass, evaluate
from datadiet.scores.registry import METHODS, find_method
from datadiet.store.arrays import ArrayWriter
from datadiet.store.documents import publish_json
from datadiet.store.publish import is_published, publish_file, scratch_folder
from datadiet.store.tables import publish_table
from datadiet.store.workspace import Workspace
from datadiet.training.checkpoint import load_model
from datadiet.training.compiled import forget_compiled
from datadiet.training.device import fixed_threads
from datadiet.training.schedule import side_at

ROWS_A_BLOCK = 2048  # images held at once
BATCH_SIZE = 128  # images a forward pass
EVALUATION = ("probabilities", "features")  # arrays kept at the last step
FIRST_LOOK = ("probabilities",)  # kept of the first seed at its first step, so that there is something to see


@dataclass(frozen=True)
class ScoringTask:
    """Which methods to read from one model at one step, and which arrays of the pass to keep."""

    seed: int
    step: int
    methods: tuple[str, ...]
    keeps: tuple[str, ...] = ()


def default_methods(profile: Profile, *, is_last: bool, is_first_seed: bool) -> tuple[str, ...]:
    """Return what an audit scores at a kept step: everything at the last one, less on the way.

    The quick profile leaves GraNd and EL2N at initialisation to ``datadiet score RUN --epoch 0``.
    """
    if not is_last:
        return ("el2n",) if profile == "quick" else ("el2n", "grand")
    return tuple(name for name in METHODS if is_first_seed or name not in CONTROLS)


def audit_tasks(
    files: RunFiles, seeds: Sequence[int], steps: Sequence[int], *, is_lean: bool = False
) -> list[ScoringTask]:
    """Return the scoring of an audit: each seed at each kept step, step 0 left out of the quick profile.

    Before any seed is scored at the last step, the first seed's first trained step keeps its probabilities:
    the first look. A lean audit scores nothing else before the last step, and leaves GraNd out, so that its
    passes go forward alone; ``datadiet score`` adds what is missing.
    """
    profile = files.config.profile
    looks_at = [step for step in steps if step][:1] if not files.scored_seeds() else []
    tasks = []
    for seed in seeds:
        for step in steps:
            is_last, is_first_seed = step == steps[-1], seed == seeds[0]
            is_looked_at = is_first_seed and step in looks_at
            if (step == 0 and profile == "quick") or (is_lean and not is_last and not is_looked_at):
                continue
            methods = default_methods(profile, is_last=is_last, is_first_seed=is_first_seed)
            methods = tuple(name for name in methods if name != "grand") if is_lean else methods
            keeps = EVALUATION if is_last else FIRST_LOOK if is_looked_at else ()
            tasks.append(ScoringTask(seed, step, methods, keeps))
    return tasks


def first_look_first(units: Sequence[Unit]) -> list[Unit]:
    """Return the units of an audit with the first look right after the training that it waits for."""
    early = {unit.after[0]: unit for unit in units if unit.arguments.get("keeps") == list(FIRST_LOOK)}
    ordered: list[Unit] = []
    for unit in units:
        if unit not in early.values():
            ordered.append(unit)
        if unit.key in early:
            ordered.append(early[unit.key])
    return ordered


def scoring_units(files: RunFiles, tasks: Sequence[ScoringTask], device: str) -> list[Unit]:
    """Return a unit for each task that still lacks a file; it comes after the training of its step."""
    units = []
    for task in tasks:
        missing = missing_files(files, task)
        if not missing:
            continue
        has_gradient = any(find_method(name).reads == "gradient" for name in task.methods)
        arguments = {
            "workspace": str(files.workspace.root),
            "run_id": files.run_id,
            "seed": task.seed,
            "step": task.step,
            "methods": list(task.methods),
            "keeps": list(task.keeps),
            "device": device,
        }
        units.append(
            Unit(
                key=f"score seed {task.seed} step {task.step}",
                final=missing[-1],
                function="datadiet.pipeline.scoring_units:score_unit",
                arguments=arguments,
                after=(f"train seed {task.seed} step {task.step}",),
                cost=len(files.labels) * (GRADIENT_COST if has_gradient else FORWARD_COST),
            )
        )
    return units


def task_files(files: RunFiles, task: ScoringTask) -> list[Path]:
    """Return every file that a task publishes, in the order in which it does."""
    paths = [files.score_path(task.seed, method, task.step) for method in task.methods]
    return [*paths, *(files.evaluation_path(task.seed, name, task.step) for name in task.keeps)]


def missing_files(files: RunFiles, task: ScoringTask) -> list[Path]:
    """Return what a task has still to publish; empty where nothing is left to do."""
    missing = [path for path in task_files(files, task) if not is_published(path)]
    if not missing and files.lacks_accuracy(task.seed, task.step):
        return [files.accuracy_path(task.seed, task.step)]
    return missing


def score_unit(  # ruff: ignore[too-many-arguments]  what a unit's arguments name
    tell: Tell,
    *,
    workspace: str,
    run_id: str,
    seed: int,
    step: int,
    methods: Sequence[str],
    keeps: Sequence[str],
    device: str,
) -> None:
    """Score one model at one step by those of ``methods`` that are not published yet."""
    forget_compiled()  # a training before this unit may hold memory that a pass needs
    files = RunFiles(Workspace.existing(Path(workspace)), run_id)
    task = ScoringTask(seed, step, tuple(methods), tuple(keeps))
    wanted = [method for method in task.methods if not is_published(files.score_path(seed, method, step))]
    passing = [method for method in wanted if find_method(method).reads in PASS_READS]
    if passing or missing_files(files, task):
        _publish_pass(files, task, passing, device=device, tell=tell)
    for method in wanted:
        if method not in passing:
            publish_table(
                files.score_path(seed, method, step), _without_pass(files, task, method), SEED_SCORES
            )


def _without_pass(files: RunFiles, task: ScoringTask, method: str) -> pd.DataFrame:
    """Return a score that reads the training's own signals, or nothing at all."""
    if find_method(method).reads == "none":
        ids = files.labels["example_id"].to_numpy(dtype=np.int64)
        return pd.DataFrame({"example_id": ids, "value": random_scores(ids, task.seed)})
    signals = files.signals(task.seed, stop_step=task.step)
    frame: pd.DataFrame = find_method(method).compute(signals)
    values: pd.DataFrame = frame[["example_id", "value"]].astype({"value": "float64"})
    return values


def _publish_pass(
    files: RunFiles, task: ScoringTask, methods: Sequence[str], *, device: str, tell: Tell
) -> None:
    """Pass all images through the model once, in blocks; publish accuracies, arrays that are kept, values."""
    ids = files.labels["example_id"].to_numpy(dtype=np.int64)
    values = {method: np.full(len(ids), np.nan) for method in methods}
    predicted = np.empty(len(ids), dtype=np.int64)
    with ExitStack() as stack, fixed_threads(files.config.train.num_threads):
        scratch = stack.enter_context(scratch_folder(files.workspace))
        arrays: dict[str, ArrayWriter] = {}
        for rows, scored in _blocks(files, task, methods, device=device, tell=tell):
            predicted[rows] = scored.probabilities.argmax(axis=1)
            for method, block in scored.values.items():
                values[method][rows] = block
            for name in task.keeps:
                block = getattr(scored, name)
                if name not in arrays:
                    arrays[name] = ArrayWriter(scratch / f"{name}.npy", block.shape[1:], np.float32)
                arrays[name].append(block)
        if task.step:
            publish_json(files.accuracy_path(task.seed, task.step), _accuracies(files, predicted))
        for name, writer in arrays.items():
            writer.close()
            final = files.evaluation_path(task.seed, name, task.step)
            publish_file(final, partial(copyfile, scratch / f"{name}.npy"))
    for method in methods:
        frame = pd.DataFrame({"example_id": ids, "value": values[method]})
        publish_table(files.score_path(task.seed, method, task.step), frame.dropna(), SEED_SCORES)


def _accuracies(files: RunFiles, predicted: NDArray[np.int64]) -> dict[str, float]:
    """Return the accuracy on each split that is held out, on given labels, by its column in HISTORY."""
    is_right = predicted == files.labels["given_label"].to_numpy(dtype=np.int64)
    split = files.labels["split"].to_numpy(dtype=object)
    held_out = {column: split == name for column, name in ACCURACIES.items() if (split == name).any()}
    return {column: float(is_right[rows].mean()) for column, rows in held_out.items()}


def _blocks(
    files: RunFiles, task: ScoringTask, methods: Sequence[str], *, device: str, tell: Tell
) -> Iterator[tuple[NDArray[np.int64], EvaluationPass]]:
    """Yield rows in order with what the model says of them; gradients only of examples it trained on."""
    place = torch.device(device)
    checkpoint = read_checkpoint(files, task.seed, task.step)
    model = load_model(checkpoint, files.config.train, place)
    side = side_at(files.config.train, checkpoint.shape.image_size, files.num_train, checkpoint.epoch)
    labels = files.labels["label"].to_numpy(dtype=np.int64)
    is_trained = trains_on(files.labels, task.seed, files.config.num_folds)
    for start in range(0, len(labels), ROWS_A_BLOCK):
        rows = np.arange(start, min(start + ROWS_A_BLOCK, len(labels)))
        tell(start / len(labels), "")
        parts = []
        for part, asked in (
            (rows[is_trained[rows]], list(methods)),
            (rows[~is_trained[rows]], [name for name in methods if find_method(name).reads != "gradient"]),
        ):
            if len(part):
                scored = evaluate(
                    model,
                    files.images.images,
                    part,
                    labels[part],
                    channel_stats_of(files),
                    asked,
                    device=place,
                    batch_size=BATCH_SIZE,
                    side=side,
                )
                parts.append((part, scored))
        yield rows, _in_row_order(rows, parts, methods)


def _in_row_order(
    rows: NDArray[np.int64], parts: Sequence[tuple[NDArray[np.int64], EvaluationPass]], methods: Sequence[str]
) -> EvaluationPass:
    """Return one pass over ``rows`` put together from passes over parts of them, NaN where not asked."""
    order = np.argsort(np.concatenate([part for part, _ in parts]), kind="stable")

    def joined(arrays: list[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate(arrays)[order]

    def values(method: str) -> list[NDArray[np.float64]]:
        return [scored.values.get(method, np.full(len(part), np.nan)) for part, scored in parts]

    return EvaluationPass(
        values={method: joined(values(method)) for method in methods},
        probabilities=joined([scored.probabilities for _, scored in parts]),
        features=joined([scored.features for _, scored in parts]),
        margins=joined([scored.margins for _, scored in parts]),
    )
