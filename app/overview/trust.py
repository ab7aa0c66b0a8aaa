"""How far the scores can be trusted: over seeds, and against known truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app import charts, state
from app.frame import OpenedRun
from app.text import quiet
from datadiet.export.shown import score_title

CHART = {"displayModeBar": False, "responsive": True}


def show_reliability(shown: state.Overview) -> None:
    """Show how far two halves of the seeds agree on each score, and how many seeds more agreement takes."""
    st.subheader("Would more seeds help?", anchor=False)
    table = reliability_table(shown.reliability)
    if table.empty:
        st.markdown(quiet("With one seed nothing is known of that; audit with --seeds 2 or more."))
        return
    st.markdown(quiet(
        "How far two halves of the seeds agree on the order, 1 = wholly, and the seeds that more agreement "
        "would take. Late scores may agree less where labels are memorised."
    ))  # fmt: skip
    columns: dict[str, Any] = {
        "agreement": st.column_config.ProgressColumn(format="%.2f", min_value=0.0, max_value=1.0),
        "seeds for 0.90": st.column_config.NumberColumn(help="Empty where no number of seeds would reach it"),
    }
    st.dataframe(table, hide_index=True, column_config=columns, height=min(38 + 35 * len(table), 320))


def reliability_table(reliability: pd.DataFrame) -> pd.DataFrame:
    """Return a row a score, the most reliable first; empty where nothing is known.

    Args:
        reliability: A RELIABILITY table.
    """
    known = reliability[reliability["split_half"].notna()].sort_values("split_half", ascending=False)
    return pd.DataFrame({
        "score": [score_title(str(name)) for name in known["score"]],
        "seeds": known["num_seeds"].to_numpy(),
        "agreement": known["split_half"].to_numpy(),
        "seeds for 0.90": known["seeds_for_90"].to_numpy(),
        "seeds for 0.95": known["seeds_for_95"].to_numpy(),
    })


def show_truth(opened: OpenedRun, shown: state.Overview) -> None:
    """Show how well each score finds the labels that are known to be wrong."""
    if shown.truth is None:
        return
    st.subheader("How far down to look", anchor=False)
    st.markdown(quiet(
        "Share of wrong labels among those looked at, where the truth is known; every score is drawn, "
        "the grey ones are named on hover."
    ))  # fmt: skip
    figure = charts.precision_depth(shown.truth, ["mislabel_score", opened.score], state.theme_colors())
    st.plotly_chart(figure, theme=None, config=CHART)
    columns: dict[str, Any] = {
        name: st.column_config.NumberColumn(format="%.3f") for name in ("AUROC", "average precision")
    }
    table = detection_table(opened.run.detection())
    with st.expander("Every score in numbers"):
        st.dataframe(table, hide_index=True, column_config=columns)


def detection_table(detection: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Return a row a score against known truth, the best first.

    Args:
        detection: What ``run.detection()`` returns.
    """
    table = pd.DataFrame({
        "score": [score_title(name) for name in detection],
        "AUROC": [found["auroc"] for found in detection.values()],
        "average precision": [found["average_precision"] for found in detection.values()],
    })
    return table.sort_values("average precision", ascending=False, ignore_index=True)
