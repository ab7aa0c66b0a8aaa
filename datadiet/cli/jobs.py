"""``datadiet jobs`` and ``datadiet cancel``: work that runs on in processes of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from datadiet.cli.console import show, show_json
from datadiet.cli.options import DEFAULT_WORKSPACE, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from datadiet.execution.jobs import Job


def jobs(workspace: WorkspaceOption = DEFAULT_WORKSPACE, json_: JsonOption = False) -> None:
    """List jobs: queued, running, done, failed, cancelled or lost."""
    from dataclasses import asdict

    from datadiet.execution.jobs import judged_jobs
    from datadiet.store.workspace import Workspace

    listed = judged_jobs(Workspace.existing(workspace))
    if json_:
        show_json({"jobs": [asdict(job) for job in listed]})
        return
    for job in listed:
        state: str = "lost" if job.is_lost else job.state
        if job.num_before and not job.is_lost:
            state = f"{state} behind {job.num_before}"
        show(f"{job.job_id}  {state}  {_how_far(job)}  datadiet {' '.join(job.argv)}  {job.message}".rstrip())
    if not listed:
        show("No jobs. A job is work that runs on in the background; datadiet list shows the runs.")


def _how_far(job: Job) -> str:
    """Return a job's stage and how much of it is done; a stage that counts in percent names no other unit."""
    stage = job.stage.removesuffix(" (%)")
    return f"{stage}: {100 * job.done / job.total:.0f} %" if job.total else stage


def cancel(
    job: Annotated[str, typer.Argument(metavar="JOB", help="A job's id.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json_: JsonOption = False,
) -> None:
    """Ask a job to stop; what it has published stays, and the same command goes on from there."""
    from datadiet.execution.jobs import cancel_job
    from datadiet.store.workspace import Workspace

    cancel_job(Workspace.existing(workspace), job)
    if json_:
        show_json({"job_id": job})
    else:
        show(f"Asked job {job} to stop.")
