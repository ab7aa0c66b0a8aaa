"""Jobs that wait for their turn: one a command, in the order in which they were asked for.

A job is a process from the start. Where others are before it in the line, that process waits, beats and hears
of cancelling; when its turn has come it becomes the command itself, and keeps its place until it ends.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from datadiet.errors import StoreError
from datadiet.execution.jobs import (
    Job,
    RunningJob,
    add_job,
    end_unbegun,
    job_command,
    launch,
    list_jobs,
)
from datadiet.execution.line import held_tickets, is_first, take_ticket
from datadiet.interpreter import own_module
from datadiet.store.disk import disk_errors, locked, make_folder
from datadiet.store.workspace import Workspace

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25  # between two looks at who is before; a file lock each
WAITING_BEAT_SECONDS = 2.0  # between two beats of a job that waits; each is a transaction


@dataclass(frozen=True)
class Queued:
    """Where a command stands in the line."""

    job_id: str
    num_before: int  # jobs whose turn comes first
    is_new: bool  # False: the same command waits already, and is this job


def queue_job(workspace: Workspace, argv: Sequence[str], *, asked_by: str = "") -> Queued:
    """Start ``datadiet <argv> --job ID`` as soon as the jobs before it have ended, however they end.

    A command that waits already is not put in line again: it begins later, and reads what is there then.

    Args:
        workspace: Where the job is kept; the command must name the same one.
        argv: The command's arguments, without the program.
        asked_by: Who asked for it; only shown.

    Raises:
        JobError: The process cannot be started.
        StoreError: The disk or the database refuses.
    """
    folder = workspace.queue_dir
    with disk_errors(folder):
        make_folder(folder)
    with disk_errors(folder), locked(folder):
        if (same := _waiting(workspace, argv)) is not None:
            return Queued(same.job_id, same.num_before, is_new=False)
        num_before = len(held_tickets(workspace))
        job_id, ticket = _take_place(workspace, argv, asked_by)
    command = job_command(argv, job_id)
    if num_before:
        command = own_module(__name__, str(workspace.root), job_id, *command)
    try:
        launch(workspace, job_id, command, ticket)
    finally:
        os.close(ticket)  # the process that was started holds it from now on
    return Queued(job_id, num_before, is_new=True)


def _waiting(workspace: Workspace, argv: Sequence[str]) -> Job | None:
    """Return the job of the same command that has not begun, None for none."""
    alive = {ticket.job_id for ticket in held_tickets(workspace)}
    return next(
        (
            job
            for job in list_jobs(workspace)
            if job.job_id in alive
            and job.argv == tuple(argv)
            and job.state == "queued"
            and not job.is_cancel_asked
        ),
        None,
    )


def _take_place(workspace: Workspace, argv: Sequence[str], asked_by: str) -> tuple[str, int]:
    """Write down a job, give it the last ticket; return its id and the descriptor that holds the ticket."""
    job_id = add_job(workspace, argv)
    try:
        return job_id, take_ticket(workspace, job_id, asked_by=asked_by)
    except StoreError as error:
        end_unbegun(workspace, job_id, "failed", str(error))
        raise


def wait_for_turn(workspace: Workspace, job_id: str) -> bool:
    """Wait until nobody is before a job that holds a ticket; return False where it was cancelled."""
    job, beats_at = RunningJob(workspace, job_id), monotonic()
    while not _may_begin(workspace, job_id):
        if monotonic() >= beats_at:
            beats_at = monotonic() + WAITING_BEAT_SECONDS
            if _is_cancelled(job):
                return False
        sleep(LOOK_SECONDS)
    return True


def _may_begin(workspace: Workspace, job_id: str) -> bool:
    try:
        return is_first(workspace, job_id)
    except StoreError as error:  # not to know is no reason to begin; the next look makes up for it
        log.warning("The line could not be read: %s", error)
        return False


def _is_cancelled(job: RunningJob) -> bool:
    try:
        return job.beat()
    except StoreError as error:  # the next beat makes up for one that was missed
        log.warning("A heartbeat was not stored: %s", error)
        return False


def main(root: str, job_id: str, *command: str) -> None:
    """Wait for the turn of a job, then be its command."""
    workspace = Workspace.existing(Path(root))
    if not wait_for_turn(workspace, job_id):
        end_unbegun(workspace, job_id, "cancelled", "Cancelled before its turn came.")
        return
    try:
        os.execv(command[0], command)  # ruff: ignore[start-process-with-no-shell] (our own command)
    except OSError as error:
        end_unbegun(workspace, job_id, "failed", f"It cannot be started: {error.strerror}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
