"""Who pays for a selection: accuracy of every group on all images and on a selection that was measured."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from app import state
from app.groups import WORDS, groupings
from app.text import plain, plain_name, quiet
from app.window.naming import selection_names
from app.window.shown import Shown
from datadiet.pipeline.fairness import Fairness, study_fairness
from datadiet.pipeline.group_names import CLASS
from datadiet.pipeline.run import Run
from datadiet.pipeline.studies import Study
from datadiet.study.fairness import FEWEST_SEEDS, fairness_verdict, losers
from datadiet.study.verdict import best_point

_POINT, _BY = "paying-point", "paying-by"


def show_paying(shown: Shown) -> None:
    """Show accuracy by group before and after one selection of the study; nothing without all images."""
    if shown.chosen is None or shown.found is None:
        return
    frame = shown.found.every[shown.found.every["labels"] == "trained"]
    before = frame.loc[frame["rule"] == "all", "point_id"]
    names = selection_names(frame[frame["rule"] != "all"])
    if before.empty or not names:
        return
    st.subheader("Who pays for it?", anchor=False)
    left, right = st.columns([3, 1])
    with left:
        if st.session_state.get(_POINT) not in names:
            st.session_state[_POINT] = best_point(shown.found.retrainings) or next(iter(names))
        point_id = st.selectbox("Selection", list(names), format_func=names.__getitem__, key=_POINT)
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
    mine = found.table["point_id"] == str(point_id)
    _show(found, found.table[mine].assign(title=names[str(point_id)]))


def _show(found: Fairness, rows: pd.DataFrame) -> None:
    for sentence in (*fairness_verdict(rows), *found.remarks()):
        st.markdown(plain(sentence))
    columns = {
        name: st.column_config.NumberColumn(format="%.1f %%") for name in ("all images", "this selection")
    }
    columns["change"] = st.column_config.NumberColumn(format="%+.1f")
    columns["±"] = st.column_config.NumberColumn(format="%.1f")
    table = paying_table(rows)
    st.dataframe(
        table, hide_index=True, column_config=columns, height=min(38 + 35 * len(table), 400), key="paying"
    )
    st.markdown(quiet(paying_words(rows)))


def paying_words(rows: pd.DataFrame) -> str:
    """Return how to read the table of one selection.

    Args:
        rows: Of a GROUP_ACCURACY frame, all of the selection.
    """
    num = int(rows["num_seeds"].max())
    seeds = "one seed that" if num == 1 else f"means over the {num} seeds that"
    sure = "▼ lost more than seeds scatter."
    if num < FEWEST_SEEDS:
        sure = "Doubt, and who lost more than seeds scatter, can be told from three seeds on."
    return (
        f"Test images, validation where there are none; {seeds} this selection and all images share, changes "
        f"in points with seeds compared with themselves. {sure}"
    )


def paying_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the groups of one selection beside all images, the largest loss first; doubt where it is known.

    Args:
        rows: Of a GROUP_ACCURACY frame, all of the selection.
    """
    rows = rows.sort_values("change", kind="stable")
    table = pd.DataFrame({
        "group": [plain_name(str(each)) for each in rows["group"]],
        "images": rows["num_held_out"].to_numpy(),
        "all images": 100 * rows["all_data"].to_numpy(),
        "this selection": 100 * rows["accuracy"].to_numpy(),
        "change": 100 * rows["change"].to_numpy(),
    })
    if int(rows["num_seeds"].max()) < FEWEST_SEEDS:
        return table
    lost = set(losers(rows)["group"])
    table["±"] = (100 * rows["change_se"]).round(1).to_numpy()
    table[" "] = ["▼" if each in lost else "" for each in rows["group"]]
    return table


@st.cache_resource(max_entries=16, ttl=3600.0, show_spinner=False)
def _read(
    _run: Run, _study: Study, root: Path, names: tuple[str, ...], by: str, point_ids: tuple[str, ...]
) -> Fairness:
    del root, names
    return study_fairness(_run, _study, by, point_ids=point_ids)
