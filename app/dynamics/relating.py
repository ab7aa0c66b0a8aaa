"""Forgetting against the scores, every pair of scores, and each score against itself over epochs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app import state
from app.commands import show_commands
from app.dynamics.reading import Forgotten, read_agreement, read_forgotten
from app.dynamics.showing import of_ids, show_figure, show_words
from app.frame import OpenedRun
from app.text import plain
from datadiet.export.relation_figures import agreement_figure, density_figure, settling_figure
from datadiet.export.shown import score_title
from datadiet.scores.settling import settling_advice

AGAINST = ("el2n", "grand")


def show_forgetting(opened: OpenedRun, score_names: list[str]) -> None:
    """Show forgetting against EL2N and GraNd side by side, each where the run has it."""
    st.subheader("Are hard images forgotten more often?", anchor=False)
    names = [name for name in AGAINST if name in score_names]
    if "forgetting" not in score_names or not names:
        missing = [name for name in ("forgetting", *AGAINST) if name not in score_names]
        st.info("This run lacks scores that this figure needs. They are computed from what it keeps by:")
        show_commands(*(f"score {opened.run.run_id[:8]} --method {name}" for name in missing))
        return
    columns = st.columns(len(names), gap="medium")
    for name, column in zip(names, columns, strict=True):
        with column:
            _one(read_forgotten(opened, name), name)
    show_words("forgetting")


def _one(found: Forgotten, name: str) -> None:
    title = score_title(name)
    st.markdown(f"{plain(title)} and forgetting: rank correlation {plain(found.correlation.words())}")
    figure = density_figure(found.density, title, "forgetting events", state.theme_colors())

    def opens(cell: Any) -> dict[str, str] | None:
        if not isinstance(cell, list) or len(cell) != 2:
            return None
        members = found.density.members(int(cell[0]), int(cell[1]))
        return of_ids([found.example_ids[int(each)] for each in members])

    show_figure(figure, "", key=f"forgetting-{name}", opens=opens)


def earlier_score(opened: OpenedRun) -> str:
    """Return the command that scores an epoch before the last: the first kept one, where there is one."""
    train = opened.files.config.train
    kept = [epoch for epoch in train.checkpoint_epochs if 0 < epoch < train.num_epochs]
    if kept:
        return f"score {opened.run.run_id[:8]} --method el2n --epoch {kept[0]}"
    return "audit SOURCE --set train.checkpoint_epochs=0,3,10,20"


def show_agreement(opened: OpenedRun) -> None:
    """Show the matrix of agreement, and from when on each score orders as in the end."""
    agreement, settled = read_agreement(opened)
    colors = state.theme_colors()
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("Do the scores agree?", anchor=False)
        show_figure(agreement_figure(agreement, colors), "agreement", key="agreement")
    with right:
        st.subheader("From when on is the order the final one?", anchor=False)
        if settled.empty:
            st.info("No score of this run is kept at two epochs, so nothing can be said of earlier ones.")
            show_commands(earlier_score(opened))
            return
        names = list(dict.fromkeys(settled["score"]))
        advice = [settling_advice(settled, name, score_title(name)) for name in names]
        st.markdown("  \n".join(plain(each) for each in advice if each))
        show_figure(settling_figure(settled, colors), "settling", key="settling")
