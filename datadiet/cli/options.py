"""Options that more than one command takes, each with its help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datadiet.arguments import MOST_SEEDS, MOST_WORKERS

WorkspaceOption = Annotated[
    Path,
    typer.Option("--workspace", envvar="DATADIET_WORKSPACE", help="Folder that holds data sets and runs."),
]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, the start of it, or its name.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object to stdout.")]
SeedsOption = Annotated[
    int | None,
    typer.Option("--seeds", min=1, max=MOST_SEEDS, help="Models in the ensemble; more extend a run."),
]
DeviceOption = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, max=MOST_WORKERS, help="Processes; default: one a core on CPU, one on a GPU."
    ),
]
JobOption = Annotated[
    str | None, typer.Option("--job", hidden=True, help="Report to this job of the workspace.")
]

DEFAULT_WORKSPACE = Path("workspace")
