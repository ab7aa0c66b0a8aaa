"""Who hears of progress: the terminal, and a job of the workspace where the command runs as one."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from datadiet.cli.console import progress_bar
from datadiet.pipeline.progress import Progress


@contextmanager
def reporting(workspace: Path, job: str | None) -> Generator[Progress]:
    """Yield the progress of a command: a bar on stderr, or the job's row in the database.

    Args:
        workspace: Folder of the workspace that holds the job.
        job: Id of the job that this process is, or None.
    """
    if job is None:
        with progress_bar() as bar:
            yield bar
        return
    from datadiet.execution.jobs import running_job
    from datadiet.store.workspace import Workspace

    with running_job(Workspace.existing(workspace), job) as reporter:
        yield reporter
