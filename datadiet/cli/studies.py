"""``datadiet sweep``: retrain on many selections and say which is worth keeping."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datadiet.arguments import MOST_SEEDS
from datadiet.cli.console import show, show_json
from datadiet.cli.early import early_spares, num_spares
from datadiet.cli.options import (
    DEFAULT_WORKSPACE,
    DeviceOption,
    JobOption,
    JsonOption,
    RunArgument,
    WorkersOption,
    WorkspaceOption,
)
from datadiet.cli.reporting import reporting
from datadiet.errors import ConfigError

if TYPE_CHECKING:
    from datadiet.pipeline.adaptive_sweep import Budget
    from datadiet.pipeline.run import Run
    from datadiet.pipeline.sweep import SweepOptions
    from datadiet.study.points import Point

UNIT_MODULE = "datadiet.pipeline.retrain_units"  # what workers of a sweep import, training and all
DEFAULT_EPOCHS = 6
DEFAULT_OFFSETS = "0:1:0.1"
DEFAULT_KEEP = "0.4"
DEFAULT_SCORE = "el2n"
DEFAULT_ORDERS = "easiest-first,hardest-first,random"
DEFAULT_STAGES = "4"
DEFAULT_TOLERANCE = 0.001  # accuracy in [0, 1]
_PACING = ("--order", "--stages")
_QUOTAS = ("--quota", "--group", "--table")
_WHOLE = ("--offsets", "--keep", *_QUOTAS, "--drop-suspects")
_UNREAD = {  # by rule, where it is not the offsets and the pacing alone
    "window": _PACING,
    "all": ("--score", *_WHOLE, *_PACING),
    "random": ("--score", "--offsets", *_PACING),
    "input_norm": ("--score", "--offsets", *_PACING),
    "list": ("--score", "--offsets", "--keep", *_QUOTAS, *_PACING),
    "curriculum": _WHOLE,
}


def sweep(
    run: RunArgument,
    rule: Annotated[
        str,
        typer.Option(
            help="window, or a pruning curve of one or more of hardest, easiest, random, covering, "
            "input_norm, with commas; or curriculum, all images in stages; or list."
        ),
    ] = "window",
    score: Annotated[
        str | None,
        typer.Option(help="Score whose ranks are read, such as grand; not of random or list. Default: el2n."),
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option(
            help="keep_fraction: one or more, with commas, in (0, 1]; not of all, list or curriculum. "
            f"Default: {DEFAULT_KEEP}."
        ),
    ] = None,
    offsets: Annotated[
        str | None,
        typer.Option(
            help="window_offset, of windows alone: START:STOP:STEP, STOP included, or numbers, or both, with "
            f"commas; those past 1 - keep are left out. Default: {DEFAULT_OFFSETS}."
        ),
    ] = None,
    order: Annotated[
        str | None,
        typer.Option(
            help="Of curricula alone: what comes first, easiest-first, hardest-first or random, with commas. "
            f"Default: {DEFAULT_ORDERS}."
        ),
    ] = None,
    stages: Annotated[
        str | None,
        typer.Option(
            help="Of curricula alone: stages in which examples join, 2 or more, with commas for several. "
            f"Default: {DEFAULT_STAGES}."
        ),
    ] = None,
    quota: Annotated[
        str, typer.Option(help="Per class, or per --group: none, equal, proportional or floor:F.")
    ] = "none",
    group: Annotated[
        str,
        typer.Option(
            help="Whose shares the quota keeps: class, group (the source's group column) or a column of "
            "--table."
        ),
    ] = "class",
    table: Annotated[
        Path | None,
        typer.Option(help="CSV with the column of --group and one of example_id or source_key."),
    ] = None,
    drop_suspects: Annotated[
        bool, typer.Option("--drop-suspects", help="Leave suspects out before ranking.")
    ] = False,
    list_: Annotated[
        Path | None, typer.Option("--list", help="Index list to retrain on, for the rule list.")
    ] = None,
    labels: Annotated[
        str,
        typer.Option(
            help="trained: the run's. reviewed: after people's decisions. random_reviewed: after as many "
            "random ones. With commas for several."
        ),
    ] = "trained",
    seeds: Annotated[int, typer.Option(min=1, max=MOST_SEEDS, help="Retrainings of each point.")] = 3,
    budget: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Spend at most this many retrainings on the windows of --keep that tell most; it chooses "
            "the offsets, and takes no quota, labels or other rule.",
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            help="Stop a budget early when nothing is expected to beat the best by this accuracy. "
            f"Default: {DEFAULT_TOLERANCE}."
        ),
    ] = None,
    fixed: Annotated[
        str, typer.Option(help="steps: as many updates for every size (the paper's). epochs: as many passes.")
    ] = "steps",
    epochs: Annotated[
        int, typer.Option(min=1, help="Passes over all training examples that the steps are counted from.")
    ] = DEFAULT_EPOCHS,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be retrained and about how long, and stop.")
    ] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
    json_: JsonOption = False,
    job: JobOption = None,
) -> None:
    """Retrain on windows or other selections; all data and a random control of each size come along."""
    given = {
        "--offsets": offsets is not None,
        "--keep": keep is not None,
        "--score": score is not None,
        "--order": order is not None,
        "--stages": stages is not None,
        "--quota": quota != "none",
        "--group": group != "class",
        "--table": table is not None,
        "--drop-suspects": drop_suspects,
        "--list": list_ is not None,
        "--labels": labels != "trained",
        "--tolerance": tolerance is not None,
    }
    _refuse_unread(rule, [name for name, is_given in given.items() if is_given], budget)
    if table is not None and group in {"class", "group"}:
        raise ConfigError(f"--group {group} is not read from --table; name a column of it, or leave it out.")
    with closing(early_spares(0 if dry_run else num_spares(workers), UNIT_MODULE)) as spares:
        from datadiet.config import validated
        from datadiet.pipeline.adaptive_sweep import Budget, adaptive_sweep
        from datadiet.pipeline.run import open_run
        from datadiet.pipeline.studies import Protocol
        from datadiet.pipeline.sweep import SweepOptions
        from datadiet.pipeline.sweep import sweep as retrain
        from datadiet.study.points import read_fractions

        protocol = validated(Protocol, {"fixed": fixed, "num_epochs": epochs})
        options = SweepOptions(protocol, seeds, device, workers, group_table=table, spares=spares)
        opened = open_run(run, workspace=workspace)
        score = DEFAULT_SCORE if score is None else score
        keeps = read_fractions("keep", DEFAULT_KEEP if keep is None else keep, has_zero=False)
        spent = Budget(budget, DEFAULT_TOLERANCE if tolerance is None else tolerance) if budget else None
        settings = {"quota": quota, "quota_by": group, "drop_suspects": drop_suspects}
        if rule == "curriculum":
            settings = {
                "order": DEFAULT_ORDERS if order is None else order,
                "stages": DEFAULT_STAGES if stages is None else stages,
            }
        wanted = DEFAULT_OFFSETS if offsets is None else offsets
        points = [] if spent else _points(opened, rule, score, keeps, wanted, labels, settings, list_)
        if dry_run:
            if spent:
                _tell_budget(opened, spent, score, keeps, options, json_=json_)
            else:
                _tell_foreseen(opened, points, options, json_=json_)
            return
        with reporting(workspace, job) as progress:
            if spent:
                swept = adaptive_sweep(opened, score, keeps, options, spent, progress=progress)
            else:
                swept = retrain(opened, points, options, progress=progress)
    if json_:
        show_json(swept.headline())
    else:
        show(swept.text())


def _refuse_unread(rule: str, given: list[str], budget: int | None) -> None:
    """Refuse options that would be ignored."""
    if budget is not None:
        if rule != "window":
            raise ConfigError(f"--budget spends on windows alone, not on rule {rule}.")
        unread = [name for name in given if name not in {"--tolerance", "--keep", "--score"}]
        whose = "--budget does not read"
    else:
        unread = [name for name in given if name == "--tolerance"]
        whose = "a sweep without --budget does not read"
        if not unread:
            whose = f"rule {rule} does not read"
            unread = [name for name in given if name in _UNREAD.get(rule, ("--offsets", *_PACING))]
    if unread:
        raise ConfigError(f"{whose[0].upper()}{whose[1:]} {', '.join(unread)}; leave it out.")


def _tell_budget(
    run: Run, budget: Budget, score: str, keeps: list[float], options: SweepOptions, *, json_: bool
) -> None:
    """Tell what an adaptive sweep may spend, and about how long that takes at most."""
    from datadiet.pipeline.adaptive_sweep import foreseen_at_most
    from datadiet.pipeline.plan import duration

    found = foreseen_at_most(run, score, keeps, options, budget)
    if json_:
        show_json({
            "run_id": run.run_id,
            "budget": budget.num_retrainings,
            "num_retrainings_at_most": found.num_retrainings,
            "estimated_seconds": found.seconds,
            "score": score,
            "keep_fractions": keeps,
            "num_seeds": options.num_seeds,
        })
        return
    kept = ", ".join(f"{100 * each:g} %" for each in keeps)
    plural = "" if budget.num_retrainings == 1 else "s"
    show(f"At most {budget.num_retrainings:,} retraining{plural} of windows that keep {kept} by {score}.")
    each = "a seed" if options.num_seeds == 1 else f"{options.num_seeds} seeds"
    show(f"Then the best window, all data and a random control of its size until each has {each}.")
    if found.seconds is None:
        show("How long that takes is not known: this run has no clock that can be read.")
    else:
        show(f"All of them take about {duration(found.seconds)}, by the clock of the run's training.")


def _tell_foreseen(run: Run, points: list[Point], options: SweepOptions, *, json_: bool) -> None:
    """Tell what a sweep would retrain, and about how long what is left of it takes."""
    from datadiet.pipeline.plan import duration
    from datadiet.pipeline.sweep import foreseen

    found, titles = foreseen(run, points, options), [point.title() for point in points]
    if json_:
        show_json({
            "run_id": run.run_id,
            "num_retrainings": found.num_retrainings,
            "num_left": found.num_left,
            "estimated_seconds": found.seconds,
            "points": titles,
        })
        return
    num = found.num_retrainings
    show(f"{num:,} retraining{'' if num == 1 else 's'}, {options.num_seeds} of each:")
    show("\n".join(titles))
    if not found.num_left:
        show("All of them are there already.")
        return
    left = "" if found.num_left == num else f" for the {found.num_left:,} that are left"
    if found.seconds is None:
        show(f"How long that takes is not known{left}: this run has no clock that can be read.")
    else:
        show(f"About {duration(found.seconds)}{left}, by the clock of the run's training.")


def _points(
    run: Run,
    rule: str,
    score: str,
    keeps: list[float],
    offsets: str,
    labels: str,
    settings: dict[str, object],
    listed: Path | None,
) -> list[Point]:
    """Return what the options ask for, controls included."""
    from datadiet.pipeline.select import read_list
    from datadiet.selection.listed import resolve_references
    from datadiet.study.points import (
        CURRICULUM,
        curriculum_points,
        curve_points,
        point,
        read_fractions,
        window_points,
        with_controls,
    )

    if (rule == "list") != (listed is not None):
        raise ConfigError("The rule list needs --list FILE, and no other rule takes one.")
    points = []
    for labelled in labels.split(","):
        more = {**settings, "labels": labelled.strip()}
        if rule == "window":
            points += window_points(score, keeps, read_fractions("offsets", offsets), **more)
        elif rule == CURRICULUM:
            orders, numbers = _words(settings["order"]), _stages(settings["stages"])
            points += curriculum_points(orders, numbers, score, labels=labelled.strip())
        elif listed is not None:
            ids = resolve_references(run.scores(), read_list(listed))
            points.append(point("list", example_ids=tuple(int(each) for each in ids), **more))
        elif rule == "all":
            points.append(point("all", labels=labelled.strip()))
        else:
            points += curve_points(_words(rule), keeps, score, **more)
    return with_controls(points)


def _words(text: object) -> list[str]:
    return [each.strip() for each in str(text).split(",")]


def _stages(text: object) -> list[int]:
    """Return the numbers of stages; what is no whole number is refused."""
    found = _words(text)
    if not all(each.isascii() and each.isdigit() and len(each) < 10 for each in found):
        raise ConfigError(f"stages is {text!r}; write whole numbers from 2 on with commas, such as 2,4,8.")
    return [int(each) for each in found]
