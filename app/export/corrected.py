"""Audit a data set again with its labels as people corrected them: what would change, and the job."""

from __future__ import annotations

import shlex

import streamlit as st

from app.commands import show_commands
from app.decisions import held
from app.export.changes import decision_changes
from app.frame import OpenedRun, page_link
from app.jobs.queue import put_in_line
from app.text import quiet
from datadiet.pipeline.reaudit import reaudit_arguments

_STARTED = "reaudit-job"  # session key


def show_corrected_set(opened: OpenedRun) -> None:
    """Say what the decisions change, and offer to train and score on the corrected labels."""
    st.subheader("Audit the corrected set", anchor=False)
    changes = decision_changes(opened.files, held(opened.files))
    if not changes.num_decided:
        st.markdown(
            quiet("Nobody has decided on a label of this set yet. Decisions are made in Triage or Browse.")
        )
        page_link("triage", "Decide in Triage")
        return
    if not changes:
        st.markdown(quiet(f"{changes.sentence()} So the corrected labels are those that this run was given."))
        return
    st.markdown(
        f"{changes.sentence()} An audit with the same settings trains new models on the corrected labels, "
        "without planted flips, and says what still looks wrong."
    )
    command = reaudit_arguments(opened.run)
    with st.expander("The command"):
        show_commands(shlex.join(without_workspace(command)))
    if st.button("Audit the corrected set", icon=":material/play_arrow:", key="reaudit"):
        st.session_state[_STARTED] = put_in_line(command)
    if job := st.session_state.get(_STARTED):
        st.success(f"Job {job} is in line: it starts by itself, and goes on when this page is closed.")
        page_link("jobs", "See how far it is")


def without_workspace(command: list[str]) -> list[str]:
    """Return a command without its workspace, which is told as pages tell it."""
    place = command.index("--workspace")
    return [*command[:place], *command[place + 2 :]]
