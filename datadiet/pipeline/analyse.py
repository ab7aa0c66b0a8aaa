"""Analyse a run: kernel velocity by group of examples, error barriers by set of examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from datadiet.errors import ConfigError
from datadiet.execution.engine import run_units
from datadiet.execution.units import Unit
from datadiet.pipeline.analyses import (
    Analysis,
    NtkSettings,
    PathSettings,
    barriers,
    begin_analysis,
    epochs_of,
    groups_of,
    ordered_ids,
    paths_between,
    sets_of,
    velocities,
)
from datadiet.pipeline.ntk_units import needed_epochs, ntk_units
from datadiet.pipeline.path_units import path_units
from datadiet.pipeline.plan import default_workers
from datadiet.pipeline.progress import Progress
from datadiet.pipeline.run import Run
from datadiet.pipeline.training_units import training_units
from datadiet.pipeline.work import WorkProgress
from datadiet.store.runs import working_on
from datadiet.training.device import pick_device


@dataclass(frozen=True)
class Analysed:
    """What an analysis found."""

    run_id: str
    analysis: Analysis
    table: pd.DataFrame  # VELOCITY or BARRIERS

    def headline(self) -> dict[str, Any]:
        """Return what ``datadiet analyse --json`` prints."""
        return {
            "run_id": self.run_id,
            "analysis": self.analysis.kind,
            "analysis_id": self.analysis.analysis_id,
            "rows": self.table.to_dict("records"),
        }

    def text(self) -> str:
        """Return the means over seeds, a line each."""
        lines = [f"{self.analysis.kind} {self.analysis.analysis_id} of run {self.run_id}:"]
        if self.analysis.kind == "ntk":
            keys, value = ["epoch", "percentile"], "velocity"
        else:
            keys, value = ["spawn_epoch", "examples"], "barrier"
        for _, group in self.table.groupby(keys):
            error = float(group[value].std(ddof=1)) / len(group) ** 0.5 if len(group) > 1 else float("nan")
            doubt = f" ± {error:.3f}" if error == error else ""
            where = ", ".join([f"{key} {_shown(group[key].iloc[0])}" for key in keys])
            lines.append(f"  {where}: {value} {group[value].mean():.3f}{doubt} ({len(group)} seeds)")
        return "\n".join(lines)


def _shown(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else f"{value!s}"


def analyse_ntk(
    run: Run, settings: NtkSettings, *, device: str, num_workers: int | None, progress: Progress
) -> Analysed:
    """Compute kernel velocities; checkpoints that were not kept are trained again, to the same bits on CPU.

    Raises:
        ConfigError: A setting is not allowed.
        JobError: A unit failed.
    """
    files = run.files
    groups = groups_of(run, settings)
    ids = ordered_ids(run, settings.score)
    place_of = {int(each): place for place, each in enumerate(ids)}
    middles = [sum(place_of[each] for each in group) / len(group) / max(1, len(ids) - 1) for group in groups]
    epochs = epochs_of(files, settings.epochs)
    document = {
        "kernel": settings.kernel,
        "score": settings.score,
        "groups": groups,
        "percentiles": middles,
        "epochs": epochs,
    }
    analysis = begin_analysis(files, "ntk", document)
    place = str(pick_device(device))
    steps = sorted({0, *needed_epochs(epochs)})
    units = [
        *training_units(files, run.seeds, steps, place),
        *ntk_units(files, analysis, list(run.seeds), place),
    ]
    _run(run, units, f"NTK velocity of {len(groups)} groups", num_workers, place, progress)
    return Analysed(run.run_id, analysis, velocities(analysis))


def analyse_connectivity(
    run: Run, settings: PathSettings, *, device: str, num_workers: int | None, progress: Progress
) -> Analysed:
    """Train pairs of children and compute the error on the paths between them.

    Raises:
        ConfigError: A setting is not allowed.
        JobError: A unit failed.
    """
    files = run.files
    if not {0.0, 1.0} <= set(settings.alphas):
        raise ConfigError(f"alphas are {list(settings.alphas)}; 0 and 1 must be among them.")
    kept = [epoch for epoch in files.config.train.checkpoint_epochs if epoch < files.config.train.num_epochs]
    spawn_epochs = epochs_of(files, settings.spawn_epochs or kept)
    document = {
        "score": settings.score,
        "sets": sets_of(run, settings),
        "alphas": sorted(settings.alphas),
    }
    analysis = begin_analysis(files, "connectivity", document)
    place = str(pick_device(device))
    units = [
        *training_units(files, run.seeds, sorted({0, *spawn_epochs}), place),
        *path_units(files, analysis, list(run.seeds), spawn_epochs, place),
    ]
    _run(
        run,
        units,
        f"Train and compare {len(run.seeds) * len(spawn_epochs)} pairs",
        num_workers,
        place,
        progress,
    )
    return Analysed(run.run_id, analysis, barriers(paths_between(analysis)))


def _run(
    run: Run, units: Sequence[Unit], name: str, num_workers: int | None, device: str, progress: Progress
) -> None:
    work = WorkProgress(progress, units, name=name)
    workers = default_workers(device.partition(":")[0]) if num_workers is None else num_workers
    threads = run.files.config.train.num_threads
    with working_on(run.files.workspace, run.run_id):
        run_units(units, num_workers=workers, num_threads=threads, on_event=work.hear).check()
