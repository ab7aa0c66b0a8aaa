"""Error between children against alpha, and barriers against the spawn epoch."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app import state
from app.dynamics.choosing import choose_analysis
from app.dynamics.reading import Barriers, begun, read_barriers
from app.dynamics.showing import of_ids, one_of, show_figure
from app.dynamics.working import offer
from app.frame import OpenedRun
from app.text import plain
from datadiet.export.dynamics_figures import barrier_figure, path_figure
from datadiet.study.inside import barrier_verdict

_TAKES = (
    "From every kept epoch of each seed two children are trained to the end with different batches, and "
    "networks on the line between them are evaluated on hard, easy, random and test images."
)


def show_barriers(opened: OpenedRun) -> None:
    """Show the newest connectivity analysis of the run, or offer one."""
    st.subheader("Where is the way fixed early?", anchor=False)
    analyses = begun(opened.files, "connectivity")
    if not analyses:
        offer(opened, "connectivity", "connectivity analysis", _TAKES)
        return
    found = read_barriers(opened.files, choose_analysis(analyses, "connectivity-analysis"))
    st.markdown(" ".join(plain(line) for line in barrier_verdict(found.table)))
    epoch = one_of(
        "Children part after",
        found.epochs,
        key="spawn-epoch",
        default=found.epochs[-1],
        format_func=lambda each: f"epoch {each}",
    )
    colors = state.theme_colors()
    left, right = st.columns(2, gap="medium")
    with left:
        figure = path_figure(found.paths, epoch, colors)
        show_figure(figure, "paths", key="paths", opens=lambda name: _query(found, name))
    with right:
        figure = barrier_figure(found.means, colors, chosen=epoch)
        show_figure(figure, "barriers", key="barriers", opens=lambda name: _query(found, name))


def _query(found: Barriers, name: Any) -> dict[str, str] | None:
    if name == "test":
        return {"split": "test"}
    ids = found.analysis.document["sets"].get(name) if isinstance(name, str) else None
    return of_ids([int(each) for each in ids]) if ids else None
