"""``datadiet export``, ``datadiet report`` and ``datadiet reviews import``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datadiet.cli.console import show, show_json
from datadiet.cli.options import DEFAULT_WORKSPACE, JsonOption, RunArgument, WorkspaceOption

reviews = typer.Typer(help="Decisions of people.", no_args_is_help=True)


def export(
    run: RunArgument,
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT", help="scores, suspects, kept, dropped, order, labels, manifest or reviews."
        ),
    ],
    out: Annotated[Path, typer.Option(help="File to write; it must not exist.")],
    selection: Annotated[
        str | None, typer.Option(help="Selection id, for kept, dropped and manifest. Default: the newest.")
    ] = None,
    order: Annotated[
        str | None,
        typer.Option(
            help="Of order alone: easiest-first, hardest-first or paced:K, K stages that join from easy to "
            "hard. Default: easiest-first."
        ),
    ] = None,
    score: Annotated[
        str | None, typer.Option(help="Of order alone: score to order by. Default: el2n.")
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option("--format", help="csv, parquet, json, txt or npy. Default: by the ending of --out."),
    ] = None,
    spreadsheet: Annotated[
        bool, typer.Option("--spreadsheet", help="CSV for people: quote cells that a spreadsheet would run.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_: JsonOption = False,
) -> None:
    """Write a run's scores, suspects, index lists or corrected labels to a file."""
    from datadiet.pipeline.export import ExportRequest, export_run
    from datadiet.pipeline.run import open_run

    request = ExportRequest(
        what=what,
        out=out,
        format=format_,
        selection=selection,
        spreadsheet=spreadsheet,
        overwrite=overwrite,
        order=order,
        score=score,
    )
    exported = export_run(open_run(run, workspace=workspace), request)
    if json_:
        show_json(exported.headline())
    else:
        show(exported.text())


def report(
    run: RunArgument,
    out: Annotated[Path, typer.Option(help="HTML file to write; it must not exist.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_: JsonOption = False,
) -> None:
    """Write one HTML file that opens offline: findings, charts, the most suspect images, method."""
    from datadiet.pipeline.report import write_report
    from datadiet.pipeline.run import open_run

    written = write_report(open_run(run, workspace=workspace), out, overwrite=overwrite)
    if json_:
        show_json({"report": str(written)})
    else:
        show(f"Report -> {written}")


@reviews.command("import")
def import_(
    run: RunArgument,
    file: Annotated[Path, typer.Argument(help="CSV, JSON or Parquet as written by: export RUN reviews.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_: JsonOption = False,
) -> None:
    """Add decisions from a file; those that are there already are left alone."""
    from datadiet.pipeline.reviews import import_reviews
    from datadiet.pipeline.run import open_run

    imported = import_reviews(open_run(run, workspace=workspace).files, file)
    if json_:
        show_json(imported.headline())
    else:
        show(imported.text())
