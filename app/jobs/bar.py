"""The thin bar in the sidebar: work that is under way, on every page."""

from __future__ import annotations

import streamlit as st

from app import state
from app.failures import shown_failures
from app.jobs.watch import JobView, active_views
from app.jobs.words import duration_words, job_title
from app.text import plain

TICK_SECONDS = 2.0
MOST_SHOWN = 3


def job_bar() -> None:
    """Show running jobs at the foot of the sidebar; a part of its own that reruns by itself."""
    with st.sidebar:
        _bar()


@st.fragment(run_every=TICK_SECONDS)
def _bar() -> None:
    with st.container(key="job-bar"):
        if state.open_workspace() is None:
            return  # the page says why
        with shown_failures():
            active = active_views()
            for view in active[:MOST_SHOWN]:
                st.progress(view.share, text=_words(view))
            if active:
                st.page_link("views/jobs.py", label=_link(len(active)), icon=":material/pending_actions:")


def _words(view: JobView) -> str:
    title = f"{plain(job_title(view.job.argv))} · {100 * view.share:.0f} %"
    left = view.stage.seconds_left if view.stage else None
    return f":small[{title} · {duration_words(left)} left]" if left is not None else f":small[{title}]"


def _link(num_active: int) -> str:
    return "See the job" if num_active == 1 else f"See all {num_active} jobs"
