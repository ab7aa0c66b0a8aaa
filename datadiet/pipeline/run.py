"""A run, opened for reading: its scores, suspects, selections and what it says in a few lines. Torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from datadiet.arguments import as_folder, check_kind, check_whole
from datadiet.errors import ConfigError, NotFoundError
from datadiet.frames.examples import SPLITS
from datadiet.frames.triage import CONFUSED, NEIGHBOURS, TRUTH
from datadiet.pipeline.ensemble import CONTROLS, MeanAndError, final_accuracy, score_keys, seed_values
from datadiet.pipeline.labels import EXCLUDED
from datadiet.pipeline.reviews import decisions
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.run_text import run_text
from datadiet.pipeline.score_table import score_table
from datadiet.pipeline.seen_decisions import as_seen
from datadiet.pipeline.select import StoredSelection, list_selections, readable_selections, select_examples
from datadiet.pipeline.triage_files import read_estimate, read_triage, triage_folder, triaged_seeds
from datadiet.pipeline.typical import Typical
from datadiet.scores.reliability import agreement, reliability_table
from datadiet.selection.request import read_request
from datadiet.store.notes import read_note
from datadiet.store.publish import is_published
from datadiet.store.runs import resolve_run, run_name
from datadiet.store.workspace import Workspace
from datadiet.training.schedule import step_at


@dataclass(frozen=True)
class Run:
    """One audited ensemble and what was made of it.

    Made by :func:`open_run` or by an audit; reads the store and computes means over seeds as it reads.
    """

    files: RunFiles
    seeds: tuple[int, ...]  # usable ones; diverged ones are not among them

    @property
    def run_id(self) -> str:
        """Return the run's id, 16 hex digits."""
        return self.files.run_id

    @property
    def name(self) -> str:
        """Return the run's name, its source's where it has none."""
        return run_name(self.files.workspace, self.run_id) or self.source_title

    @property
    def note(self) -> str:
        """Return what somebody wrote about the run, empty for nothing."""
        return read_note(self.files.workspace, self.run_id)

    @property
    def parent(self) -> dict[str, Any] | None:
        """Return the run whose decisions corrected the labels, and their number; None where none did."""
        parent: dict[str, Any] | None = self.files.document.get("reviews")
        return parent

    @cached_property
    def is_first_look(self) -> bool:
        """Return whether no model is trained to its end yet: scores are those of the first step kept."""
        return not self.files.scored_seeds()

    def check_trained(self) -> None:
        """Raise where no model is trained to its end yet.

        Raises:
            NotFoundError: The scores are those of a first look.
        """
        if self.is_first_look:
            raise NotFoundError(
                f"Run {self.run_id} is not trained to its end yet ({self.first_look_words()}); wait for its "
                "audit, or run it again: it goes on from there."
            )

    def first_look_words(self) -> str:
        """Return after how much training the scores are those of a first look; empty where they are not."""
        if not self.is_first_look:
            return ""
        step = max(step for seed in self.seeds for _, step in self.files.score_steps(seed))
        train, num = self.files.config.train, self.files.num_train
        epochs = [each for each in train.checkpoint_epochs if step_at(train, num, each) <= step]
        return f"first look, after {max(epochs)} of {train.num_epochs} epochs"

    @property
    def source_title(self) -> str:
        """Return the source's name without the folders it lies in."""
        return Path(str(self.files.document["source"])).name

    @property
    def class_names(self) -> list[str]:
        """Return the class names, by index."""
        return self.files.class_names

    @cached_property
    def _scores(self) -> pd.DataFrame:
        return score_table(self.files, self.seeds)

    def scores(self) -> pd.DataFrame:
        """Return a row an example in example_id order: labels, every score, triage, decision.

        Scores at the last step carry their method's name, those at another step ``el2n_step_000390``; each
        with ``_se`` (standard error over seeds) and ``_percentile`` (easy 0 to hard 1). They average the
        seeds that trained on the example and are NaN where none did; ``oof_*`` columns average the others. A
        decision reads against the label of this run: ``keep`` says that that one is right.
        """
        seen = as_seen(decisions(self.files), self.files)
        return self._scores.merge(seen[["example_id", "decision"]], on="example_id")

    def suspects(self, num: int | None = None) -> pd.DataFrame:
        """Return the rows whose labels look wrong, worst first: as many as the estimate says, or ``num``.

        What decisions left out of every split is not among them.

        Raises:
            ConfigError: ``num`` is no whole number from 0 up.
            NotFoundError: The run has not been triaged.
        """
        if num is not None:
            check_whole("num", num, least=0)
        read_estimate(self.files, self.seeds)
        rows = self.scores()
        rows = rows[rows["split"].isin(SPLITS)]
        worst = rows.sort_values(["mislabel_score", "example_id"], ascending=[False, True], kind="stable")
        count = int(worst["is_suspect"].sum()) if num is None else num
        return worst.head(count).reset_index(drop=True)

    def select(
        self, rule: str, *, score: str | None = None, group_table: Path | str | None = None, **settings: Any
    ) -> StoredSelection:
        """Return, and store with the run, which training examples ``rule`` keeps.

        Args:
            rule: window, hardest, easiest, random or covering.
            score: Whose ranks are read, such as ``el2n``; None for rules without one.
            group_table: CSV with the column ``quota_by``, as for ``datadiet select --table``.
            **settings: keep_fraction, window_offset, quota, quota_by, drop_suspects, seed.

        Raises:
            ConfigError: A setting is unknown, or outside what is allowed.
        """
        request = read_request({"rule": rule, "score": score, **settings})
        return select_examples(self, request, group_table=Path(group_table) if group_table else None)

    def selections(self) -> list[StoredSelection]:
        """Return the stored selections, the newest last."""
        return list_selections(self)

    def readable_selections(self) -> tuple[list[StoredSelection], list[str]]:
        """Return the stored selections that can be read, the newest last, and why others cannot."""
        return readable_selections(self)

    @property
    def is_triaged(self) -> bool:
        """Return whether triage over these seeds is there."""
        return is_published(triage_folder(self.files, self.seeds))

    @property
    def estimate(self) -> dict[str, Any]:
        """Return how many labels are wrong: num_wrong, low, high (95 %), and how it was made."""
        return read_estimate(self.files, self.seeds)

    def confused(self) -> pd.DataFrame:
        """Return which pairs of classes are confused in the labels, with estimated counts."""
        return read_triage(self.files, self.seeds, "confused", CONFUSED)

    def neighbours(self) -> pd.DataFrame:
        """Return the nearest neighbours of each example in the ensemble's features."""
        return read_triage(self.files, self.seeds, "neighbours", NEIGHBOURS)

    @cached_property
    def _typical(self) -> Typical:
        return Typical(self.files, self.seeds)

    def exemplars(self, class_index: int, num: int = 6) -> list[int]:
        """Return the example_ids of typical training images of a class, different from each other.

        The most typical one comes first. The others are those among the most typical tenth of the class that
        differ most in the ensemble's features; of copies of one picture one is taken.

        Raises:
            NotFoundError: The run has not been triaged.
            ConfigError: The run has no class of that number, or ``num`` is no whole number from 1 up.
        """
        num_classes = len(self.class_names)
        if class_index not in range(num_classes):
            raise ConfigError.out_of_range("class_index", repr(class_index), f"in [0, {num_classes - 1}]")
        check_whole("num", num, least=1)
        return self._typical.of_class(class_index, num)

    def truth(self) -> pd.DataFrame | None:
        """Return precision and recall against depth for every score; None without known truth."""
        path = triage_folder(self.files, self.seeds) / "truth.parquet"
        return read_triage(self.files, self.seeds, "truth", TRUTH) if is_published(path) else None

    def history(self) -> pd.DataFrame:
        """Return the history of every usable seed: a ``seed`` column before those of one history."""
        frames = [each.assign(seed=seed) for seed, each in zip(self.seeds, self._histories, strict=True)]
        joined = pd.concat(frames, ignore_index=True)
        return joined[["seed", *[name for name in joined if name != "seed"]]]

    @cached_property
    def _histories(self) -> list[pd.DataFrame]:
        return [self.files.history(seed) for seed in self.seeds]

    def agreement(self) -> pd.DataFrame:
        """Return the rank agreement of every pair of scores on the training examples."""
        is_train = (self.files.labels["split"] == "train").to_numpy()
        table = self._scores
        names = [key.name for key in self._keys() if key.name in table]
        return agreement({name: table.loc[is_train, name].to_numpy() for name in names})

    def reliability(self, method: str | None = None) -> pd.DataFrame:
        """Return split-half reliability of each score over seeds, and the seeds for 0.9 and 0.95.

        Args:
            method: Only the scores of this method, at all its steps; None for every score.
        """
        keys = [key for key in self._keys() if key.method not in CONTROLS and key.name in self._scores]
        keys = [key for key in keys if method in {None, key.method}]
        is_train = (self.files.labels["split"] == "train").to_numpy()
        values = {key.name: seed_values(self.files, key, self.seeds)[:, is_train] for key in keys}
        return reliability_table(values)

    def accuracy(self, split: str) -> MeanAndError:
        """Return the accuracy on ``validation`` or ``test`` after the last step scored, in [0, 1].

        Raises:
            ConfigError: It is another split.
        """
        if split not in SPLITS:
            raise ConfigError.unknown_choice("split", split, SPLITS)
        if not self.is_first_look:
            return final_accuracy(self._histories, split)
        seeds = zip(self.seeds, self._histories, strict=True)
        return final_accuracy([each[each["step"] <= self._scored_step(seed)] for seed, each in seeds], split)

    def _scored_step(self, seed: int) -> int:
        """Return the last step at which a seed has a score; -1 where it has none."""
        return max((step for _, step in self.files.score_steps(seed)), default=-1)

    def _keys(self) -> list[Any]:
        return score_keys(self.files, self.seeds, self.files.last_step)

    def headline(self) -> dict[str, Any]:
        """Return the run in one JSON-able object, as ``datadiet show --json`` prints it."""
        document, images = self.files.document, self.files.images.document
        test = self.accuracy("test")
        selections, problems = self.readable_selections()
        found: dict[str, Any] = {
            "run_id": self.run_id,
            "name": self.name,
            "note": self.note,
            "parent": self.parent,
            "dataset_id": document["dataset_id"],
            "source": document["source"],
            **self._counts(),
            "num_skipped": images["num_skipped"],
            "num_classes": len(self.class_names),
            "profile": self.files.config.profile,
            "model": self.files.config.train.model,
            "seeds": list(self.seeds),
            "num_folds": self.files.config.num_folds,
            "last_step": self.files.last_step,
            "noise": self.files.config.noise.kind,
            "realised_noise_fraction": document["realised_noise_fraction"],
            "validation_accuracy": nan_to_none(self.accuracy("validation").mean),
            "test_accuracy": nan_to_none(test.mean),
            "test_accuracy_se": nan_to_none(test.standard_error),
            "scores": [key.name for key in self._keys()],
            "selections": [selection.selection_id for selection in selections],
            "problems": problems,
        }
        if self.is_triaged:
            found["estimate"] = self.estimate
            found["quality_of_scores"] = self.detection()
        return found

    def _counts(self) -> dict[str, Any]:
        """Return how many examples each split has, and how many decisions left out of all of them."""
        counts = self.files.labels["split"].value_counts()
        splits = self.files.images.document["num_examples"]
        return {
            "num_examples": {split: int(counts.get(split, 0)) for split in splits},
            "num_excluded": int(counts.get(EXCLUDED, 0)),
        }

    def detection(self) -> dict[str, dict[str, float]]:
        """Return AUROC and average precision of each score against known truth; empty without one."""
        path = triage_folder(self.files, self.seeds) / "detection.json"
        return read_detection(path) if is_published(path) else {}

    def text(self) -> str:
        """Return the run in a few lines for a person."""
        return run_text(self)


def nan_to_none(value: float) -> float | None:
    """Return ``value``, None where it is NaN, which JSON does not have."""
    return None if np.isnan(value) else value


def read_detection(path: Path) -> dict[str, dict[str, float]]:
    """Return the stored AUROC and average precision of each score."""
    from datadiet.store.documents import read_json

    detection: dict[str, dict[str, float]] = read_json(path)
    return detection


def open_run(text: str, *, workspace: Path | str = "workspace") -> Run:
    """Return the run that ``text`` names: its id, the start of it, or its name.

    Args:
        text: As typed.
        workspace: Folder of the workspace.

    Raises:
        NotFoundError: No run, or more than one, is meant, or none of its seeds is scored yet.
        ConfigError: The text is none, or the folder no path.
    """
    check_kind("run", text, str, "text: the id of a run, the start of it, or its name")
    place = Workspace.existing(as_folder("workspace", workspace))
    files = RunFiles(place, resolve_run(place, text))
    seeds = newest_seeds(files)
    if not seeds:
        raise NotFoundError(
            f"Run {files.run_id} has no scored seed yet; run its audit again, and it goes on from there."
        )
    return Run(files, tuple(seeds))


def newest_seeds(files: RunFiles) -> Sequence[int]:
    """Return the seeds to look at; where their triage is missing, the largest set that has one."""
    scored = files.shown_seeds()
    if is_published(triage_folder(files, scored)):
        return scored
    usable = [seeds for seeds in triaged_seeds(files) if set(seeds) <= set(scored)]
    return max(usable, key=len, default=scored)
