"""Data sets and runs as cards, and what can be done with each."""

from __future__ import annotations

import streamlit as st

from app import frame, state
from app.components.picture_strip import Captioned, picture_strip
from app.failures import public_sentence, shown_failures
from app.home.facts import DatasetFacts, RunFacts, pictures
from app.text import plain, plain_name, quiet
from datadiet.errors import DataDietError
from datadiet.pipeline.workspace import delete_dataset, delete_run, rename_run
from datadiet.store.notes import LONGEST_NOTE, write_note
from datadiet.store.workspace import Workspace

COMPARE, WITH = "compare", "with"  # query parameters: two runs
BADGES = {
    "done": ("audited", "green", ":material/check:"),
    "unfinished": ("not finished", "orange", ":material/hourglass_bottom:"),
    "empty": ("nothing to see yet", "gray", ":material/hourglass_empty:"),
    "damaged": ("cannot be read", "red", ":material/error:"),
    "running": ("running", "blue", ":material/play_arrow:"),
}


def dataset_card(dataset: DatasetFacts, running: frozenset[str]) -> None:
    """Show a data set, and its runs below it.

    Args:
        dataset: What is known of it.
        running: Ids of runs on which a job works.
    """
    with st.container(key=f"dataset-{dataset.dataset_id or 'none'}"):
        title, actions = st.columns([4, 1], vertical_alignment="center")
        title.subheader(plain(dataset.title), anchor=False)
        with actions, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
            if dataset.dataset_id:
                _dataset_actions(dataset)
        if dataset.counts:
            st.markdown(quiet(plain(dataset.counts)))
        if dataset.note:
            st.markdown(plain(dataset.note))
        if dataset.problem:
            st.error(plain(public_sentence(dataset.problem)))
        elif dataset.dataset_id:
            _show_pictures(dataset.dataset_id)
        if not dataset.runs:
            st.markdown(quiet("Prepared by a look before an audit; no run works on it."))
        places = st.columns(2) if len(dataset.runs) > 1 else [st.container()]
        for number, run in enumerate(dataset.runs):
            with places[number % len(places)]:
                run_card(run, is_running=run.run_id in running)


def _show_pictures(dataset_id: str) -> None:
    try:
        found = pictures(state.workspace_root(), dataset_id)
    except DataDietError as error:
        st.error(plain(public_sentence(str(error))))
        return
    shown = [Captioned(thumbnail, plain_name(name)) for thumbnail, name in found]
    picture_strip(
        shown, "Some images of the data set", key=f"strip-{dataset_id}", size=48, has_captions=False
    )


def run_card(run: RunFacts, *, is_running: bool) -> None:
    """Show a run: its state, what it found, what can be done with it."""
    with st.container(border=True, key=f"run-{run.run_id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{plain(run.name)}**", width="content")
            label, color, icon = BADGES["running" if is_running else run.state]
            st.badge(label, color=color, icon=icon)  # type: ignore[arg-type]  # one of Streamlit's names
            st.markdown(quiet(run.run_id[:8]), width="content")
        _findings(run, is_running=is_running)
        if run.note:
            st.markdown(f":material/sticky_note_2: {plain(run.note)}")
        _actions(run)


def _findings(run: RunFacts, *, is_running: bool) -> None:
    if run.problem:
        st.error(plain(public_sentence(run.problem)))
    if run.estimate:
        st.markdown(run.estimate)
    if run.accuracy:
        st.markdown(quiet(run.accuracy))
    if run.making:
        settled = f" · {run.num_decisions:,} decided" if run.num_decisions else ""
        st.markdown(quiet(plain(f"{run.making}{settled}")))
    if run.state == "unfinished" and not is_running:
        st.markdown(
            "Some of its models are there, and can be looked at. Start the same audit again, or choose "
            "*Go on* on its job, and it goes on from there."
        )
    if run.state == "empty" and not is_running:
        st.markdown("No model is trained yet. Start the same audit again, or choose *Go on* on its job.")
    if run.parent:
        _show_parent(run)


def _show_parent(run: RunFacts) -> None:
    parent = run.parent or {}
    names = {choice.run_id: choice.name for choice in state.run_choices()}
    parent_id, num = str(parent.get("parent", "")), parent.get("num_decisions", 0)
    counted = f"{num:,} decision{'' if num == 1 else 's'}"
    without = ", and without the planted flips of its parent" if run.loses_flips else ""
    if parent_id in names:
        st.markdown(f"Labels corrected by **{counted}** on run **{plain(names[parent_id])}**{without}.")
        _compare_button("Before and after", f"before-{run.run_id}", {COMPARE: parent_id, WITH: run.run_id})
    else:
        st.markdown(
            f"Labels corrected by **{counted}** on run {plain(parent_id[:8])}, which is deleted{without}."
        )


def _actions(run: RunFacts) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if run.state in {"done", "unfinished"}:
            frame.page_link("overview", "Open", run=run.run_id)
            if run.num_decisions:
                frame.page_link(
                    "new_audit", "Audit the corrected labels", correct=run.run_id, icon=":material/replay:"
                )
            _compare_button("Compare", f"compare-{run.run_id}", {COMPARE: run.run_id})
        if st.button("Name and note", key=f"edit-{run.run_id}", type="tertiary", icon=":material/edit:"):
            edit_run(run)
        if st.button("Delete", key=f"delete-{run.run_id}", type="tertiary", icon=":material/delete:"):
            ask_to_delete(run)


def _compare_button(label: str, key: str, query: dict[str, str]) -> None:
    st.button(
        label,
        key=key,
        type="tertiary",
        icon=":material/compare_arrows:",
        on_click=_set_queries,
        args=(query,),
    )


def _set_queries(query: dict[str, str]) -> None:
    for name, value in query.items():
        state.set_query(name, value)


def _dataset_actions(dataset: DatasetFacts) -> None:
    if st.button("Note", key=f"note-{dataset.dataset_id}", type="tertiary", icon=":material/edit:"):
        edit_dataset(dataset)
    if not dataset.runs and st.button(
        "Delete",
        key=f"delete-{dataset.dataset_id}",
        type="tertiary",
        icon=":material/delete:",
        help="Takes the prepared images out of the workspace; the source is not touched.",
    ):
        with shown_failures():
            delete_dataset(dataset.dataset_id, workspace=Workspace.existing(state.workspace_root()).root)
            st.rerun()


@st.dialog("Name and note")
def edit_run(run: RunFacts) -> None:
    """Ask for another name and note of a run."""
    edit_fields(run)


def edit_fields(run: RunFacts) -> None:
    """Show name and note of a run as fields, and keep what is typed."""
    with st.form("edit-run", border=False):
        name = st.text_input("Name", value=run.name if run.name != "unreadable" else "", max_chars=80)
        note = st.text_area("Note", value=run.note, max_chars=LONGEST_NOTE, height=140)
        is_saved = st.form_submit_button(**state.primary("Save"))
    if is_saved:
        with shown_failures():
            if name.strip() and name.strip() != run.name:
                rename_run(
                    run.run_id, name.strip(), workspace=Workspace.existing(state.workspace_root()).root
                )
            write_note(Workspace.existing(state.workspace_root()), run.run_id, note.strip())
            st.rerun()


@st.dialog("Note on a data set")
def edit_dataset(dataset: DatasetFacts) -> None:
    """Ask for another note on a data set."""
    with st.form("edit-dataset", border=False):
        note = st.text_area("Note", value=dataset.note, max_chars=LONGEST_NOTE, height=140)
        is_saved = st.form_submit_button(**state.primary("Save"))
    if is_saved:
        with shown_failures():
            write_note(Workspace.existing(state.workspace_root()), dataset.dataset_id, note.strip())
            st.rerun()


@st.dialog("Delete this run?")
def ask_to_delete(run: RunFacts) -> None:
    """Delete a run once its name is typed."""
    delete_fields(run)


def delete_fields(run: RunFacts) -> None:
    """Ask for the run's name, and delete it when that is right."""
    st.markdown(
        f"Models, scores and selections of **{plain(run.name)}** ({run.run_id[:8]}) are deleted for good. "
        "Decisions and the data set stay."
    )
    wanted = run.name if run.name != "unreadable" else run.run_id[:8]
    typed = st.text_input(f"Type {plain(wanted)} to delete it", key=f"typed-{run.run_id}")
    if st.button(
        ":red[Delete the run]", icon=":material/delete:", disabled=typed.strip() != plain_name(wanted).strip()
    ):
        with shown_failures():
            delete_run(run.run_id, workspace=Workspace.existing(state.workspace_root()).root)
            if state.remembered_run() == run.run_id:
                state.forget_run()
            st.rerun()
