"""Studies of a run, read: protocol, which retrainings belong to them, what these gave. Torch-free."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from datadiet.config import FrozenConfig, NumEpochs, TrainConfig, digest, validated
from datadiet.errors import NotFoundError
from datadiet.frames.study import ANSWERS, CLASS_ACCURACY, RETRAININGS
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.documents import publish_json, read_json
from datadiet.store.publish import is_published
from datadiet.store.tables import read_table
from datadiet.study.points import Point
from datadiet.training.schedule import steps_per_epoch


class Protocol(FrozenConfig):
    """How every retraining of a study is trained, whatever it keeps."""

    fixed: Literal["steps", "epochs"] = "steps"  # the same updates for every size | the same passes
    num_epochs: NumEpochs = 6  # passes over all training examples that the steps are counted from


@dataclass(frozen=True)
class Study:
    """The retrainings of one run under one protocol."""

    files: RunFiles
    study_id: str
    protocol: Protocol

    @property
    def folder(self) -> Path:
        """Return where the study's members are listed."""
        return self.files.folder / "studies" / self.study_id

    def members(self) -> list[dict[str, Any]]:
        """Return what each member is: ``order``, ``point``, ``seed``, ``retrain_id``; in order."""
        paths = sorted((self.folder / "members").glob("*.json"))
        found = [read_json(path) for path in paths if is_published(path)]
        newest: dict[tuple[str, int], dict[str, Any]] = {}
        for each in sorted(found, key=lambda each: each.get("revision", 0)):
            newest[validated(Point, each["point"]).point_id, each["seed"]] = each
        return sorted(newest.values(), key=lambda each: (each["order"], each["seed"]))

    def orders(self) -> dict[str, int]:
        """Return the place of each point among those asked for, by its id."""
        members = self.members()
        ids = {each["order"]: validated(Point, each["point"]).point_id for each in members}
        return {point_id: order for order, point_id in sorted(ids.items())}

    def add(self, point: Point, seed: int, retrain_id: str, *, order: int) -> None:
        """List a retraining as a member, unless it is one already; of a point and a seed the last one counts.

        The same point trains on something else once people have decided more: its retraining is another.
        """
        revision, path = 0, self._member_path(point, seed, 0)
        last = ""
        while is_published(path):
            last = read_json(path)["retrain_id"]
            revision += 1
            path = self._member_path(point, seed, revision)
        if last == retrain_id:
            return
        document = {
            "order": order,
            "point": point.model_dump(mode="json"),
            "seed": seed,
            "retrain_id": retrain_id,
            "revision": revision,
        }
        publish_json(path, document)

    def _member_path(self, point: Point, seed: int, revision: int) -> Path:
        later = f"_{revision}" if revision else ""
        return self.folder / "members" / f"{point.point_id}_{seed:02d}{later}.json"

    def retrainings(self) -> pd.DataFrame:
        """Return the RETRAININGS table of the members that are done, in the order they were asked for."""
        rows = [self._row(member) for member in self.members()]
        return RETRAININGS.from_rows([row for row in rows if row is not None])

    def num_missing(self) -> int:
        """Return how many members are not done yet."""
        return len(self.members()) - len(self.retrainings())

    def class_accuracy(self, retrain_id: str, seed: int) -> pd.DataFrame:
        """Return the CLASS_ACCURACY table of one retraining."""
        return read_table(
            retrain_folder(self.files, retrain_id, seed) / "class_accuracy.parquet", CLASS_ACCURACY
        )

    def answers(self, retrain_id: str, seed: int) -> pd.DataFrame | None:
        """Return the ANSWERS of one retraining; None where an earlier version did not keep them."""
        path = retrain_folder(self.files, retrain_id, seed) / "answers.parquet"
        return read_table(path, ANSWERS) if path.exists() else None

    def _row(self, member: dict[str, Any]) -> dict[str, Any] | None:
        folder = retrain_folder(self.files, member["retrain_id"], member["seed"])
        if not is_published(folder):
            return None
        point = validated(Point, member["point"])
        result = read_json(folder / "result.json")
        clock = clock_path(self.files, member["retrain_id"], member["seed"])
        seconds = read_json(clock)["train_seconds"] if is_published(clock) else math.nan
        return {
            "point_id": point.point_id,
            "rule": point.rule,
            "score": point.score or "",
            "keep_fraction": point.keep_fraction,
            "window_offset": point.window_offset,
            "quota": point.quota,
            "quota_by": point.quota_by,
            "drop_suspects": point.drop_suspects,
            "labels": point.labels,
            "order": point.order,
            "seed": member["seed"],
            "retrain_id": member["retrain_id"],
            "train_seconds": seconds,
            **{name: math.nan if value is None else value for name, value in result.items()},
        }


def retrain_folder(files: RunFiles, retrain_id: str, seed: int) -> Path:
    """Return where one seed of a retraining is published."""
    return files.folder / "retrain" / retrain_id / f"seed_{seed:02d}"


def clock_path(files: RunFiles, retrain_id: str, seed: int) -> Path:
    """Return where the seconds of a retraining lie: apart, since they differ from time to time."""
    return files.folder / "retrain" / retrain_id / "clock" / f"seed_{seed:02d}.json"


def retrain_config(train: TrainConfig, protocol: Protocol, *, num_kept: int, num_train: int) -> TrainConfig:
    """Return the training of ``num_kept`` examples: as many steps as all ``num_train`` would take, or epochs.

    Args:
        train: Of the run.
        protocol: What is fixed.
        num_kept: Training examples of the selection.
        num_train: Training examples of the run.
    """
    if protocol.fixed == "epochs":
        epochs, num_steps = protocol.num_epochs, None
    else:
        num_steps = protocol.num_epochs * steps_per_epoch(train, num_train)
        epochs = math.ceil(num_steps / steps_per_epoch(train, num_kept))
    changed = {"num_epochs": epochs, "num_steps": num_steps, "checkpoint_epochs": (0, epochs)}
    return validated(TrainConfig, {**train.model_dump(mode="json"), **changed})


def open_study(files: RunFiles, protocol: Protocol) -> Study:
    """Return the study of a run under a protocol, made where it is not there yet."""
    study_id = digest(files.run_id, protocol.model_dump(mode="json"))
    study = Study(files, study_id, protocol)
    document = {"run_id": files.run_id, "protocol": protocol.model_dump(mode="json")}
    publish_json(study.folder / "study.json", document)
    return study


def list_studies(files: RunFiles) -> list[Study]:
    """Return the studies of a run, the one with most retrainings first."""
    found = []
    for path in sorted((files.folder / "studies").glob("*/study.json")):
        if is_published(path):
            protocol = validated(Protocol, read_json(path)["protocol"])
            found.append(Study(files, path.parent.name, protocol))
    return sorted(found, key=lambda study: -len(study.members()))


def find_study(files: RunFiles, text: str | None) -> Study:
    """Return the study whose id starts with ``text``, the largest where it is None.

    Raises:
        NotFoundError: None, or more than one, is meant.
    """
    studies = list_studies(files)
    found: Sequence[Study] = [each for each in studies if text is None or each.study_id.startswith(text)]
    if not found or (text is not None and len(found) > 1):
        known = ", ".join(each.study_id for each in studies) or "none; make one with: datadiet sweep"
        meant = "a study" if text is None else f"one study {text}"
        raise NotFoundError(f"Run {files.run_id} does not have {meant}; it has {known}.")
    return found[0]
