"""NTK velocity against the score, epoch by epoch, a second run beside it where one is chosen."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app import state
from app.dynamics.choosing import choose_analysis
from app.dynamics.reading import Velocities, begun, read_velocities
from app.dynamics.showing import of_ids, one_of, show_figure
from app.dynamics.working import offer
from app.frame import OpenedRun, page_link
from app.text import plain, plain_name, quiet
from datadiet.export.dynamics_figures import velocity_figure
from datadiet.pipeline.report import noise_words
from datadiet.pipeline.run import Run, open_run
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.workspace import Workspace
from datadiet.study.inside import velocity_verdict

BESIDE = "beside"  # query parameter: a second run
_TAKES = (
    "For groups of images that lie side by side in the score's order it computes the tangent kernel at both "
    "ends of some epochs; models that were not kept are trained again, to the same result."
)


def show_velocity(opened: OpenedRun) -> None:
    """Show the newest NTK analysis of the run, or offer one."""
    st.subheader("Which images drive the features?", anchor=False)
    analyses = begun(opened.files, "ntk")
    if not analyses:
        offer(opened, "ntk", "NTK analysis", _TAKES)
        return
    found = read_velocities(opened.files, choose_analysis(analyses, "ntk-analysis"))
    if not found.epochs:
        st.info("The first group is being computed.")
        return
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        epoch = one_of(
            "Epoch in front",
            found.epochs,
            key="velocity-epoch",
            default=found.epochs[-1],
            format_func=lambda each: f"epoch {each}",
        )
    with right:
        other = choose_beside(opened)
    st.markdown(" ".join(plain(line) for line in velocity_verdict(found.table, epoch)))
    if other is None:
        _figure(opened.run, found, epoch, "velocity", top=None, is_titled=False)
    else:
        _side_by_side(opened.run, found, other, epoch)
    show_group(found, epoch)


def show_group(found: Velocities, epoch: int) -> None:
    """Let a group be chosen by the keyboard too; say what is known of it, and lead to its images."""
    mine = found.means[found.means["epoch"] == epoch]
    numbers = [int(each) for each in mine["group"]]
    left, right = st.columns(2, vertical_alignment="bottom", gap="medium")
    with left:
        number = one_of(
            "Group",
            numbers,
            key="velocity-group",
            default=numbers[-1],
            format_func=lambda each: f"group {each + 1} of {len(found.analysis.document['groups'])}",
        )
    with right:
        ids = found.group(number)
        st.markdown(plain(group_words(mine[mine["group"] == number].iloc[0], len(ids), epoch)))
        page_link("browse", f"Its {len(ids):,} images in Browse", **(of_ids(ids) or {}))


def group_words(row: pd.Series[float], num_images: int, epoch: int) -> str:
    """Return what is known of a group at an epoch, in a sentence.

    Args:
        row: Of a VELOCITY_MEANS frame.
        num_images: Of the group.
        epoch: Of the row.
    """
    seeds = int(row["num_seeds"])
    doubt = "" if pd.isna(row["standard_error"]) else f" ± {row['standard_error']:.2f}"
    flips = (
        f", {100 * row['flipped_fraction']:.0f} % of them flipped on purpose"
        if row["flipped_fraction"]
        else ""
    )
    return (
        f"{num_images:,} images around percentile {100 * row['percentile']:.0f}{flips}: velocity after epoch "
        f"{epoch} {row['velocity']:.2f}{doubt} ({seeds} seed{'' if seeds == 1 else 's'})."
    )


def _side_by_side(run: Run, found: Velocities, other: Run, epoch: int) -> None:
    beside = read_velocities(other.files, begun(other.files, "ntk")[0])
    nearest = min(beside.epochs, key=lambda each: abs(each - epoch))
    top = max(float(found.means["velocity"].max()), float(beside.means["velocity"].max()))
    left, right = st.columns(2, gap="medium")
    with left:
        _figure(run, found, epoch, "velocity", top=top, is_titled=True)
    with right:
        _figure(other, beside, nearest, "", top=top, is_titled=True)
        st.markdown(plain(" ".join(velocity_verdict(beside.table, nearest))))


def _figure(
    run: Run, found: Velocities, epoch: int, words: str, *, top: float | None, is_titled: bool
) -> None:
    if is_titled:
        noise = noise_words(run) or "no noise planted"
        st.markdown(f"**{plain(run.name)}** · {noise} · epoch {epoch}")

    def opens(group: Any) -> dict[str, str] | None:
        is_group = isinstance(group, int) and 0 <= group < len(found.analysis.document["groups"])
        return {**(of_ids(found.group(group)) or {}), "run": run.run_id} if is_group else None

    figure = velocity_figure(found.means, epoch, state.theme_colors(), top=top)
    show_figure(figure, words, key=f"velocity-{run.run_id}", opens=opens)


def choose_beside(opened: OpenedRun) -> Run | None:
    """Let a second run with an NTK analysis be chosen; say how to get one where there is none."""
    workspace = Workspace.existing(state.workspace_root())
    others = {
        each.run_id: f"{plain_name(each.name)} · {each.run_id[:8]}"
        for each in state.run_choices()
        if each.is_scored
        and each.run_id != opened.run.run_id
        and begun(RunFiles(workspace, each.run_id), "ntk")
    }
    if not others:
        st.markdown(
            quiet("To see it beside a run without planted noise, or another data set, analyse that run too.")
        )
        return None
    key = state.choice_key(BESIDE)
    if st.session_state.get(key) not in others:
        asked = state.query(BESIDE)
        st.session_state[key] = asked if asked in others else None
    chosen = st.selectbox(
        "Beside it",
        list(others),
        format_func=others.__getitem__,
        key=key,
        placeholder="no second run",
        on_change=_remember_beside,
    )
    return open_run(chosen, workspace=state.workspace_root()) if chosen else None


def _remember_beside() -> None:
    state.set_query(BESIDE, st.session_state[state.choice_key(BESIDE)])
