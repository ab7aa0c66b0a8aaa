"""The class table: how many images, how hard, how many look wrong and as what; a row opens in Browse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app import state
from app.frame import OpenedRun, go_to
from app.text import plain_name, quiet
from datadiet.export.report_tables import ClassRow
from datadiet.export.shown import score_title


def show_classes(opened: OpenedRun) -> None:
    """Show the classes, the one with most labels that look wrong first."""
    rows = state.read_classes(state.workspace_root(), opened.run.run_id, opened.stamp, opened.score)
    if not rows:
        return
    st.subheader("Classes", anchor=False)
    st.markdown(quiet("Estimated numbers. Choose a row to look at its images."))
    table = class_table(rows, opened.score)
    mean = f"mean {score_title(opened.score)}"
    columns: dict[str, Any] = {
        mean: st.column_config.NumberColumn(format="%.3f"),
        "look wrong": st.column_config.NumberColumn(format="%.0f", help="Estimated number of labels"),
        "so many": st.column_config.NumberColumn(format="%.0f", help="Estimated number of labels"),
        "share": st.column_config.ProgressColumn(format="%.1f %%", min_value=0, max_value=100),
    }
    chosen = st.dataframe(
        table,
        hide_index=True,
        column_config=columns,
        on_select="rerun",
        selection_mode="single-row",
        key=f"classes-{opened.run.run_id}-{opened.score}",
        height=min(38 + 35 * len(table), 400),
    )
    places = chosen.selection.rows
    name = rows[places[0]].name if places and places[0] < len(rows) else None
    label = "Look at a class in Browse" if name is None else f"Look at {plain_name(name)[:40]} in Browse"
    if st.button(label, disabled=name is None, key="open-class", icon=":material/grid_view:"):
        go_to("browse", **{"class": str(opened.run.class_names.index(str(name)))})


def class_table(rows: Sequence[ClassRow], score: str) -> pd.DataFrame:
    """Return the rows as they are shown; names are safe, shares in percent.

    Args:
        rows: Of the classes.
        score: Whose mean the table has.
    """
    return pd.DataFrame({
        "class": [plain_name(row.name) for row in rows],
        "images": [row.num for row in rows],
        f"mean {score_title(score)}": [row.mean_score for row in rows],
        "look wrong": [row.num_wrong for row in rows],
        "share": [100 * row.wrong_fraction for row in rows],
        "most often looks like": [plain_name(row.confused_with) if row.confused_with else "" for row in rows],
        "so many": [row.num_confused for row in rows],
    })
