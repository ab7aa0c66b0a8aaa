"""The thin bar in the sidebar: work that is under way, on every page."""

from __future__ import annotations

import streamlit as st

from app import state
from app.failures import shown_failures
from app.jobs.watch import JobView, active_views, job_views, results_of
from app.jobs.words import SIGNS, counted_jobs, duration_words, job_title
from app.text import plain, quiet

TICK_SECONDS = 2.0
IDLE_SECONDS = 6.0  # where no job is under way: each tick draws in the browser, and somebody may be dragging
MOST_SHOWN = 3
JOBS, LEADS = ":material/pending_actions:", ":material/arrow_forward:"
_SEEN, _ENDED = "jobs-seen-active", "jobs-ended"  # session keys: ids of jobs


def job_bar() -> None:
    """Show running jobs at the foot of the sidebar; a part of its own that reruns by itself."""
    is_busy = state.open_workspace() is not None and bool(active_views())
    with st.sidebar:
        st.fragment(_bar, run_every=TICK_SECONDS if is_busy else IDLE_SECONDS)(is_busy=is_busy)


def _bar(*, is_busy: bool) -> None:
    """Show what is under way; the page is run anew where work began or ended, as that sets the tick."""
    with st.container(key="job-bar"):
        if state.open_workspace() is None:
            return  # the page says why
        with shown_failures():
            active = active_views()
            ended = _ended([view.job.job_id for view in active])
            working = [view for view in active if not view.is_waiting]
            for view in working[:MOST_SHOWN]:
                st.progress(view.share, text=_words(view))
            if num := len(active) - len(working):
                st.markdown(quiet(f"{counted_jobs(num)} {'waits' if num == 1 else 'wait'} in line"))
            for view in ended[:MOST_SHOWN]:
                _show_ended(view)
            if bool(active) != is_busy:
                st.rerun()
            if active:
                st.page_link("views/jobs.py", label=_link(len(active)), icon=JOBS)


def _ended(active: list[str]) -> list[JobView]:
    """Return the jobs that ended while this session looked on, the newest first; says so once of each."""
    seen: set[str] = st.session_state.setdefault(_SEEN, set())
    ended: list[str] = st.session_state.setdefault(_ENDED, [])
    gone = sorted(seen.difference(active))
    seen.clear()
    seen.update(active)
    ended += gone
    views = job_views(ended) if ended else []
    for view in views:
        if view.job.job_id in gone:
            st.toast(_ended_words(view), icon=SIGNS[view.word][1])
    return views


def _show_ended(view: JobView) -> None:
    """Say how a job ended, which takes as many lines as it needs, and lead to what came of it."""
    place, run_id = results_of(view)
    with st.container(key=f"ended-{view.job.job_id}", gap=None):
        st.markdown(f":small[{SIGNS[view.word][1]} {_ended_words(view)}]")
        if view.job.state == "done" and run_id:
            st.page_link(
                f"views/{place}.py", label="See the result", icon=LEADS, query_params={state.RUN: run_id}
            )
        else:
            st.page_link("views/jobs.py", label="See the job", icon=JOBS)


def _ended_words(view: JobView) -> str:
    """Return how a job ended and what it was, as Markdown."""
    return f"{view.word.capitalize()}: {plain(job_title(view.job.argv))}"


def _words(view: JobView) -> str:
    title = f"{plain(job_title(view.job.argv))} · {100 * view.share:.0f} %"
    left = view.stage.seconds_left if view.stage else None
    return f":small[{title} · {duration_words(left)} left]" if left is not None else f":small[{title}]"


def _link(num_active: int) -> str:
    return "See the job" if num_active == 1 else f"See all {num_active} jobs"
