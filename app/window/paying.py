"""Who pays for a selection: accuracy of every group on all images and on a selection that was measured."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from app import state
from app.groups import WORDS, groupings
from app.text import plain, plain_name, quiet
from app.window.shown import Shown
from datadiet.pipeline.fairness import Fairness, study_fairness
from datadiet.pipeline.group_names import CLASS
from datadiet.pipeline.run import Run
from datadiet.pipeline.studies import Study
from datadiet.study.fairness import fairness_verdict, losers
from datadiet.study.summary import point_titles
from datadiet.study.verdict import best_point

_POINT, _BY = "paying-point", "paying-by"


def show_paying(shown: Shown) -> None:
    """Show accuracy by group before and after one selection of the study; nothing without all images."""
    if shown.chosen is None or shown.found is None:
        return
    frame = shown.found.every[shown.found.every["labels"] == "trained"]
    before = frame.loc[frame["rule"] == "all", "point_id"]
    titles = point_titles(frame[frame["rule"] != "all"])
    if before.empty or not titles:
        return
    st.subheader("Who pays for it?", anchor=False)
    left, right = st.columns([3, 1])
    with left:
        if st.session_state.get(_POINT) not in titles:
            st.session_state[_POINT] = best_point(shown.found.retrainings) or next(iter(titles))
        point_id = st.selectbox(
            "Selection", list(titles), format_func=lambda each: plain_name(titles[each]), key=_POINT
        )
    by = CLASS
    with right:
        offered = groupings(shown.opened.files)
        if len(offered) > 1:
            by = st.selectbox("By", offered, format_func=WORDS.__getitem__, key=_BY)
    found = _read(
        shown.opened.run,
        shown.chosen.study,
        state.workspace_root(),
        (shown.run_id, shown.chosen.study.study_id, shown.chosen.stamp),
        by,
        (str(before.iloc[0]), str(point_id)),
    )
    _show(found, str(point_id))


def _show(found: Fairness, point_id: str) -> None:
    rows = found.table[found.table["point_id"] == point_id]
    for sentence in (*fairness_verdict(rows), *found.remarks()):
        st.markdown(plain(sentence))
    columns = {
        name: st.column_config.NumberColumn(format="%.1f %%") for name in ("all images", "this selection")
    }
    columns["change"] = st.column_config.NumberColumn(format="%+.1f")
    columns["±"] = st.column_config.NumberColumn(format="%.1f")
    table = paying_table(found.table, point_id)
    st.dataframe(
        table, hide_index=True, column_config=columns, height=min(38 + 35 * len(table), 400), key="paying"
    )
    st.markdown(
        quiet(
            "Test images, validation where there are none; means over seeds, changes in points with seeds "
            "compared with themselves. ▼ lost more than seeds scatter."
        )
    )


def paying_table(table: pd.DataFrame, point_id: str) -> pd.DataFrame:
    """Return the groups of one selection beside all images, the largest loss first.

    Args:
        table: A GROUP_ACCURACY frame of all images and the selection.
        point_id: Of the selection.
    """
    rows = table[table["point_id"] == point_id].sort_values("change", kind="stable")
    before = table[table["point_id"] != point_id].set_index("group")["accuracy"]
    lost = set(losers(rows)["group"])
    return pd.DataFrame({
        "group": [plain_name(str(each)) for each in rows["group"]],
        "images": rows["num_held_out"].to_numpy(),
        "all images": 100 * rows["group"].map(before).to_numpy(),
        "this selection": 100 * rows["accuracy"].to_numpy(),
        "change": 100 * rows["change"].to_numpy(),
        "±": (100 * rows["change_se"]).round(1).to_numpy(),
        " ": ["▼" if each in lost else "" for each in rows["group"]],
    })


@st.cache_resource(max_entries=16, ttl=3600.0, show_spinner=False)
def _read(
    _run: Run, _study: Study, root: Path, names: tuple[str, ...], by: str, point_ids: tuple[str, ...]
) -> Fairness:
    del root, names
    return study_fairness(_run, _study, by, point_ids=point_ids)
