"""``datadiet analyse``: what happens inside while training, by score."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from datadiet.cli.console import show, show_json, tell
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

KINDS = ("ntk", "connectivity")
MOST_ALPHAS = 1001


def analyse(
    run: RunArgument,
    kind: Annotated[str, typer.Argument(metavar="WHAT", help="ntk or connectivity.")],
    score: Annotated[str, typer.Option(help="Score whose order tells easy from hard.")] = "el2n",
    epochs: Annotated[
        str,
        typer.Option(
            help="Epochs, with commas. ntk: before each velocity, default every one. connectivity: where "
            "children part, default every kept one but the last."
        ),
    ] = "",
    kernel: Annotated[
        str | None,
        typer.Option(help="ntk: ntk (default), or ntk_sum_of_logits, an approximation many times cheaper."),
    ] = None,
    group_size: Annotated[
        int | None, typer.Option(min=2, help="ntk: examples of a group; default 100.")
    ] = None,
    groups: Annotated[
        int | None, typer.Option(min=1, help="ntk: groups from the easiest to the hardest; default 10.")
    ] = None,
    set_size: Annotated[
        int | None,
        typer.Option(
            min=1, help="connectivity: examples of each set, at most a fifth of the training; default 1000."
        ),
    ] = None,
    alphas: Annotated[
        int | None,
        typer.Option(
            min=2, max=MOST_ALPHAS, help="connectivity: places on the path, both ends in; default 11."
        ),
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
    json_: JsonOption = False,
    job: JobOption = None,
) -> None:
    """Compute NTK velocity by group of examples, or error barriers between children, by score."""
    from datadiet.config import validated
    from datadiet.errors import ConfigError
    from datadiet.pipeline.analyse import analyse_connectivity, analyse_ntk
    from datadiet.pipeline.analyses import NtkSettings, PathSettings
    from datadiet.pipeline.run import open_run

    if kind not in KINDS:
        raise ConfigError.unknown_choice("WHAT", kind, KINDS)
    of_ntk = {"kernel": kernel, "group_size": group_size, "num_groups": groups}
    of_paths = {"set_size": set_size, "alphas": _places(alphas)}
    _refuse_unread(kind, of_paths if kind == "ntk" else of_ntk)
    chosen = _epochs(epochs)
    opened = open_run(run, workspace=workspace)
    opened.check_trained()
    with reporting(workspace, job) as progress:
        if kind == "ntk":
            settings = validated(NtkSettings, {"score": score, "epochs": chosen, **_given(of_ntk)})
            found = analyse_ntk(opened, settings, device=device, num_workers=workers, progress=progress)
        else:
            paths = validated(PathSettings, {"score": score, "spawn_epochs": chosen, **_given(of_paths)})
            found = analyse_connectivity(opened, paths, device=device, num_workers=workers, progress=progress)
    if json_:
        show_json(found.headline())
    else:
        show(found.text())


def _places(num: int | None) -> list[float] | None:
    """Return so many places on a path, both ends in; None where no number was given."""
    return None if num is None else [place / (num - 1) for place in range(num)]


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _refuse_unread(kind: str, others: dict[str, Any]) -> None:
    """Refuse options of the other kind: they would be ignored."""
    from datadiet.errors import ConfigError

    if unread := _given(others):
        names = ", ".join(f"--{name.removeprefix('num_').replace('_', '-')}" for name in unread)
        raise ConfigError(f"analyse {kind} does not read {names}; leave it out.")


def figures(
    run: RunArgument,
    out: Annotated[Path, typer.Option(help="Folder for figures.html and the tables; its parent must exist.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    device: DeviceOption = "auto",
    json_: JsonOption = False,
) -> None:
    """Write the paper's figures of a run, interactive, with their tables; say first what is missing."""
    from datadiet.pipeline.calibration import calibrate
    from datadiet.pipeline.figures import missing_figures, write_figures
    from datadiet.pipeline.run import open_run

    opened = open_run(run, workspace=workspace)
    opened.check_trained()
    missing = missing_figures(opened)
    if missing:
        tell("Timing this machine for a few seconds, to say how long what is missing takes.")
        missing = missing_figures(opened, calibrate(opened, device=device))
    for each in missing:
        tell(f"missing: {each.text()}")
    drawn = write_figures(opened, out, overwrite=overwrite, missing=missing)
    if json_:
        show_json(drawn.headline())
    else:
        show(drawn.text())


def _epochs(text: str) -> list[int]:
    from datadiet.errors import ConfigError

    try:
        return [int(each) for each in text.split(",")] if text.strip() else []
    except ValueError:
        raise ConfigError(f"epochs is {text!r}; write whole numbers with commas, such as 0,1,2.") from None
