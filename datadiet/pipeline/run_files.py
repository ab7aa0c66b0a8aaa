"""What a run keeps on disk, opened: settings, labels, images, which steps and scores are there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from datadiet.config import AuditConfig, validated
from datadiet.data.images import LabeledImages
from datadiet.errors import NotFoundError
from datadiet.frames.scores import SEED_SCORES
from datadiet.frames.table import Table
from datadiet.frames.training import HISTORY, LABELS, SIGNALS
from datadiet.pipeline.labels import trains_on
from datadiet.store.arrays import StoredArray, open_array
from datadiet.store.documents import read_json
from datadiet.store.publish import is_published
from datadiet.store.tables import read_table
from datadiet.store.workspace import Workspace
from datadiet.training.schedule import total_steps

_STEP = re.compile(r"step_(\d+)$")
ACCURACIES = {"validation_accuracy": "validation", "test_accuracy": "test"}  # of HISTORY -> split
_SCORE = re.compile(r"(?P<method>\w+)_step_(?P<step>\d+)\.parquet$")


@dataclass(frozen=True)
class RunFiles:
    """The files of one run; reading only."""

    workspace: Workspace
    run_id: str

    @property
    def folder(self) -> Path:
        """Return the run's folder."""
        return self.workspace.run_dir(self.run_id)

    @cached_property
    def document(self) -> dict[str, Any]:
        """Return ``config.json``: settings, data set, channel statistics, where the labels come from."""
        document: dict[str, Any] = read_json(self.folder / "config.json")
        return document

    @cached_property
    def config(self) -> AuditConfig:
        """Return the run's settings."""
        return validated(AuditConfig, self.document["config"])

    @cached_property
    def environment(self) -> dict[str, Any]:
        """Return ``environment.json``: machine and versions of the process that made the run."""
        environment: dict[str, Any] = read_json(self.folder / "environment.json")
        return environment

    @cached_property
    def images(self) -> LabeledImages:
        """Return the prepared data set, read-only."""
        return LabeledImages.open(self.workspace.dataset_dir(self.document["dataset_id"]))

    @cached_property
    def labels(self) -> pd.DataFrame:
        """Return the LABELS frame, in row order."""
        return read_table(self.folder / "noise.parquet", LABELS)

    @property
    def class_names(self) -> list[str]:
        """Return the class names by index: the source's, then those that applied reviews added."""
        return list(self.document["class_names"])

    @property
    def num_train(self) -> int:
        """Return the examples that every seed of the run trains on at least; steps follow from it."""
        return int(self.document["num_train"])

    @property
    def last_step(self) -> int:
        """Return the step at which the run's training ends."""
        return total_steps(self.config.train, self.num_train)

    def seeds(self) -> list[int]:
        """Return the seeds that have begun, in order, diverged ones included."""
        found = [int(path.name[5:]) for path in self.folder.glob("seed_*") if path.name[5:].isdigit()]
        return sorted(found)

    def diverged(self, seed: int) -> dict[str, Any] | None:
        """Return why ``seed`` stopped without a usable model, None where it did not."""
        path = self.workspace.seed_dir(self.run_id, seed) / "diverged.json"
        return read_json(path) if is_published(path) else None

    @property
    def compile_trial_path(self) -> Path:
        """Return where a trial of torch.compile is published, if one was made."""
        return self.folder / "compile_trial.json"

    @property
    def compile_failure_path(self) -> Path:
        """Return where it is published that a compiled training failed, if one did."""
        return self.folder / "compile_failure.json"

    def compile_failure(self) -> dict[str, Any] | None:
        """Return why a compiled training failed, None where none did."""
        return read_json(self.compile_failure_path) if is_published(self.compile_failure_path) else None

    def compile_trial(self) -> dict[str, Any] | None:
        """Return what a trial of torch.compile found, None where none was made."""
        return read_json(self.compile_trial_path) if is_published(self.compile_trial_path) else None

    def scored_seeds(self) -> list[int]:
        """Return the seeds whose probabilities at the last step are published: those a summary can use."""
        folders = {seed: self.workspace.scores_dir(self.run_id, seed) for seed in self.seeds()}
        return [seed for seed, folder in folders.items() if is_published(folder / "probabilities.npy")]

    def shown_seeds(self) -> list[int]:
        """Return the seeds to look at: the scored ones, before there are any those of the first look."""
        early = (seed for seed in self.seeds() if self._first_looks(seed) and self.diverged(seed) is None)
        return self.scored_seeds() or list(early)

    def _first_looks(self, seed: int) -> list[Path]:
        """Return the probabilities of ``seed`` that are kept of steps before the last, rising."""
        paths = self.workspace.scores_dir(self.run_id, seed).glob("probabilities_step_*.npy")
        return sorted(path for path in paths if is_published(path))

    def steps(self, seed: int) -> list[int]:
        """Return the steps whose checkpoint of ``seed`` is kept, rising."""
        folders = self.workspace.seed_dir(self.run_id, seed).glob("step_*")
        return sorted(int(found[1]) for path in folders if (found := _STEP.search(path.name)))

    def score_steps(self, seed: int) -> list[tuple[str, int]]:
        """Return (method, step) of every published score of ``seed``."""
        paths = sorted(self.workspace.scores_dir(self.run_id, seed).glob("*_step_*.parquet"))
        found = [(path, _SCORE.match(path.name)) for path in paths]
        return [(m["method"], int(m["step"])) for path, m in found if m and is_published(path)]

    def score_path(self, seed: int, method: str, step: int) -> Path:
        """Return where the values of ``method`` at ``step`` lie or will lie."""
        return self.workspace.scores_dir(self.run_id, seed) / f"{method}_step_{step:06d}.parquet"

    def score(self, seed: int, method: str, step: int) -> np.ndarray:
        """Return one seed's values in row order, float64, NaN where it gives none.

        Raises:
            NotFoundError: The score was not computed.
        """
        path = self.score_path(seed, method, step)
        if not is_published(path):
            raise NotFoundError(
                f"Run {self.run_id} has no {method} at step {step} for seed {seed}; "
                f"compute it with: datadiet score {self.run_id} --method {method}."
            )
        frame = read_table(path, SEED_SCORES)
        ids, known = frame["example_id"].to_numpy(), self.labels["example_id"].to_numpy()
        if np.array_equal(ids, known):
            return np.array(frame["value"], dtype=np.float64)
        values = np.full(len(known), np.nan)
        values[np.searchsorted(known, ids)] = frame["value"]
        return values

    def trained_by(self, seed: int) -> np.ndarray:
        """Return the mask, shape (N,), of the rows that ``seed`` trains on; shared, so read-only."""
        if seed not in self._trained:
            mask = trains_on(self.labels, seed, self.config.num_folds)
            mask.setflags(write=False)
            self._trained[seed] = mask
        return self._trained[seed]

    @cached_property
    def _trained(self) -> dict[int, np.ndarray]:
        return {}

    def evaluation(self, seed: int, name: str) -> StoredArray:
        """Return ``probabilities`` (N, C) or ``features`` (N, D) of ``seed`` at the last step, row order.

        Before the seed is trained to its end, its probabilities are those of the first look.
        """
        path = self.evaluation_path(seed, name, self.last_step)
        early = self._first_looks(seed) if name == "probabilities" and not is_published(path) else []
        return open_array(early[-1] if early else path)

    def evaluation_path(self, seed: int, name: str, step: int) -> Path:
        """Return where an array of the pass at ``step`` lies or will lie."""
        stem = name if step == self.last_step else f"{name}_step_{step:06d}"
        return self.workspace.scores_dir(self.run_id, seed) / f"{stem}.npy"

    def segments(self, seed: int) -> list[Path]:
        """Return the folders of the training segments of ``seed``, rising, step 0 left out."""
        return [self.workspace.step_dir(self.run_id, seed, step) for step in self.steps(seed) if step]

    def history(self, seed: int) -> pd.DataFrame:
        """Return the HISTORY frame of ``seed``, all segments; what training left out is of scoring passes."""
        history = self._epochs(seed, "history.parquet", HISTORY)
        for path in sorted(self.workspace.scores_dir(self.run_id, seed).glob("accuracy_step_*.json")):
            if is_published(path):
                at = history["step"] == int(path.stem.removeprefix("accuracy_step_"))
                for name, value in read_json(path).items():
                    history.loc[at, name] = history.loc[at, name].fillna(value)
        return history

    def accuracy_path(self, seed: int, step: int) -> Path:
        """Return where the accuracies lie or will lie that the scoring pass at ``step`` gives."""
        return self.workspace.scores_dir(self.run_id, seed) / f"accuracy_step_{step:06d}.json"

    def lacks_accuracy(self, seed: int, step: int) -> bool:
        """Return whether a split is held out on which neither training nor scoring measured ``step``."""
        if not step or is_published(self.accuracy_path(seed, step)):
            return False
        split, history = self.labels["split"], self.history(seed)
        held_out = [column for column, name in ACCURACIES.items() if (split == name).any()]
        return bool(history.loc[history["step"] == step, held_out].isna().any(axis=None))

    def signals(self, seed: int, *, stop_step: int | None = None) -> pd.DataFrame:
        """Return the SIGNALS frame of ``seed`` up to ``stop_step``, all segments by default."""
        return self._epochs(seed, "signals.parquet", SIGNALS, stop_step)

    def _epochs(self, seed: int, name: str, table: Table, stop_step: int | None = None) -> pd.DataFrame:
        """Return a table of all segments, each epoch once: a step kept later lies inside another segment."""
        frames: list[pd.DataFrame] = []
        last_epoch = 0
        for folder in self.segments(seed):
            if stop_step is not None and int(folder.name.removeprefix("step_")) > stop_step:
                break
            frame = read_table(folder / name, table)
            frames.append(frame[frame["epoch"] > last_epoch])
            last_epoch = max(last_epoch, int(frame["epoch"].max()))
        return table.conform(pd.concat(frames, ignore_index=True)) if frames else table.empty()
