"""A job on the page that started it: its place or its bar, with cancel; how it ended where not well."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.failures import public_sentence
from app.jobs.cards import CANCEL_WAITING, cancel
from app.jobs.sweeps import sweep_words
from app.jobs.watch import JobView, job_views
from app.jobs.words import SIGNS, job_title, outcome_words, place_words, progress_words
from app.text import plain, quiet


def show_bar(view: JobView, page: str, kept: str) -> None:
    """Show how far a job is, or its place in line, and a button that stops it.

    Args:
        view: The job.
        page: Begins the session keys.
        kept: What a person keeps who cancels, in a sentence.
    """
    job_id = view.job.job_id
    with st.container(horizontal=True, vertical_alignment="center", key=f"{page}-job-{job_id}"):
        if view.is_waiting:
            _show_place(view)
        else:
            st.progress(view.share, text=bar_words(view))
        st.button(
            "Cancel",
            key=f"{page}-cancel-{job_id}",
            icon=":material/stop:",
            help=CANCEL_WAITING if view.is_waiting else kept,
            disabled=view.job.is_cancel_asked,
            on_click=cancel,
            args=(job_id,),
        )


def _show_place(view: JobView) -> None:
    color, icon = SIGNS["queued"]
    what = plain(sweep_words(view.job.argv) or job_title(view.job.argv))
    place = quiet(f"· {plain(place_words(view))}")
    st.markdown(f":{color}-badge[{icon} queued] :small[{what}] {place}", width="stretch")


def bar_words(view: JobView) -> str:
    """Return how far a job is, and on what it works where several of the page may be in line."""
    what = plain(sweep_words(view.job.argv))
    return f"{what}: {progress_words(view)}" if what else progress_words(view)


def show_ended(job_id: str, page: str, forget: Callable[[], None]) -> None:
    """Say how a job of this session ended, where it did not end well.

    Args:
        job_id: Empty where none was started.
        page: Begins the session keys.
        forget: Called when the sentence is dismissed.
    """
    views = job_views([job_id]) if job_id else []
    outcome = "" if not views or views[0].is_active else outcome_words(views[0])
    if not outcome:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        say = st.error if views[0].job.state == "failed" else st.info
        say(plain(public_sentence(outcome)))
        st.button("Dismiss", key=f"{page}-dismiss", on_click=forget)
