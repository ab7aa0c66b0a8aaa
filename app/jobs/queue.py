"""Work put in line, for every page that begins some: one job at a time works in a workspace."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import state
from app.decisions import reviewer
from app.jobs.watch import watcher
from app.jobs.words import counted_jobs
from datadiet.execution.job_queue import Queued, queue_job


def put_in_line(argv: Sequence[str]) -> str:
    """Start a command as a job when its turn comes; say so where it has to wait; return the job's id.

    Raises:
        JobError: It cannot be started.
        StoreError: The workspace refuses.
    """
    queued = queue_job(watcher(state.workspace_root()).workspace, argv, asked_by=reviewer())
    if said := queued_words(queued):
        st.toast(said, icon=":material/hourglass_top:")
    return queued.job_id


def queued_words(queued: Queued) -> str:
    """Return what a person hears who asked for a job that does not begin at once; empty where it does.

    Example:
        >>> queued_words(Queued("0a0b0c0d", num_before=2, is_new=True))
        'In line behind 2 jobs: it starts by itself.'
    """
    if not queued.is_new:
        return "That waits in line already, and is not put there twice."
    if not queued.num_before:
        return ""
    return f"In line behind {counted_jobs(queued.num_before)}: it starts by itself."
