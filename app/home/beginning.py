"""How to begin, where nothing was audited yet."""

from __future__ import annotations

import streamlit as st

from app import frame, state
from app.commands import show_commands
from app.failures import shown_failures
from app.jobs.queue import put_in_line
from app.text import quiet

DEMO = ("audit", "digits", "--noise=symmetric:0.1", "--name=digits demo")  # what ``datadiet demo`` audits


def show_beginning() -> None:
    """Say what an audit is, and offer to start one."""
    st.markdown(
        "An audit trains a few small networks on your images. From what they find hard it says which labels "
        "look wrong, about how many there are, and which images could be left out."
    )
    left, right = st.columns(2, gap="large")
    with left, st.container(border=True, height="stretch"):
        st.subheader("Try it", anchor=False)
        st.markdown(
            "On 1,797 handwritten digits that come along. One label in ten is changed on purpose, so that "
            "you see how many are found again. About a minute."
        )
        with shown_failures():
            if st.button(**state.primary("Try it on digits", ":material/play_arrow:")):
                frame.go_to("jobs", job=start_demo())
    with right, st.container(border=True, height="stretch"):
        st.subheader("Your own images", anchor=False)
        st.markdown(
            "A folder with one folder a class, a table of paths and labels (CSV, Parquet), or arrays (.npz). "
            "You see what is in it before anything is trained; nothing is written to it."
        )
        frame.page_link("new_audit", "Choose what to audit")
    st.markdown(quiet("The same from a terminal:"))
    show_commands("audit path/to/images")


def start_demo() -> str:
    """Start the audit of the digits when its turn comes; return the job's id."""
    verb, source, *others = DEMO
    return put_in_line([verb, source, f"--workspace={state.workspace_root()}", *others])
