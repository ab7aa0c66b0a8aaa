"""Jobs: what is running, and how did it end?"""

from __future__ import annotations

import streamlit as st

from app import frame
from app.failures import shown_failures
from app.jobs.cards import job_card
from app.jobs.watch import job_views, turn
from app.text import quiet

TICK_SECONDS = 1.0
MOST_SHOWN = 30


def show_page() -> None:
    """Show all jobs, those that run first."""
    frame.show_title("What is running?")
    st.markdown(
        quiet(
            "A job is a process of its own: it goes on when this page, the browser or the dashboard is "
            "closed. One works at a time; the others wait in line and start by themselves. Cancelling keeps "
            "what is finished."
        )
    )
    show_jobs()


@st.fragment(run_every=TICK_SECONDS)
def show_jobs() -> None:
    """Show the jobs as cards; reruns by itself."""
    with shown_failures():
        found = job_views()  # the newest first
        newest = {view.job.argv: view.job.job_id for view in reversed(found)}
        views = sorted(found, key=lambda view: (not view.is_active, turn(view)))
        if not views:
            show_none()
            return
        for view in views[:MOST_SHOWN]:
            job_card(view, is_taken_up=newest[view.job.argv] != view.job.job_id)
        if len(views) > MOST_SHOWN:
            st.markdown(quiet(f"{len(views) - MOST_SHOWN} older ones: `datadiet jobs` lists them all."))


def show_none() -> None:
    """Say that there is no job, and how to begin one."""
    st.info("No job has been started from here. Audits started in a terminal are not jobs; Home shows them.")
    frame.page_link("new_audit", "Start an audit")


with shown_failures():
    show_page()
