"""A job as a card: what it does, how far it is, its log, and what can be done about it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import frame, state
from app.failures import public_sentence, shown_failures
from app.jobs import words
from app.jobs.queue import put_in_line
from app.jobs.watch import JobView, results_of, watcher
from app.text import plain, plain_name, quiet
from datadiet.execution.jobs import cancel_job, start_job
from datadiet.pipeline.run_files import RunFiles

CANCEL_RUNNING = "What is finished is kept, and the work can go on from there."
CANCEL_WAITING = "It has not begun; the jobs behind it move up."
LOG_BYTES = 20_000  # of the end of a log
LOG_LINES = 200


def job_card(view: JobView, *, is_taken_up: bool) -> None:
    """Show a job.

    Args:
        view: The job.
        is_taken_up: A later job does the same; there is nothing to go on with here.
    """
    is_begun = bool(view.job.started_at)
    gap = 16 if is_begun else 8  # pixels
    with st.container(border=True, key=f"job-{view.job.job_id}", gap=gap):
        top, buttons = st.columns([3, 1.4], vertical_alignment="center")
        with top, st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{plain(words.job_title(view.job.argv))}**", width="content")
            color, icon = words.SIGNS[view.word]
            st.badge(view.word, color=color, icon=icon)
            if said := words.place_words(view) or started_words(view):
                st.markdown(quiet(plain(said)))
        with (
            buttons,
            st.container(
                horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"
            ),
        ):
            _buttons(view, is_taken_up=is_taken_up)
        if told := words.told_words(view):
            st.markdown(quiet(plain(told)))
        _progress(view)
        if is_begun or not (view.is_waiting or view.job.state == "cancelled"):
            _log(view)


def started_words(view: JobView) -> str:
    """Return when a job began, empty where it has not."""
    at = view.job.started_at[:16].replace("T", " ")
    return f"started {at} UTC" if at else ""


def _progress(view: JobView) -> None:
    if view.is_active and not view.is_waiting:
        st.progress(view.share, text=words.progress_words(view))
        if seeds := words.seeds_words(view):
            st.markdown(quiet(seeds))
    outcome = words.outcome_words(view)
    if view.job.state == "failed":
        st.error(plain(public_sentence(outcome)))
    elif outcome:
        st.markdown(plain(outcome))
    if stages := words.stages_words(view):
        st.markdown(quiet(f"Finished: {stages}"))


def _buttons(view: JobView, *, is_taken_up: bool) -> None:
    place, run_id = results_of(view)
    if run_id and not view.is_waiting and has_scored_seed(run_id):
        done = {"window": "Open the window", "dynamics": "Open the figures"}.get(place, "Open the run")
        frame.page_link(place, done if view.job.state == "done" else "Look at what is there", run=run_id)
    if view.is_active:
        st.button(
            "Cancel",
            key=f"cancel-{view.job.job_id}",
            icon=":material/stop:",
            help=CANCEL_WAITING if view.is_waiting else CANCEL_RUNNING,
            disabled=view.job.is_cancel_asked,
            on_click=cancel,
            args=(view.job.job_id,),
        )
    elif view.is_stopped and is_taken_up:
        st.markdown(quiet("Taken up again by a later job."), width="content")
    elif view.is_stopped:
        _go_on_button(view)


def _go_on_button(view: JobView) -> None:
    again = state.primary("Go on", ":material/play_arrow:")
    if not view.job.started_at:
        again = {"label": "Queue again", "icon": ":material/replay:"}
    st.button(
        **again,
        key=f"go-on-{view.job.job_id}",
        help="Starts the same command again when its turn comes; what is finished is not computed again.",
        on_click=go_on,
        args=(view.job.job_id,),
    )


def cancel(job_id: str) -> None:
    """Ask a job to stop."""
    with shown_failures():
        cancel_job(watcher(state.workspace_root()).workspace, job_id)


def go_on(job_id: str) -> None:
    """Start the command of a job that stopped again; a look at a source does not wait in line."""
    with shown_failures():
        watching = watcher(state.workspace_root())
        argv = next(job.argv for job in watching.look() if job.job_id == job_id)
        if "--dry-run" in argv:
            start_job(watching.workspace, argv)
        else:
            put_in_line(argv)


def has_scored_seed(run_id: str) -> bool:
    """Return whether a run can be looked at."""
    files = RunFiles(watcher(state.workspace_root()).workspace, run_id)
    return bool(files.shown_seeds())


def _log(view: JobView) -> None:
    with st.expander("Log"):
        text = log_text(watcher(state.workspace_root()).workspace.logs_dir, view)
        st.code(text or "Nothing yet.", language=None, height=240 if text.count("\n") > 10 else "content")


def log_text(logs_dir: Path, view: JobView) -> str:
    """Return what a job said and the end of what its process printed, without folders of this machine."""
    said = [public_sentence(line) for sentence in view.progress.said for line in sentence.split("\n")]
    path = logs_dir / f"{view.job.job_id}.log"
    lines = [*said, *_tail(path)]
    return "\n".join(plain_name(line) for line in lines[-LOG_LINES:])


def _tail(path: Path) -> list[str]:
    """Return the last lines of a log, what cannot be read as text written out; none where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - LOG_BYTES))
            raw = file.read()
    except OSError:
        return []
    lines = raw.decode("utf-8", "backslashreplace").splitlines()
    return [public_sentence(line) for line in lines if line and not line.startswith("{")]
