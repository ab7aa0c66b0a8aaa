"""Choose a stored selection of a run, or make one."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app import state
from app.downloads import without_suspects
from app.failures import shown_failures
from app.frame import OpenedRun
from app.text import plain, quiet
from datadiet.export.shown import count, rule_words, score_title
from datadiet.pipeline.group_names import CLASS, GROUP, has_groups
from datadiet.pipeline.select import StoredSelection
from datadiet.selection.registry import RULES

SELECTION = "selection"  # query parameter
ALL_BUT_SUSPECTS = "all but the suspects"
_QUOTAS = {
    "none": "of all classes together",
    "equal": "equal numbers a class",
    "proportional": "the same share of each class",
}


_OF_GROUPS = "groups: "
_GROUP_QUOTAS = {  # where the source has a group column
    f"{_OF_GROUPS}equal": "equal numbers a group",
    f"{_OF_GROUPS}proportional": "the same share of each group",
}


def choose_selection(opened: OpenedRun, scores: pd.DataFrame) -> StoredSelection | None:
    """Let a stored selection be chosen, or one be made; None where there is none yet.

    Args:
        opened: The run.
        scores: What ``run.scores()`` returned.
    """
    stored = opened.run.selections()[::-1]
    ids = [each.selection_id for each in stored]
    asked = state.query(SELECTION) or ""
    chosen = next((each for each in stored if asked and each.selection_id.startswith(asked)), None)
    chosen = chosen or (stored[0] if stored else None)
    if chosen is None:
        st.info("This run has no selection yet. Make one below; it is stored with the run.")
    else:
        titles = {each.selection_id: selection_title(each) for each in stored}
        st.selectbox(
            "Selection",
            ids,
            index=ids.index(chosen.selection_id),
            format_func=titles.__getitem__,
            key=state.choice_key(SELECTION),
            on_change=state.remember_choice,
            args=(SELECTION,),
        )
    with st.expander("Make a selection", expanded=chosen is None, icon=":material/add:"), shown_failures():
        make_selection(opened, scores)
    return chosen


def selection_title(selection: StoredSelection) -> str:
    """Return a stored selection in a few words: how many, by what rule."""
    rule: dict[str, Any] = selection.document["selection"]
    num = count(selection.document["counts"]["num_kept"])
    return f"{num} images: {rule_words(rule)} · {selection.selection_id[:6]}"


def make_selection(opened: OpenedRun, scores: pd.DataFrame) -> None:
    """Show the rules and what each reads, and store what is asked for."""
    is_triaged = opened.run.is_triaged
    presets = ([ALL_BUT_SUSPECTS] if is_triaged else []) + [name for name in RULES if name != "list"]
    rule = st.selectbox("Rule", presets, key="new-rule", help="The order in which images are kept.")
    settings: dict[str, Any] = {}
    if rule == ALL_BUT_SUSPECTS:
        st.markdown(
            quiet(
                "Keeps every training image whose label does not look wrong, and those that looked wrong but "
                "that a person found right."
            )
        )
    else:
        st.markdown(quiet(plain(RULES[rule].meaning)))
        settings = rule_settings(opened, rule, scores, is_triaged=is_triaged)
    if st.button(**state.primary("Store this selection"), key="store-selection"):
        store = (
            without_suspects(opened.run, scores, opened.score)
            if rule == ALL_BUT_SUSPECTS
            else opened.run.select(rule, **settings)
        )
        state.set_query(SELECTION, store.selection_id)
        st.session_state.pop(state.choice_key(SELECTION), None)
        st.rerun()


def rule_settings(opened: OpenedRun, rule: str, scores: pd.DataFrame, *, is_triaged: bool) -> dict[str, Any]:
    """Return the settings that ``rule`` reads, from widgets."""
    reads = RULES[rule].reads
    found: dict[str, Any] = {}
    keep = st.number_input("Keep, % of the training images", 0.1, 100.0, 50.0, 5.0, key="new-keep")
    found["keep_fraction"] = round(keep / 100, 6)
    if "window_offset" in reads:
        most = max(0.0, round(100.0 - keep, 4))
        start = st.number_input(
            "Easier images left out, %", 0.0, most, min(10.0, most), 5.0, key="new-offset"
        )
        found["window_offset"] = round(start / 100, 6)
    if "score" in reads:
        is_train = scores["split"] == "train"
        names = [name for name in map(str, scores) if f"{name}_percentile" in scores]
        names = [name for name in names if scores.loc[is_train, name].notna().all()]
        index = names.index(opened.score) if opened.score in names else 0
        found["score"] = st.selectbox(
            "By score", names, index=index, format_func=score_title, key="new-score"
        )
    if "quota" in reads:
        quotas = {**_QUOTAS, **(_GROUP_QUOTAS if has_groups(opened.files) else {})}
        quota = st.selectbox("Shares", list(quotas), format_func=quotas.__getitem__, key="new-quota")
        found["quota"] = quota.removeprefix(_OF_GROUPS)
        found["quota_by"] = GROUP if quota.startswith(_OF_GROUPS) else CLASS
    if is_triaged:
        found["drop_suspects"] = st.checkbox("Leave suspects out first", key="new-drop")
    return found
