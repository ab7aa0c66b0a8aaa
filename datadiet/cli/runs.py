"""``datadiet list | show | rename | delete | verify | doctor``: look after a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from datadiet.cli.console import show, show_json, tell
from datadiet.cli.options import DEFAULT_WORKSPACE, JsonOption, RunArgument, WorkspaceOption


def list_runs(workspace: WorkspaceOption = DEFAULT_WORKSPACE, json_: JsonOption = False) -> None:
    """List the data sets and runs of a workspace."""
    from datadiet.pipeline.workspace import listing

    listed = listing(workspace)
    if json_:
        show_json(listed.headline())
    else:
        show(listed.text())


def show_run(
    run: RunArgument,
    groups: Annotated[
        str | None,
        typer.Option(
            help="Instead: how hard each group is and what a selection keeps of it, by class, group (the "
            "source's group column) or a column of --table."
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(help="With --groups: CSV with that column and one of example_id or source_key."),
    ] = None,
    selection: Annotated[
        str | None, typer.Option(help="With --groups: selection whose kept share is told.")
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(
            help="With --groups: accuracy by group on all data and on each selection of a study of "
            "retrainings, by its id, the start of one, or largest."
        ),
    ] = None,
    score: Annotated[str | None, typer.Option(help="With --groups: score. Default: el2n.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_: JsonOption = False,
) -> None:
    """Show what a run found: accuracy, estimate of wrong labels, scores, selections; or its groups."""
    from datadiet.errors import ConfigError
    from datadiet.pipeline.fairness import study_fairness
    from datadiet.pipeline.groups import run_groups
    from datadiet.pipeline.run import open_run
    from datadiet.pipeline.studies import find_study

    if groups is None and any(each is not None for each in (table, selection, score, study)):
        raise ConfigError("--table, --selection, --study and --score go with --groups alone.")
    if study is not None and (selection is not None or score is not None):
        raise ConfigError("--study tells of its own selections; leave --selection and --score out.")
    opened = open_run(run, workspace=workspace)
    if groups is None:
        shown: Any = opened
    elif study is not None:
        found = find_study(opened.files, None if study == "largest" else study)
        shown = study_fairness(opened, found, groups, table=table)
    else:
        shown = run_groups(
            opened, groups, score="el2n" if score is None else score, selection=selection, table=table
        )
    if json_:
        show_json(shown.headline())
    else:
        show(shown.text())


def rename(
    run: RunArgument,
    name: Annotated[str, typer.Argument(help="New name of the run.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_: JsonOption = False,
) -> None:
    """Give a run a name."""
    from datadiet.pipeline.workspace import rename_run

    run_id = rename_run(run, name, workspace=workspace)
    if json_:
        show_json({"run_id": run_id, "name": name})
    else:
        show(f"{run_id} is now named {name}." if name else f"{run_id} has no name of its own now.")


def note(
    run: RunArgument,
    text: Annotated[str, typer.Argument(help="The note; empty takes it away.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_: JsonOption = False,
) -> None:
    """Write a note on a run, in place of the one before."""
    from datadiet.pipeline.workspace import note_run

    run_id = note_run(run, text, workspace=workspace)
    if json_:
        show_json({"run_id": run_id, "note": text})
    else:
        show(f"The note on {run_id} is kept." if text else f"{run_id} has no note any more.")


def delete(
    run: RunArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_: JsonOption = False,
) -> None:
    """Delete a run's models, scores and selections; reviews and the data set stay."""
    from datadiet.pipeline.workspace import delete_run, run_size

    found = run_size(run, workspace=workspace)
    if not yes:
        typer.confirm(
            f"Delete run {found.run_id} ({found.num_bytes / 1e6:.0f} MB)? This cannot be undone.",
            abort=True,
            err=True,
        )
    delete_run(found.run_id, workspace=workspace)
    if json_:
        show_json({"run_id": found.run_id, "num_bytes": found.num_bytes})
    else:
        show(f"Deleted run {found.run_id}.")


def verify(workspace: WorkspaceOption = DEFAULT_WORKSPACE, json_: JsonOption = False) -> None:
    """Read every file of a workspace again and say which are sound."""
    from datadiet.pipeline.verify import verify_workspace

    verified = verify_workspace(workspace)
    for finding in verified.damaged:
        tell(f"damaged: {finding.path}: {finding.reason}")
    if json_:
        show_json(verified.headline())
    else:
        show(verified.text())
    if verified.damaged:
        raise typer.Exit(1)


def doctor(
    model: Annotated[
        str | None, typer.Option(help="Also say how GraNd reads this model's parameters.")
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Say what this machine offers: versions, cores, devices, precision, browser."""
    from datadiet.pipeline.doctor import examine

    examined = examine(model=model)
    if json_:
        show_json(examined.headline())
    else:
        show(examined.text())
