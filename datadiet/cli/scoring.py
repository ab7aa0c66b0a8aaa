"""``datadiet score`` and ``datadiet select``: more scores of a run, and which examples to keep."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datadiet.cli.console import show, show_json
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


def score(
    run: RunArgument,
    method: Annotated[
        str, typer.Option(help="Score to compute: el2n, grand, grand_last_layer, input_norm, ...")
    ] = "el2n",
    epoch: Annotated[
        int | None, typer.Option(min=0, help="Epoch; 0 is the initialisation. Default: the last.")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
    json_: JsonOption = False,
    job: JobOption = None,
) -> None:
    """Add a score at a step of a trained run; a step that was not kept is computed again."""
    from datadiet.pipeline.run import open_run
    from datadiet.pipeline.score import score_run

    with reporting(workspace, job) as progress:
        opened = open_run(run, workspace=workspace)
        scored = score_run(opened, method, epoch=epoch, device=device, num_workers=workers, progress=progress)
    if json_:
        show_json(scored.headline())
    else:
        show(scored.text())


def score_pool(
    run: RunArgument,
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="Folder of unlabelled images, however deep.")
    ],
    out: Annotated[Path, typer.Option(help="csv, parquet or json file to write; it must not exist.")],
    spreadsheet: Annotated[
        bool, typer.Option("--spreadsheet", help="CSV for people: quote cells that a spreadsheet would run.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
    json_: JsonOption = False,
    job: JobOption = None,
) -> None:
    """Rank unlabelled images for labelling by expected EL2N under a run's models, the most useful first."""
    from datadiet.data.paths import named_path
    from datadiet.pipeline import pool
    from datadiet.pipeline.run import open_run

    with reporting(workspace, job) as progress:
        folder = named_path(source)
        opened = open_run(run, workspace=workspace)
        pool.check_pool_file(opened, folder, out, spreadsheet=spreadsheet, overwrite=overwrite)
        ranked = pool.score_pool(opened, folder, device=device, num_workers=workers, progress=progress)
        pool.write_pool(ranked, out, spreadsheet=spreadsheet, overwrite=overwrite)
    if json_:
        show_json(ranked.headline(out))
    else:
        show(ranked.text(out))


def select(
    run: RunArgument,
    rule: Annotated[str, typer.Option(help="window, hardest, easiest, random, covering or list.")] = "window",
    score: Annotated[
        str | None, typer.Option(help="Score whose ranks are read, such as el2n or el2n_step_000390.")
    ] = None,
    keep: Annotated[
        float, typer.Option(help="keep_fraction: kept / all training examples, in (0, 1].")
    ] = 1.0,
    offset: Annotated[float, typer.Option(help="window_offset: share ranked easier than the window.")] = 0.0,
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
        Path | None, typer.Option("--list", help="Index list to import, for the rule list.")
    ] = None,
    selection_seed: Annotated[
        int, typer.Option("--seed", min=0, help="Seed of the rules random and covering.")
    ] = 0,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_: JsonOption = False,
) -> None:
    """Choose which training examples to keep, and store the choice with the run."""
    from datadiet.pipeline.run import open_run
    from datadiet.pipeline.select import select_examples
    from datadiet.selection.request import read_request

    request = read_request({
        "rule": rule,
        "score": score,
        "keep_fraction": keep,
        "window_offset": offset,
        "quota": quota,
        "quota_by": group,
        "drop_suspects": drop_suspects,
        "seed": selection_seed,
    })
    selection = select_examples(
        open_run(run, workspace=workspace), request, imported=list_, group_table=table
    )
    if json_:
        show_json(selection.headline())
    else:
        show(selection.text())
