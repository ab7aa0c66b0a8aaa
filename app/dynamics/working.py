"""Analyses as jobs: what one takes, starting it, and its progress in place."""

from __future__ import annotations

import os

import streamlit as st

from app import state
from app.commands import show_commands
from app.dynamics.reading import Kind, stamp_of
from app.failures import shown_failures
from app.frame import OpenedRun
from app.jobs.in_place import show_bar, show_ended
from app.jobs.queue import put_in_line
from app.jobs.watch import JobView, active_views
from app.jobs.words import duration_words
from datadiet.pipeline.analyses import NtkSettings
from datadiet.pipeline.analysis_cost import connectivity_seconds, ntk_seconds, spawn_epochs
from datadiet.pipeline.run import Run

TICK_SECONDS = 2.0
MOST_EPOCHS = 3  # of a first NTK analysis: the first, one early, one late
_STARTED, _DRAWN = "dynamics-started", "dynamics-drawn"  # session keys


def num_workers() -> int:
    """Return how many units run at once on this machine without an accelerator."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def first_settings(run: Run) -> NtkSettings:
    """Return the NTK analysis that the page offers: few epochs, the paper's groups where they fit."""
    last = run.files.config.train.num_epochs - 1
    epochs = sorted({0, last // 5, (2 * last) // 3})[:MOST_EPOCHS]
    num_train = int((run.files.labels["split"] == "train").sum())
    size = max(2, min(100, num_train // 10))
    return NtkSettings(group_size=size, num_groups=min(10, max(1, num_train // size)), epochs=tuple(epochs))


def command(run: Run, kind: Kind) -> list[str]:
    """Return the command that makes the analysis that the page offers."""
    if kind == "connectivity":
        return ["analyse", run.run_id, "connectivity"]
    settings = first_settings(run)
    epochs = ",".join(map(str, settings.epochs))
    return [
        "analyse", run.run_id, "ntk", f"--epochs={epochs}",
        f"--group-size={settings.group_size}", f"--groups={settings.num_groups}",
    ]  # fmt: skip


def whole_command(run: Run, kind: Kind) -> list[str]:
    """Return the command with the workspace that is open, which is not shown."""
    return [*command(run, kind), f"--workspace={state.workspace_root()}"]


def cost_words(run: Run, kind: Kind) -> str:
    """Return how long the offered analysis takes, by the clock of the run; how it is not known where not."""
    if kind == "ntk":
        seconds = ntk_seconds(run, first_settings(run), num_workers=num_workers())
    else:
        seconds = connectivity_seconds(run, spawn_epochs(run), num_workers=num_workers())
    if seconds is None:
        return "How long it takes is not known: this run has no clock."
    return f"It takes about {duration_words(seconds)} on this machine, by the clock of the run."


def offer(opened: OpenedRun, kind: Kind, what: str, takes: str) -> None:
    """Say that an analysis is not made, what it takes, and offer to make it.

    Args:
        opened: The run.
        kind: Which analysis.
        what: Its name, such as ``NTK analysis``.
        takes: What it consists of, a sentence.
    """
    run = opened.run
    with st.container(border=True):
        argv = whole_command(run, kind)
        is_asked = any(view.job.argv == tuple(argv) for view in running(run.run_id))
        st.markdown(f"**This run has no {what} yet.** {takes} {cost_words(run, kind)}")
        st.button(
            **state.primary(f"Start the {what}", ":material/play_arrow:", is_on=not is_asked),
            key=f"start-{kind}",
            disabled=is_asked,
            on_click=begin,
            args=(argv,),
        )
        show_commands(" ".join(command(run, kind)).replace(run.run_id, run.run_id[:8]))


def begin(argv: list[str]) -> None:
    """Start a command as a job when its turn comes."""
    with shown_failures():
        st.session_state[_STARTED] = put_in_line(argv)


def running(run_id: str) -> list[JobView]:
    """Return the jobs that analyse a run, and those that wait to."""
    return [view for view in active_views() if view.job.argv[:2] == ("analyse", run_id)]


def show_progress(opened: OpenedRun) -> None:
    """Show what runs; the page is drawn anew as parts are done."""
    st.session_state[_DRAWN] = _known(opened)
    _ticking(opened)


@st.fragment(run_every=TICK_SECONDS)
def _ticking(opened: OpenedRun) -> None:
    with shown_failures():
        for view in running(opened.run.run_id):
            show_bar(view, "dynamics", "What is done is kept.")
        show_ended(str(st.session_state.get(_STARTED, "")), "dynamics", _forget)
        if st.session_state.get(_DRAWN) != _known(opened):
            st.rerun()


def _known(opened: OpenedRun) -> tuple[str, str, list[str]]:
    files = opened.files
    line = [view.job.job_id for view in running(opened.run.run_id)]
    return stamp_of(files, "ntk"), stamp_of(files, "connectivity"), line


def _forget() -> None:
    st.session_state.pop(_STARTED, None)
