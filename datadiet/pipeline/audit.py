"""The audit: train and score every seed of a plan, triage, and say what was found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from datadiet.errors import TrainingError
from datadiet.execution.engine import run_units
from datadiet.execution.spares import SpareWorkers
from datadiet.execution.units import Report
from datadiet.frames.training import LABELS
from datadiet.pipeline.compile_units import TRIAL, with_compiling
from datadiet.pipeline.environment import environment
from datadiet.pipeline.image_units import image_units
from datadiet.pipeline.plan import AuditPlan, missing_scores
from datadiet.pipeline.progress import Progress
from datadiet.pipeline.run import Run
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.scoring_units import first_look_first
from datadiet.pipeline.training_units import training_units
from datadiet.pipeline.triage import triage_run
from datadiet.pipeline.work import WorkProgress
from datadiet.store.documents import publish_json
from datadiet.store.runs import record_run, run_name, working_on
from datadiet.store.tables import publish_table


def audit(plan: AuditPlan, *, progress: Progress, spares: SpareWorkers | None = None) -> Run:
    """Do what ``plan`` says and return the run; what is published already is not computed again.

    Args:
        plan: Of :func:`datadiet.pipeline.plan.plan_audit`.
        progress: Hears how far it is.
        spares: Workers started earlier, which are used where their threads are the plan's; None: none.

    Raises:
        TrainingError: No seed ended with a usable model.
        JobError: Some units failed; the sentence has the counts and the first reason.
        StoreError: The workspace cannot take the results.
    """
    progress.say(plan.text())
    called = run_name(plan.workspace, plan.run_id)
    files = begin_run(plan)
    if plan.name and called not in {"", plan.name}:
        progress.say(f"These are the settings of run {called}, which is called {plan.name} from now on.")
    progress.works_on(plan.run_id)
    begun = without_diverged_seeds(files, plan.seeds)
    with working_on(plan.workspace, plan.run_id):
        train_and_score(files, plan, begun, progress=progress, spares=spares)
        seeds = usable_seeds(files, plan.seeds, progress=progress)
        if missing_scores(files, plan, seeds):  # the first seed diverged, or fewer scores were made beside
            train_and_score(files, plan, seeds, progress=progress)
        triage_run(files, seeds, progress=progress)
    return Run(files, tuple(seeds))


def begin_run(plan: AuditPlan) -> RunFiles:
    """Publish the run's machine, labels and, last, settings, unless they are there; return its files."""
    folder = plan.workspace.run_dir(plan.run_id)
    publish_json(folder / "environment.json", environment(plan.device))
    publish_table(folder / "noise.parquet", plan.labels, LABELS)
    record_run(plan.workspace, run_document(plan), name=plan.name or "")
    return RunFiles(plan.workspace, plan.run_id)


def run_document(plan: AuditPlan) -> dict[str, Any]:
    """Return what config.json holds: the settings, and what follows from them and the data."""
    return {
        "run_id": plan.run_id,
        "dataset_id": plan.images.dataset_id,
        "source": plan.source_name,
        "source_path": plan.source_path,
        "source_places": list(plan.source_places),
        "image_roots": list(plan.image_roots),
        "config": plan.config.model_dump(mode="json"),
        "num_train": plan.num_train,
        "realised_noise_fraction": plan.realised_noise,
        "channel_mean": list(plan.stats.mean),
        "channel_std": list(plan.stats.std),
        "class_names": plan.class_names,
        "reviews": plan.parent,
    }


def without_diverged_seeds(files: RunFiles, seeds: Sequence[int]) -> list[int]:
    """Return the seeds that are not marked as diverged."""
    return [seed for seed in seeds if files.diverged(seed) is None]


def train_and_score(
    files: RunFiles,
    plan: AuditPlan,
    seeds: Sequence[int],
    *,
    progress: Progress,
    spares: SpareWorkers | None = None,
) -> None:
    """Run the units of ``seeds`` and of the images that are missing.

    A seed that diverges ends alone; all else must succeed.

    Raises:
        JobError: A unit failed for another reason, or is left.
        KeyboardInterrupt: Ctrl-C; what was published stays.
    """
    train = plan.config.train
    training = training_units(files, seeds, train.checkpoint_epochs, plan.device)
    units = [
        *with_compiling(files, training, device=plan.device, seconds=plan.training_seconds),
        *missing_scores(files, plan, seeds),
        *image_units(files),
    ]
    units = first_look_first(units)
    work = WorkProgress(progress, units, name=f"Train and score {len(seeds)} models")
    workers, threads = plan.num_workers, train.num_threads
    taken = spares.take(workers, threads) if spares else []
    report = run_units(units, num_workers=workers, num_threads=threads, on_event=work.hear, workers=taken)
    if TRIAL in report.done and (trial := files.compile_trial()) is not None:
        progress.say(trial["reason"])
    if report.done and (failed := files.compile_failure()) is not None:
        progress.say(failed["reason"])
    diverged = {seed for seed in seeds if files.diverged(seed) is not None}
    ended = {unit.key for unit in units if unit.arguments.get("seed") in diverged}
    without_diverged(report, ended).check()


def without_diverged(report: Report, keys: Collection[str]) -> Report:
    """Return ``report`` without the units of diverged seeds, which have a mark of their own."""
    return replace(
        report,
        failed={key: reason for key, reason in report.failed.items() if key not in keys},
        left=tuple(key for key in report.left if key not in keys),
    )


def usable_seeds(files: RunFiles, seeds: Sequence[int], *, progress: Progress) -> list[int]:
    """Return the seeds that did not diverge, having said which did.

    Raises:
        TrainingError: All diverged.
    """
    diverged = {seed: files.diverged(seed) for seed in seeds}
    for seed, reason in diverged.items():
        if reason is not None:
            progress.say(f"Seed {seed} diverged and takes part in no average: {reason['reason']}")
    usable = without_diverged_seeds(files, seeds)
    if not usable:
        raise TrainingError(
            f"All {len(seeds)} seeds diverged, so there is nothing to score. "
            "Try a lower rate, such as --set train.lr=0.01, or another --model."
        )
    return usable
