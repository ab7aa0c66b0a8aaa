"""Triage of a run: is this label wrong?"""

from __future__ import annotations

import streamlit as st

from app import state
from app.components.triage_deck import triage_deck
from app.decisions import reviewer, store_key
from app.downloads import index_list_download, show_downloads
from app.failures import shown_failures
from app.frame import OpenedRun, open_run_page, page_link
from app.opinions import read_opinions
from app.triage.evidence import read_evidence
from app.triage.message import Deck
from app.triage.originals import open_originals
from app.triage.queues import QUEUES, Queue, read_queue
from app.triage.settling import show_import, show_merging, show_truth

QUEUE, EXAMPLE = "queue", "example"  # query parameters
ORDERED_BY = {"mislabels": "mislabel score", "outliers": "outlier score", "duplicates": ""}  # by queue
KEYS = (
    ("K", "the label is right"),
    ("Enter", "relabel to the suggested class"),
    ("1 to 9", "relabel to the class with that number; of duplicates: keep that image, drop the others"),
    ("/", "relabel to another class: type to find, or name a new one"),
    ("X", "drop the image"),
    ("0", "belongs to no class"),
    ("U", "unsure"),
    ("S or →", "skip"),
    ("←", "back to the card before"),
    ("Z, Shift+Z", "undo, redo"),
    ("N", "write a note; it goes with the decision"),
    ("M", "mark many, then decide once: arrows move, Space marks, Shift+arrows a range, A all"),
)


def show_page() -> None:
    """Show the queue that the address names, mislabels by default."""
    by = ORDERED_BY.get(state.query(QUEUE) or "", ORDERED_BY["mislabels"])
    opened = open_run_page("Is this label wrong?", "triage", keys=KEYS, by=by)
    if opened is None:
        return
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="triage-top"
    ):
        name = choose_queue()
        show_index_list(opened)
    show_queue(opened, name)


def choose_queue() -> str:
    """Let a queue be chosen; the choice goes into the address."""
    asked = state.query(QUEUE)
    name = asked if asked in QUEUES else "mislabels"
    key = state.choice_key(QUEUE)
    if st.session_state.get(key) not in QUEUES:
        st.session_state[key] = name
    st.segmented_control(
        "Queue",
        list(QUEUES),
        format_func=QUEUES.__getitem__,
        key=key,
        on_change=remember_queue,
        label_visibility="collapsed",
        required=True,
        width="content",
    )
    return str(st.session_state[key])


def show_index_list(opened: OpenedRun) -> None:
    """Offer the training images that are not suspects, as a list to take along."""
    scores = state.read_scores(state.workspace_root(), opened.run.run_id, opened.stamp).scores
    if "is_suspect" not in scores:
        return
    with st.container(width="content", gap=None, key="triage-list"):
        show_downloads([index_list_download(opened.run, scores, opened.score)], key="triage-list")


def remember_queue() -> None:
    """Put the chosen queue into the address; the place in another queue is not in this one."""
    with shown_failures():
        state.remember_choice(QUEUE)
        state.set_query(EXAMPLE, None)


def show_queue(opened: OpenedRun, name: str) -> None:
    """Show a queue with its deck, or say why it is empty; below it what is done rarely."""
    root, run_id = state.workspace_root(), opened.run.run_id
    queue = read_queue(root, run_id, opened.stamp, name)
    if not queue.cards:
        show_empty_queue(opened, name)
        return
    deck = Deck(
        queue=queue,
        evidence=read_evidence(root, run_id, opened.stamp),
        book=read_opinions(root, run_id, opened.stamp),
        who=reviewer(),
        storage_key=store_key(opened.files.workspace),
        colors=state.theme_colors(),
        start=place_asked(queue),
        originals=open_originals(opened.run, opened.stamp),
    )
    triage_deck(deck, key="triage-deck")
    show_merging(opened)
    show_import(opened)
    show_truth(opened)


def place_asked(queue: Queue) -> int | None:
    """Return the place of the example that the address names; None where it names none of the queue."""
    asked = state.query(EXAMPLE) or ""
    return queue.place_of(int(asked)) if asked.isdecimal() and len(asked) < 19 else None


def show_empty_queue(opened: OpenedRun, name: str) -> None:
    """Say why a queue holds nothing, and what would fill it."""
    if name == "duplicates":
        st.info("No image of this data set is the same as another, or nearly so.")
    elif not opened.run.is_triaged:
        st.info(
            "This run has not been triaged yet: its audit has not come to its last stage. "
            "Start the same command again, and it goes on from there; then reload this page."
        )
        page_link("jobs", "Jobs")
    else:
        st.info("This queue is empty.")


with shown_failures():
    show_page()
