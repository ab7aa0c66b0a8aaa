"""A job on the page that started it: its bar with cancel, and how it ended where it did not end well."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.failures import public_sentence
from app.jobs.cards import cancel
from app.jobs.watch import JobView, job_views
from app.jobs.words import outcome_words, progress_words
from app.text import plain


def show_bar(view: JobView, page: str, kept: str) -> None:
    """Show how far a job is, and a button that stops it.

    Args:
        view: The job.
        page: Begins the session keys.
        kept: What a person keeps who cancels, in a sentence.
    """
    job_id = view.job.job_id
    with st.container(horizontal=True, vertical_alignment="center", key=f"{page}-job-{job_id}"):
        st.progress(view.share, text=progress_words(view))
        st.button(
            "Cancel",
            key=f"{page}-cancel-{job_id}",
            icon=":material/stop:",
            help=kept,
            disabled=view.job.is_cancel_asked,
            on_click=cancel,
            args=(job_id,),
        )


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
