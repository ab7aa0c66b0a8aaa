"""A study written by hand into a workspace: what retrainings would have published, without training."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from datadiet.frames.study import ANSWERS
from datadiet.pipeline.run import open_run
from datadiet.pipeline.studies import Protocol, Study, clock_path, open_study, retrain_folder
from datadiet.store.documents import publish_json, write_json
from datadiet.store.publish import publish_folder
from datadiet.store.tables import write_table
from datadiet.study.points import Point, point, window_points

RUN = "short digits"  # of the digits workspace
KEEPS = (0.2, 0.4, 0.6, 0.8)


def hill(keep: float, offset: float) -> float:
    """Return an accuracy that is best away from both ends and worst at the hardest images."""
    beyond = 1.0 - keep - offset
    return 0.9 + 0.05 * keep - 0.1 * (offset - 0.3) ** 2 - 0.12 * 0.02 / (beyond + 0.02)


def accuracy_of(each: Point) -> float:
    if each.labels == "reviewed":
        return 0.955
    return {"all": 0.93, "random": 0.89 + 0.04 * each.keep_fraction}.get(
        each.rule, hill(each.keep_fraction, each.window_offset)
    )


def write_study(
    root: Path, points: Iterable[Point] | None = None, *, run: str = RUN, seeds: int = 2,
    splits: tuple[str, ...] = ("validation", "test"), protocol: Protocol | None = None,
) -> Study:  # fmt: skip
    """Write a study of a run; by default 30 windows and their controls."""
    opened = open_run(run, workspace=root)
    study = open_study(opened.files, protocol or Protocol())
    for order, each in enumerate(usual_points() if points is None else points):
        for seed in range(seeds):
            _write(study, each, seed, accuracy_of(each) + 0.004 * (seed - (seeds - 1) / 2), splits)
            study.add(each, seed, f"{each.point_id}{study.study_id[:4]}", order=order)
    return study


def _write(study: Study, each: Point, seed: int, accuracy: float, splits: tuple[str, ...]) -> None:
    files = study.files
    num_train = int((files.labels["split"] == "train").sum())
    result = {
        **{f"{split}_accuracy": accuracy if split in splits else None for split in ("validation", "test")},
        "worst_class": 0,
        "worst_class_accuracy": accuracy,
        "num_kept": round(each.keep_fraction * num_train),
        "num_steps": 120,
        "flips_kept_fraction": 0.01,
        "suspects_kept_fraction": 0.01,
    }
    retrain_id = f"{each.point_id}{study.study_id[:4]}"
    with publish_folder(files.workspace, retrain_folder(files, retrain_id, seed)) as attempt:
        write_json(attempt / "result.json", result)
        write_table(attempt / "answers.parquet", _answers(study, accuracy), ANSWERS)
    publish_json(clock_path(files, retrain_id, seed), {"train_seconds": 30.0})


def _answers(study: Study, accuracy: float) -> pd.DataFrame:
    """Return answers that are right for that share of each class but the first, of which half of it."""
    held = study.files.labels[study.files.labels["split"] == "test"]
    given = held["given_label"].to_numpy()
    place = held.groupby("given_label").cumcount() / held.groupby("given_label")["example_id"].transform(
        "size"
    )
    is_right = place.to_numpy() < np.where(given == 0, accuracy / 2, accuracy)
    predicted = np.where(is_right, given, (given + 1) % 10)
    return ANSWERS.conform(pd.DataFrame({"example_id": held["example_id"], "predicted_label": predicted}))


def usual_points() -> list[Point]:
    """Return thirty windows, all data, and random of every size but 0.8."""
    offsets = [round(0.07 * step, 2) for step in range(13)]
    windows = window_points("el2n", KEEPS, offsets)[:30]
    return [point("all"), *(point("random", keep_fraction=keep) for keep in KEEPS[:3]), *windows]
