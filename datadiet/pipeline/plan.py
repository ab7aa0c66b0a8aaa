"""What an audit will do, decided before the first step: data, labels, training, seeds, about how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np
import pandas as pd

from datadiet.arguments import MOST_SEEDS, MOST_WORKERS, check_kind, check_whole
from datadiet.config import AuditConfig, Profile, check_names, digest, run_id, validated
from datadiet.cores import num_cores
from datadiet.data.images import LabeledImages
from datadiet.data.sources import open_source
from datadiet.data.splits import group_codes
from datadiet.errors import ConfigError
from datadiet.execution.units import Unit
from datadiet.pipeline.corrections import correction
from datadiet.pipeline.labels import label_table, seed_rows, trains_on
from datadiet.pipeline.places import image_roots, named_places, refuse_inside
from datadiet.pipeline.prepare import prepare_source, skipped_sentence
from datadiet.pipeline.progress import Progress
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.scoring_units import audit_tasks, scoring_units
from datadiet.pipeline.training_units import data_of_rows, training_units
from datadiet.store.publish import is_published
from datadiet.store.workspace import Workspace
from datadiet.training.device import pick_device
from datadiet.training.estimate import estimate_seconds
from datadiet.training.inputs import ChannelStats, channel_stats
from datadiet.training.profiles import check_training, resolve_training
from datadiet.training.schedule import step_at, total_steps
from datadiet.triage.estimate import folds_for

MOST_THREADS_A_CORE = 16
DEFAULT_SEEDS: dict[Profile, int] = {"quick": 3, "standard": 3, "paper": 10}
START_SECONDS = (
    4.0  # that worker processes need before their first step, and triage of a small set at the end
)
SCORING_SHARE = 0.5  # of the training's time, roughly, that scoring adds; for the estimate alone
LEAN_SCORING_SHARE = 0.2  # one forward pass


@dataclass(frozen=True)
class AuditOptions:
    """What an audit does beside its settings: none of it is part of the run's id."""

    num_seeds: int | None = None  # None: the profile's
    device: str = "auto"
    num_workers: int | None = None  # None: one a core on CPU, one on an accelerator; 0: in this process
    name: str | None = None
    apply_reviews: str | None = None  # run whose decisions correct the labels
    is_lean: bool = False  # whether only the last step is scored, first look aside, and GraNd left out


@dataclass(frozen=True)
class AuditPlan:
    """Everything decided before the first step: what is trained, on what, where, about how long."""

    workspace: Workspace
    images: LabeledImages
    source_name: str
    source_path: str | None  # where the source lies on this machine; None for built-in ones and objects
    source_places: tuple[str, ...]  # absolute paths and globs of what is read: nothing is written there
    image_roots: tuple[str, ...]  # absolute folders that hold the images of tables: no image is replaced
    config: AuditConfig
    labels: pd.DataFrame  # LABELS
    stats: ChannelStats
    seeds: tuple[int, ...]
    device: str
    num_workers: int
    name: str | None
    class_names: tuple[str, ...]  # by index; new ones of applied reviews at the end
    parent: dict[str, Any] | None  # run and decisions that corrected the labels
    corrected: str  # what those decisions do, in words; empty where there are none
    is_lean: bool = False  # whether only the last step is scored, first look aside, and GraNd left out
    seconds: float = 0.0  # estimate of training and scoring what is left
    training_seconds: float = 0.0  # of these, one worker's training
    num_left: int = 0  # seeds that are not trained and scored to their end yet

    @property
    def run_id(self) -> str:
        """Return the id the run has or will have."""
        decisions = digest(self.parent) if self.parent else ""
        return run_id(self.config, dataset_id=self.images.dataset_id, reviews_digest=decisions)

    @property
    def num_train(self) -> int:
        """Return the fewest examples that a seed trains on."""
        return fewest_trained(self.labels, self.config.num_folds)

    def describe(self) -> dict[str, Any]:
        """Return the plan as JSON-able values."""
        train = self.config.train
        return {
            "run_id": self.run_id,
            "dataset_id": self.images.dataset_id,
            "source": self.source_name,
            "profile": self.config.profile,
            "model": train.model,
            "num_epochs": train.num_epochs,
            "num_steps": step_at(train, self.num_train, train.num_epochs),
            "num_train": self.num_train,
            "num_seeds": len(self.seeds),
            "num_seeds_left": self.num_left,
            "num_folds": self.config.num_folds,
            "precision": train.precision,
            "device": self.device,
            "num_workers": self.num_workers,
            "estimated_seconds": round(self.seconds, 1),
            "realised_noise_fraction": self.realised_noise,
            "image_size": self.images.document["image_size"],
            "num_examples": self.images.document["num_examples"],
            "class_counts": class_counts(self.labels, self.class_names),
            "num_problems": self.images.document["num_problems"],
            "rules": self.images.document["rules"],
            "parent": self.parent,
        }

    @property
    def realised_noise(self) -> float:
        """Return the share of train and validation labels that a planted flip really made wrong."""
        eligible = self.labels["split"].isin(["train", "validation"])
        return float(self.labels.loc[eligible, "is_flipped"].mean()) if eligible.any() else 0.0

    def text(self) -> str:
        """Return the plan in words."""
        plan, document = self.describe(), self.images.document
        splits = ", ".join(f"{count:,} {split}" for split, count in document["num_examples"].items() if count)
        lines = [
            f"{self.source_name}: {splits}; {len(self.class_names)} classes, "
            f"{document['image_size']} px, data set {self.images.dataset_id}.",
            *document["rules"],
            skipped_sentence(document, self.workspace.dataset_dir(self.images.dataset_id)),
            self.corrected,
            self._noise_sentence(),
            f"Run {plan['run_id']}: {plan['num_seeds']} x {plan['model']} for {plan['num_epochs']} epochs "
            f"({plan['num_steps']:,} steps), {plan['precision']}, on {plan['device']} "
            f"with {plan['num_workers']} worker{'s' if self.num_workers != 1 else ''}; "
            f"{self._left_words()}.",
        ]
        return "\n".join(line for line in lines if line)

    def _left_words(self) -> str:
        if not self.num_left:
            return "all of them are trained and scored already"
        some = "" if self.num_left == len(self.seeds) else f"{self.num_left} of them left, "
        return f"{some}about {duration(self.seconds)}"

    def _noise_sentence(self) -> str:
        noise = self.config.noise
        if noise.kind == "none":
            return ""
        return (
            f"Planted {noise.kind} flips: {100 * self.realised_noise:.2f} % of train and validation labels."
        )


def class_counts(labels: pd.DataFrame, class_names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return how many examples of each split each class has, by the labels that would be trained on.

    Args:
        labels: LABELS frame.
        class_names: By index; one without an example is there too.
    """
    counts = pd.crosstab(labels["label"], labels["split"])
    counts = counts.reindex(range(len(class_names)), fill_value=0)
    rows = counts.to_dict("records")
    return {
        name: {str(split): int(count) for split, count in row.items()}
        for name, row in zip(class_names, rows, strict=True)
    }


def duration(seconds: float) -> str:
    """Return seconds as a person says them."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def plan_audit(
    source: Any,
    settings: dict[str, Any],
    options: AuditOptions,
    *,
    workspace: Path | str,
    progress: Progress,
    on_left: Callable[[], None] = lambda: None,
) -> AuditPlan:
    """Return what an audit of ``source`` will do; the data are prepared for it, nothing is trained.

    Args:
        source: What :func:`datadiet.data.sources.open_source` takes: a name, a path, or an object.
        settings: Nested, as in AuditConfig; what is missing comes from the profile.
        options: Seeds, device, workers, name.
        workspace: Folder of the workspace.
        progress: Hears of the preparation.
        on_left: Called where something is left to do, before a few batches are timed.

    Raises:
        ConfigError: A setting is unknown or not allowed.
        ModelError: The model cannot be found, or does not take the images.
        SourceError: The source is no labelled image set.
        StoreError: The workspace cannot be used.
    """
    check_names(settings)
    _check_options(options)
    without_train = validated(AuditConfig, {key: value for key, value in settings.items() if key != "train"})
    check_training(settings.get("train", {}))
    _check_threads(settings.get("train", {}))
    refuse_inside(Path(workspace), [source, without_train.data.test_source])
    place = Workspace.open(Path(workspace))
    profile = without_train.profile
    device = pick_device(options.device)
    num_workers = default_workers(device.type) if options.num_workers is None else options.num_workers
    opened = open_source(source, without_train.data)
    images = prepare_source(place, opened, without_train.data, num_workers=num_workers, progress=progress)
    corrected = correction(place, options.apply_reviews, images)
    class_names = corrected.class_names if corrected else images.class_names
    num_seeds = DEFAULT_SEEDS[profile] if options.num_seeds is None else options.num_seeds
    is_given = "num_folds" in settings
    num_folds = without_train.num_folds if is_given else default_folds(images.examples, num_seeds)
    folded = without_train.model_copy(update={"num_folds": num_folds})
    labels = label_table(images.examples, folded, num_classes=len(class_names), correction=corrected)
    train = resolve_training(
        profile,
        num_train=fewest_trained(labels, num_folds),
        image_size=images.document["image_size"],
        in_channels=images.document["channels"],
        device=options.device,
        settings=settings.get("train", {}),
    )
    plan = AuditPlan(
        workspace=place,
        images=images,
        source_name=opened.name,
        source_path=located(source),
        source_places=tuple(named_places(source, opened.kind, without_train.data)),
        image_roots=tuple(image_roots(source, opened.kind, without_train.data)),
        config=folded.model_copy(update={"train": train}),
        labels=labels,
        stats=channel_stats(images.images, seed_rows(labels, 0, 0).train),
        seeds=tuple(range(num_seeds)),
        device=str(device),
        num_workers=num_workers,
        name=options.name,
        class_names=tuple(class_names),
        parent=corrected.document if corrected else None,
        corrected=corrected.text() if corrected else "",
        is_lean=options.is_lean,
    )
    left = _seeds_left(plan)
    if left:
        on_left()
    return _estimated(plan, left) if left else plan


def _check_options(options: AuditOptions) -> None:
    """Refuse options that are of another kind than they should be."""
    if options.num_seeds is not None:
        check_whole("seeds", options.num_seeds, least=1, most=MOST_SEEDS)
    if options.num_workers is not None:
        check_whole("num_workers", options.num_workers, least=0, most=MOST_WORKERS)
    for name, value in (("name", options.name), ("apply_reviews", options.apply_reviews)):
        check_kind(name, value, (str, NoneType), "text or None")


def _check_threads(settings: dict[str, Any]) -> None:
    """Refuse many more threads than cores: even a batch that is timed would take minutes."""
    num, most = int(settings.get("num_threads", 1)), MOST_THREADS_A_CORE * num_cores()
    if num > most:
        allowed = f"at most {most}, {MOST_THREADS_A_CORE} for each core of this machine"
        raise ConfigError.out_of_range("train.num_threads", num, allowed)


def located(source: Any) -> str | None:
    """Return the absolute path of a source that is a file or folder of this machine."""
    is_path = isinstance(source, (str, Path)) and Path(source).exists()
    return str(Path(source).resolve()) if is_path else None


def default_folds(examples: pd.DataFrame, num_seeds: int) -> int:
    """Return the number of folds of an audit that names none.

    Training on everything ranks wrong labels better; counting them needs opinions of models that did not
    train on the image. Where validation is too small to count on, seeds leave folds out
    (docs/decisions/0003), unless there are too few examples to leave two of them in each.
    """
    num_validation = int((examples["split"] == "validation").sum())
    num_folds = folds_for(num_validation, num_seeds)
    num_groups = len(np.unique(group_codes(examples.loc[examples["split"] == "train", "group"])))
    return num_folds if num_groups >= 2 * num_folds else 0


def fewest_trained(labels: pd.DataFrame, num_folds: int) -> int:
    """Return the fewest examples that a seed trains on."""
    return min(int(trains_on(labels, seed, num_folds).sum()) for seed in range(max(num_folds, 1)))


def default_workers(device_type: str) -> int:
    """Return how many processes train at once: one a core on CPU, one on an accelerator."""
    return num_cores() if device_type == "cpu" else 1


def missing_scores(files: RunFiles, plan: AuditPlan, seeds: Sequence[int]) -> list[Unit]:
    """Return the scoring of ``seeds`` that is not published in full."""
    train = plan.config.train
    steps = [step_at(train, files.num_train, epoch) for epoch in train.checkpoint_epochs]
    return scoring_units(files, audit_tasks(files, seeds, steps, is_lean=plan.is_lean), plan.device)


def _seeds_left(plan: AuditPlan) -> list[int]:
    """Return the seeds of which a checkpoint or a score is not published; one that diverged is over."""
    files = RunFiles(plan.workspace, plan.run_id)
    if not is_published(files.folder / "config.json"):
        return list(plan.seeds)
    training = training_units(files, plan.seeds, plan.config.train.checkpoint_epochs, plan.device)
    units = [*training, *missing_scores(files, plan, plan.seeds)]
    left = {unit.arguments["seed"] for unit in units if not is_published(unit.final)}
    return [seed for seed in plan.seeds if seed in left and files.diverged(seed) is None]


def _estimated(plan: AuditPlan, left: Sequence[int]) -> AuditPlan:
    """Return the plan with about how many seconds the seeds ``left`` take, from a few timed batches."""
    rows = seed_rows(plan.labels, plan.seeds[0], plan.config.num_folds)
    data = replace(
        data_of_rows(plan.images, plan.labels, rows, plan.stats, num_classes=len(plan.class_names)),
        epoch_size=plan.num_train,
    )
    a_seed = estimate_seconds(plan.config.train, data, pick_device(plan.device))
    files = RunFiles(plan.workspace, plan.run_id)
    last = total_steps(plan.config.train, plan.num_train)
    untrained = [seed for seed in left if last not in files.steps(seed)]
    training, scoring = (-(-len(seeds) // max(plan.num_workers, 1)) for seeds in (untrained, left))
    share = LEAN_SCORING_SHARE if plan.is_lean else SCORING_SHARE
    seconds = START_SECONDS + a_seed * (training + share * scoring)
    return replace(plan, num_left=len(left), seconds=seconds, training_seconds=a_seed * training)
