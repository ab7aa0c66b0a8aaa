"""What is known of the jobs of a workspace; one watcher a server judges which of them are lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from time import monotonic

import streamlit as st

from app import state
from datadiet.errors import NotFoundError
from datadiet.execution import jobs
from datadiet.execution.job_progress import JobProgress, Stage, read_progress
from datadiet.execution.jobs import UNFINISHED, Job, JobWatch, list_jobs
from datadiet.store.checksums import LAYOUT_NAME
from datadiet.store.workspace import Workspace

PLACES = {"sweep": "window", "analyse": "dynamics"}  # where the results of a command stand, else in Overview
START_SECONDS = 60.0  # that a process may take to its next beat until it runs: it loads much


@dataclass(frozen=True)
class JobView:
    """A job, and how far it told it is."""

    job: Job
    progress: JobProgress

    @property
    def is_active(self) -> bool:
        """Return whether it works, or is about to."""
        return self.job.state in UNFINISHED and not self.job.is_lost

    @property
    def is_waiting(self) -> bool:
        """Return whether others are before it in the line."""
        return self.is_active and self.job.state == "queued" and self.job.num_before > 0

    @property
    def is_stopped(self) -> bool:
        """Return whether it ended before its work did."""
        return self.job.is_lost or self.job.state in {"cancelled", "failed"}

    @property
    def word(self) -> str:
        """Return its state as a word for a person."""
        if self.job.is_lost:
            return "lost"
        if self.is_active and self.job.is_cancel_asked:
            return "stopping"
        if self.is_waiting:
            return "queued"
        return {"queued": "starting", "cancelled": "stopped"}.get(self.job.state, self.job.state)

    @property
    def stage(self) -> Stage | None:
        """Return the stage that is under way, or was last."""
        return self.progress.stages[-1] if self.progress.stages else None

    @property
    def share(self) -> float:
        """Return how much of the stage is done, in [0, 1]."""
        if self.job.state == "done":
            return 1.0
        return self.stage.share if self.stage else 0.0


class Watcher:
    """Looks at the jobs for every session of a server; which are lost is judged at its own pace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._watch = JobWatch(workspace)
        self._lock = Lock()
        self._looked = float("-inf")
        self._lost: frozenset[str] = frozenset()
        self._silent: frozenset[str] = frozenset()
        self._seen: dict[str, tuple[int, float]] = {}  # job id -> heartbeat, when it was first seen

    def look(self) -> list[Job]:
        """Return all jobs, oldest first, lost ones marked.

        Raises:
            DatabaseError: The database refused.
        """
        with self._lock:
            if monotonic() - self._looked >= jobs.READ_SECONDS:
                self._looked = monotonic()
                judged = self._watch.look()
                self._lost = frozenset(job.job_id for job in judged if job.is_lost)
                self._silent = frozenset(job.job_id for job in judged if job.is_silent)
            return [self._judged(job) for job in list_jobs(self.workspace)]

    def _judged(self, job: Job) -> Job:
        is_silent = job.is_in_line and job.job_id in self._silent
        return replace(job, is_lost=self._is_lost(job), is_silent=is_silent)

    def _is_lost(self, job: Job) -> bool:
        if job.job_id not in self._seen or self._seen[job.job_id][0] != job.heartbeat:
            self._seen[job.job_id] = (job.heartbeat, monotonic())
        still = monotonic() - self._seen[job.job_id][1]
        if job.is_in_line or job.state not in UNFINISHED:
            return False
        if job.state == "queued" and job.heartbeat:
            return True  # it beat while it waited, and let its ticket go before it began
        is_starting = job.state == "queued" and still < START_SECONDS
        return job.job_id in self._lost and not is_starting


def watcher(root: Path) -> Watcher:
    """Return the server's watcher of the workspace at ``root``.

    Raises:
        NotFoundError: There is no workspace, or not any more.
        StoreError: The workspace cannot be opened.
    """
    if not (root / LAYOUT_NAME).exists():
        raise NotFoundError.no_workspace(root)
    return _watcher(root)


@st.cache_resource(max_entries=8, show_spinner=False)
def _watcher(root: Path) -> Watcher:
    return Watcher(Workspace.existing(root))


def results_of(view: JobView) -> tuple[str, str]:
    """Return the page on which a job's results stand, and their run; an empty run where none is known yet."""
    verb, *words = view.job.argv or ("",)
    if verb in PLACES and words:
        return PLACES[verb], words[0]
    return "overview", view.progress.run_id


def job_views(job_ids: Iterable[str] | None = None) -> list[JobView]:
    """Return the jobs of the workspace, the newest first, with their progress.

    Args:
        job_ids: Only these; all by default.

    Raises:
        StoreError: The workspace or its database cannot be read.
    """
    watching = watcher(state.workspace_root())
    wanted = None if job_ids is None else set(job_ids)
    found = [job for job in watching.look() if wanted is None or job.job_id in wanted]
    return [JobView(job, read_progress(watching.workspace, job.job_id)) for job in reversed(found)]


def active_views() -> list[JobView]:
    """Return the jobs that work or are about to, the newest first, then those that wait, in line."""
    watching = watcher(state.workspace_root())
    found = [job for job in watching.look() if job.state in UNFINISHED and not job.is_lost]
    views = [JobView(job, read_progress(watching.workspace, job.job_id)) for job in reversed(found)]
    return sorted(views, key=turn)


def turn(view: JobView) -> int:
    """Return how many jobs are before it in the line, 0 where it does not wait: to sort by."""
    return view.job.num_before if view.is_waiting else 0
