"""Retrainings that run for this run or wait to, in place; the page follows as they are done."""

from __future__ import annotations

import time

import streamlit as st

from app import state
from app.failures import shown_failures
from app.jobs.in_place import show_bar, show_ended
from app.jobs.watch import JobView
from app.window import jobs
from app.window.fitting import read_advice, read_surface
from app.window.reading import study_choices, study_stamp
from app.window.shown import Shown

TICK_SECONDS = 1.0
IDLE_SECONDS = (
    6.0  # where nothing is waited for: each tick draws in the browser, and somebody may be dragging
)
REFRESH_SECONDS = 4.0  # between two redrawings of the page while retrainings come in
_DRAWN, _LINE = "window-drawn", "window-line"  # session keys


def show_progress(shown: Shown) -> None:
    """Show what runs, and remember what the page shows, so that it is drawn anew when there is more."""
    known, active = _known(shown), jobs.active(shown.run_id)
    st.session_state[_DRAWN] = (time.monotonic(), known)
    st.session_state[_LINE] = _line(active)
    is_waited_for = bool(active or jobs.last_started()) or not all(known[1:])
    st.fragment(_ticking, run_every=TICK_SECONDS if is_waited_for else IDLE_SECONDS)(shown)


def _ticking(shown: Shown) -> None:
    with shown_failures():
        active = jobs.active(shown.run_id)
        for view in active:
            show_bar(view, "window", "Retrainings that are done are kept.")
        show_ended(jobs.last_started() or "", "window", jobs.forget_started)
        is_moved = st.session_state.get(_LINE) != _line(active)
        if is_moved or should_redraw(shown, is_busy=bool(active)):
            st.rerun()


def _line(active: list[JobView]) -> tuple[int, list[tuple[str, int]]]:
    """Return how many jobs of the workspace are in line, and where those of the run stand."""
    return jobs.num_in_line(), [(view.job.job_id, view.job.num_before) for view in active]


def should_redraw(shown: Shown, *, is_busy: bool) -> bool:
    """Return whether the page shows less than there is: not at every retraining, but at a job's last."""
    at, known = st.session_state.get(_DRAWN, (0.0, None))
    if known == _known(shown):
        return False
    return not is_busy or time.monotonic() - at > REFRESH_SECONDS


def _known(shown: Shown) -> tuple[str, bool, bool]:
    """Return the stamp of the study's files as they are now, and whether prediction and advice are there."""
    if shown.chosen is None or shown.found is None:
        first = study_choices(shown.opened.files)
        return (first[0].stamp if first else "", True, True)
    chosen, found = shown.chosen, shown.found
    is_fitted = read_surface(chosen, found).is_newest
    return study_stamp(chosen.study), is_fitted, is_fitted and read_advice(chosen, found) is not None


def workspace_name() -> str:
    """Return the folder's name for commands that a person may type."""
    return state.workspace_root().name
