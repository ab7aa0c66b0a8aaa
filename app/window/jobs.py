"""Retrainings as jobs: which commands measure what, how long they take, which of them run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app import state
from app.jobs.queue import put_in_line
from app.jobs.watch import JobView, active_views, watcher
from app.jobs.words import counted_jobs, duration_words, place_words
from datadiet.execution.line import held_tickets
from datadiet.pipeline.studies import Protocol
from datadiet.study.cost import minutes_of, missing
from datadiet.study.points import ALL, Point, point, with_controls

_STARTED = "window-started"  # session key: the last job started from here


@dataclass(frozen=True)
class Asked:
    """What a sweep is asked for, beside what it retrains on."""

    run_id: str
    score: str
    protocol: Protocol
    num_seeds: int


def num_workers() -> int:
    """Return how many retrainings a sweep runs at once on this machine without an accelerator."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def window_of(asked: Asked, keep: float, offset: float) -> Point:
    """Return a window as the point that a sweep retrains on."""
    if keep >= 1:
        return point(ALL)
    return point("window", score=asked.score, keep_fraction=keep, window_offset=offset)


def missing_for(
    asked: Asked, keep: float, offset: float, retrainings: pd.DataFrame
) -> list[tuple[Point, int]]:
    """Return what is not done yet of a window, all data and random of its size, each with its seed."""
    return missing(with_controls([window_of(asked, keep, offset)]), asked.num_seeds, retrainings)


def window_command(asked: Asked, keep: float, offset: float) -> list[str]:
    """Return the command that measures a window with its controls."""
    if keep >= 1:
        return _command(asked, "--rule=all")
    return _command(
        asked, "--rule=window", f"--score={asked.score}", f"--keep={keep:g}", f"--offsets={offset:g}"
    )


def grid_command(asked: Asked, keeps: Sequence[float], offsets: str) -> list[str]:
    """Return the command that measures windows of some sizes at some offsets, with their controls."""
    words = ",".join(f"{keep:g}" for keep in keeps)
    return _command(
        asked, "--rule=window", f"--score={asked.score}", f"--keep={words}", f"--offsets={offsets}"
    )


def random_command(asked: Asked, keep: float) -> list[str]:
    """Return the command that measures random images of one number."""
    return _command(asked, "--rule=random", f"--keep={keep:g}")


def budget_command(asked: Asked, keeps: Sequence[float], num: int) -> list[str]:
    """Return the command that spends ``num`` retrainings where they tell most."""
    words = ",".join(f"{keep:g}" for keep in keeps)
    return _command(asked, "--rule=window", f"--score={asked.score}", f"--keep={words}", f"--budget={num}")


def decisions_command(asked: Asked) -> list[str]:
    """Return the command that retrains on all data as it was, after decisions, and after random ones."""
    return _command(asked, "--rule=all", "--labels=trained,reviewed,random_reviewed")


def _command(asked: Asked, *words: str) -> list[str]:
    return [
        "sweep",
        asked.run_id,
        *words,
        f"--seeds={asked.num_seeds}",
        f"--fixed={asked.protocol.fixed}",
        f"--epochs={asked.protocol.num_epochs}",
        f"--workspace={state.workspace_root()}",
    ]


def start(argv: Sequence[str]) -> str:
    """Start a command as a job when its turn comes; return its id.

    Raises:
        JobError: It cannot be started.
        StoreError: The workspace refuses.
    """
    job_id = put_in_line(argv)
    st.session_state[_STARTED] = job_id
    return job_id


def last_started() -> str:
    """Return the job that this session started last, empty for none."""
    return str(st.session_state.get(_STARTED, ""))


def forget_started() -> None:
    """Take the last job out of the session: its end has been said and read."""
    st.session_state.pop(_STARTED, None)


def active(run_id: str) -> list[JobView]:
    """Return the jobs that retrain for a run, and those that wait to."""
    return [view for view in active_views() if view.job.argv[:2] == ("sweep", run_id)]


def asked_already(argv: Sequence[str]) -> JobView | None:
    """Return the job that does a command now or waits to, None for none."""
    return next((view for view in active_views() if view.job.argv == tuple(argv)), None)


def asked_words(view: JobView, what: str) -> str:
    """Return that a job does already what a button would ask for.

    Args:
        view: The job.
        what: Begins the sentence.
    """
    if view.is_waiting:
        return f"{what} waits to be measured: {place_words(view)}."
    return f"{what} is being measured now."


def waiting_words() -> str:
    """Return what happens to what is asked for now, a sentence; empty where it would begin at once."""
    num = num_in_line()
    return f"It starts after {counted_jobs(num)} in line." if num else ""


def num_in_line() -> int:
    """Return how many jobs of the workspace work or wait for their turn."""
    return len(held_tickets(watcher(state.workspace_root()).workspace))


def cost_words(num: int, seconds: float | None) -> str:
    """Return how long ``num`` retrainings take, in words; empty where no clock is known.

    Example:
        >>> cost_words(0, 1.0), cost_words(3, None)
        ('nothing is left to run', '3 retrainings')
    """
    if num == 0:
        return "nothing is left to run"
    words = f"{num} retraining{'' if num == 1 else 's'}"
    if seconds is None:
        return words
    return f"{words}, about {duration_words(60 * minutes_of(num, seconds, num_workers()))}"
