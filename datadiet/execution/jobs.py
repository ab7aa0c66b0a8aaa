"""A job: a command in a process of its own, with progress, a heartbeat that others judge, and cancel."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess  # ruff: ignore[suspicious-subprocess-import] (starts this package's own command)
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Event, Thread
from time import sleep
from typing import Any, Literal, cast

from sqlalchemy import insert, select, update

from datadiet.errors import DataDietError, JobError, NotFoundError, StoreError
from datadiet.execution.job_progress import ProgressWriter
from datadiet.execution.line import Ticket, held_tickets
from datadiet.interpreter import import_path, own_module
from datadiet.store.database import JOBS, reading, writing
from datadiet.store.disk import disk_errors, make_folder, short_name
from datadiet.store.reviews import utc_now
from datadiet.store.workspace import Workspace

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0  # between two beats of a job's heart
READ_SECONDS = 3.0  # between two looks of a reader that waits for itself; longer than a beat
LOST_AFTER = 3  # looks in a row at an unchanged heartbeat

State = Literal["queued", "running", "done", "failed", "cancelled"]
UNFINISHED: tuple[State, ...] = ("queued", "running")


@dataclass(frozen=True)
class Job:
    """What is known of a job. What stands from ``is_lost`` on is the reader's own finding, stored nowhere."""

    job_id: str
    sequence: int
    argv: tuple[str, ...]
    state: State
    is_cancel_asked: bool
    heartbeat: int
    pid: int  # only shown: a process id is never believed
    stage: str
    done: float  # of the stage's units
    total: float
    message: str
    started_at: str  # UTC, only shown
    ended_at: str
    is_lost: bool = False
    is_silent: bool = False  # its heart stands still, but its process is there and holds its ticket
    is_in_line: bool = False  # its process holds a ticket: the system says that it lives
    num_before: int = 0  # jobs whose turn comes before its own
    asked_by: str = ""  # known while it waits or works; only shown


def start_job(workspace: Workspace, argv: Sequence[str]) -> str:
    """Start ``datadiet <argv> --job ID`` in a session of its own; return the job's id.

    Its output goes to ``logs/<job_id>.log``.

    Args:
        workspace: Where the job is kept; the command must name the same one.
        argv: The command's arguments, without the program.

    Raises:
        JobError: The process cannot be started.
        StoreError: The disk or the database refuses.
    """
    job_id = add_job(workspace, argv)
    launch(workspace, job_id, job_command(argv, job_id))
    return job_id


def job_command(argv: Sequence[str], job_id: str) -> list[str]:
    """Return the command of the system that is the job."""
    return own_module("datadiet", *argv, "--job", job_id)


def launch(workspace: Workspace, job_id: str, command: Sequence[str], *handed: int) -> None:
    """Start the process of a job that was added, in a session of its own, its output in its log.

    Args:
        workspace: Where the job is kept.
        job_id: Of the job.
        command: Of the system.
        handed: Descriptors that the process goes on holding.

    Raises:
        JobError: The process cannot be started.
        StoreError: The disk or the database refuses.
    """
    log_path = workspace.logs_dir / f"{job_id}.log"
    with disk_errors(log_path):
        make_folder(workspace.logs_dir)
        output = log_path.open("ab")
    try:
        process = subprocess.Popen(  # ruff: ignore[subprocess-without-shell-equals-true] (our own command)
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=handed,
            env={**os.environ, "PYTHONPATH": import_path()},
        )
    except OSError as error:
        _change(workspace, job_id, state="failed", message=str(error.strerror))
        raise JobError(f"Job {job_id} cannot be started: {error.strerror}.") from error
    finally:
        output.close()
    Thread(target=process.wait, daemon=True).start()  # so that no dead process lingers while we live


def add_job(workspace: Workspace, argv: Sequence[str]) -> str:
    """Write down a job that is about to start; return its id.

    Raises:
        DatabaseError: The database refused.
    """
    job_id = short_name()
    with writing(workspace) as connection:
        connection.execute(insert(JOBS).values(job_id=job_id, argv=json.dumps(list(argv)), state="queued"))
    return job_id


class RunningJob:
    """The job that this process is, for its pipeline to report to; made by :func:`running_job`."""

    def __init__(self, workspace: Workspace, job_id: str) -> None:
        self._workspace = workspace
        self._job_id = job_id
        self._shown: dict[str, object] = {}
        self._told = ProgressWriter(workspace, job_id)

    def stage(self, name: str, *, total: float, unit: str) -> None:
        """Hear that a stage of ``total`` units begins; stored with the next beat."""
        self._shown |= {"stage": f"{name} ({unit})", "total": total, "done": 0.0}
        self._told.stage(name, total=total, unit=unit)

    def reach(self, done: float) -> None:
        """Hear how many of the stage's units are behind."""
        self._shown |= {"done": done}
        self._told.reach(done)

    def parts(self, shares: Mapping[str, float]) -> None:
        """Hear how far each part of the stage is, in [0, 1]."""
        self._told.parts(shares)

    def works_on(self, run_id: str) -> None:
        """Hear which run the work is for."""
        self._told.works_on(run_id)

    def say(self, text: str) -> None:
        """Hear a sentence for a person."""
        self._shown |= {"message": text}
        self._told.say(text)

    def end(self) -> None:
        """Hear that all is done."""
        self._told.end_stage()

    def beat(self) -> bool:
        """Raise the heartbeat by one and store what was heard; return whether cancelling was asked for.

        Raises:
            DatabaseError: The database refused.
        """
        shown, self._shown = self._shown, {}
        self._told.write()
        mine = JOBS.c.job_id == self._job_id
        with writing(self._workspace) as connection:
            connection.execute(
                update(JOBS).where(mine).values(heartbeat=JOBS.c.heartbeat + 1, **cast("Any", shown))
            )
            return bool(connection.execute(select(JOBS.c.is_cancel_asked).where(mine)).scalar())


@contextmanager
def running_job(workspace: Workspace, job_id: str) -> Generator[RunningJob]:
    """Be the job for as long as the block runs: beat, store progress, end as the block ends.

    Cancelling arrives as KeyboardInterrupt in the main thread, the same as Ctrl-C.

    Args:
        workspace: Where the job is kept.
        job_id: As given by ``--job``.

    Raises:
        NotFoundError: There is no such job.
        DatabaseError: The database refused.
    """
    read_job(workspace, job_id)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # may have been inherited as ignored
    _change(workspace, job_id, state="running", pid=os.getpid(), started_at=utc_now())
    job, is_over = RunningJob(workspace, job_id), Event()
    heart = Thread(target=_beat_until, args=(job, is_over), daemon=True)
    heart.start()
    state, message = "failed", ""
    try:
        yield job
        job.end()
        state = "done"
    except KeyboardInterrupt:
        state, message = "cancelled", "Stopped. Run the same command again to go on."
        raise
    except DataDietError as error:
        message = str(error)
        raise
    except BaseException as error:
        message = f"{type(error).__name__}: {error}"
        raise
    finally:
        is_over.set()
        heart.join()
        job.beat()
        last = {"message": message} if message else {}
        _change(workspace, job_id, state=state, ended_at=utc_now(), **last)


def _beat_until(job: RunningJob, is_over: Event) -> None:
    is_told = False
    while not is_over.wait(BEAT_SECONDS):
        try:
            is_asked = job.beat()
        except StoreError as error:  # the next beat makes up for one that was missed
            log.warning("A heartbeat was not stored: %s", error)
            continue
        if is_asked and not is_told:
            is_told = True
            os.kill(os.getpid(), signal.SIGINT)


def cancel_job(workspace: Workspace, job_id: str) -> None:
    """Ask a job to stop; it hears it with its next beat and stops as after Ctrl-C.

    Raises:
        NotFoundError: There is no such job.
        JobError: It has ended already.
        DatabaseError: The database refused.
    """
    job = read_job(workspace, job_id)
    if job.state not in UNFINISHED:
        raise JobError(f"Job {job_id} has ended already ({job.state}); there is nothing to cancel.")
    _change(workspace, job.job_id, is_cancel_asked=1)


def read_job(workspace: Workspace, job_id: str) -> Job:
    """Return a job, given its whole id.

    Raises:
        NotFoundError: There is no such job.
        DatabaseError: The database refused.
    """
    jobs = {job.job_id: job for job in list_jobs(workspace)}
    if job_id not in jobs:
        raise NotFoundError.unknown_name("job", job_id, jobs)
    return jobs[job_id]


def list_jobs(workspace: Workspace) -> list[Job]:
    """Return all jobs, oldest first, none judged; to judge them look repeatedly through a JobWatch.

    Raises:
        DatabaseError: The database refused.
        StoreError: The line cannot be read.
    """
    with reading(workspace) as connection:
        rows = connection.execute(select(JOBS).order_by(JOBS.c.sequence)).mappings().all()
    line = {ticket.job_id: (place, ticket) for place, ticket in enumerate(held_tickets(workspace))}
    return [_in_line(_job(dict(row)), *line.get(row["job_id"], (0, None))) for row in rows]


def _in_line(job: Job, num_before: int, ticket: Ticket | None) -> Job:
    if ticket is None:
        return job
    return replace(job, is_in_line=True, num_before=num_before, asked_by=ticket.asked_by)


class JobWatch:
    """A reader who looks at the jobs once per interval of its own and remembers their heartbeats."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._seen: dict[str, tuple[int, int]] = {}  # job id -> heartbeat, looks since it changed

    def look(self) -> list[Job]:
        """Return all jobs, oldest first; one whose heart stood still for three looks is lost.

        Where its process still holds a ticket of the line it is silent instead: it hangs, and is not gone.

        Raises:
            DatabaseError: The database refused.
        """
        return [self._judged(job) for job in list_jobs(self._workspace)]

    def _judged(self, job: Job) -> Job:
        stands_still = self._is_lost(job)
        is_silent = stands_still and job.is_in_line and job.state == "running"
        return replace(job, is_lost=stands_still and not job.is_in_line, is_silent=is_silent)

    def are_all_judged(self, jobs: list[Job]) -> bool:
        """Return whether every unfinished job was seen to beat, or stood still for as long as it takes."""
        looks = [self._seen[job.job_id][1] for job in jobs if job.state in UNFINISHED]
        return all(each == 0 or each > LOST_AFTER for each in looks)

    def _is_lost(self, job: Job) -> bool:
        if job.state not in UNFINISHED:
            return False
        heartbeat, looks = self._seen.get(job.job_id, (job.heartbeat, 0))
        looks = looks + 1 if heartbeat == job.heartbeat else 0
        self._seen[job.job_id] = (job.heartbeat, looks)
        return looks > LOST_AFTER


def judged_jobs(workspace: Workspace) -> list[Job]:
    """Return all jobs with lost ones marked; waits up to three looks where one does not beat.

    Raises:
        DatabaseError: The database refused.
    """
    watch = JobWatch(workspace)
    while not watch.are_all_judged(jobs := watch.look()):
        sleep(READ_SECONDS)
    return jobs


def end_unbegun(workspace: Workspace, job_id: str, state: State, message: str) -> None:
    """Write down how a job ended that never began to run; one that began has said so itself.

    Raises:
        DatabaseError: The database refused.
    """
    is_unbegun = (JOBS.c.job_id == job_id) & (JOBS.c.state == "queued")
    with writing(workspace) as connection:
        connection.execute(
            update(JOBS).where(is_unbegun).values(state=state, message=message, ended_at=utc_now())
        )


def _change(workspace: Workspace, job_id: str, **values: object) -> None:
    with writing(workspace) as connection:
        connection.execute(update(JOBS).where(JOBS.c.job_id == job_id).values(**cast("Any", values)))


def _job(row: dict[str, Any]) -> Job:
    argv = tuple(json.loads(row.pop("argv")))
    return Job(**{**row, "argv": argv, "is_cancel_asked": bool(row["is_cancel_asked"])})
