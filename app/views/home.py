"""Home: what has been audited? Data sets and runs, or how to begin."""

from __future__ import annotations

import streamlit as st

from app import frame, state
from app.export.changes import counted
from app.failures import shown_failures
from app.home import beginning
from app.home.cards import COMPARE, dataset_card
from app.home.comparison import show_comparison
from app.home.facts import DatasetFacts, datasets
from app.jobs.watch import JobView, active_views
from app.text import plain_name, quiet
from datadiet.store.runs import list_datasets, list_runs
from datadiet.store.workspace import Workspace

TICK_SECONDS = 2.0
MOST_SHOWN = 20  # data sets


def show_page() -> None:
    """Show the data sets, two runs side by side, or how to begin."""
    if asked := state.query(COMPARE):
        frame.show_title("What differs between two runs?")
        show_comparison(asked)
        return
    workspace = Workspace.existing(state.workspace_root())
    num_runs, active = len(list_runs(workspace)), active_views()
    if not num_runs and not active and not list_datasets(workspace):
        frame.show_title("Nothing audited yet")
        beginning.show_beginning()
    else:
        show_head()
        with st.spinner(f"Reading {counted(num_runs, 'run')}…"):
            found = datasets(workspace)
        show_datasets(found, frozenset(view.progress.run_id for view in active))
    watch_jobs(key_of_active(active))


def show_head() -> None:
    """Show the title, before anything is read, and the way to a new audit."""
    title, start = st.columns([4, 1], vertical_alignment="bottom")
    with title:
        frame.show_title("What has been audited?")
    with start, st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(**state.primary("New audit", ":material/add:")):
            frame.go_to("new_audit")


def show_datasets(found: list[DatasetFacts], running: frozenset[str]) -> None:
    """Show the data sets as cards, those that match a filter where there are many."""
    num_runs = sum(len(dataset.runs) for dataset in found)
    st.markdown(quiet(f"{counted(len(found), 'data set')}, {counted(num_runs, 'run')}."))
    if num_runs > MOST_SHOWN // 2:
        text = st.text_input("Filter by name or note", key="home-filter", placeholder="part of a name")
        found = [dataset for dataset in found if text.lower() in searched(dataset)]
    for dataset in found[:MOST_SHOWN]:
        dataset_card(dataset, running)
    if len(found) > MOST_SHOWN:
        st.markdown(quiet(f"{len(found) - MOST_SHOWN:,} more: filter by name."))
    if not found:
        st.info("Nothing matches the filter, or the first data set is still being prepared.")


def searched(dataset: DatasetFacts) -> str:
    """Return the text in which the filter looks."""
    parts = [dataset.title, dataset.note, dataset.dataset_id]
    parts += [part for run in dataset.runs for part in (run.name, run.note, run.run_id)]
    return plain_name(" ".join(parts)).lower()


def key_of_active(active: list[JobView]) -> list[tuple[str, str, int]]:
    """Return what running jobs are about, and how many of their stages are over."""
    return [
        (view.job.job_id, view.progress.run_id, sum(stage.is_over for stage in view.progress.stages))
        for view in active
    ]


@st.fragment(run_every=TICK_SECONDS)
def watch_jobs(drawn: list[tuple[str, str, int]]) -> None:
    """Draw the page again when a job began, came a stage further or ended.

    Args:
        drawn: What :func:`key_of_active` gave when the page was drawn.
    """
    with shown_failures():
        if key_of_active(active_views()) != drawn:
            st.rerun(scope="app")


with shown_failures():
    show_page()
