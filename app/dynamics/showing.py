"""A figure with its three lines, whose points open their images in Browse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from app.browse.handover import ids_parameter
from app.failures import shown_failures
from app.frame import go_to
from app.text import plain, quiet
from datadiet.export.figure_words import WORDS

CHART = {"displayModeBar": False, "responsive": True}


def show_figure(
    figure: Any,
    name: str,
    *,
    key: str,
    opens: Callable[[Any], dict[str, str] | None] | None = None,
) -> None:
    """Show a figure; a click on a point goes to Browse.

    Args:
        figure: Of Plotly.
        name: Its words, a key of WORDS; empty for none.
        key: Of the element.
        opens: From a point's ``customdata`` to the query of Browse, None for nothing to open.
    """
    if opens is None:
        st.plotly_chart(figure, key=key, config=CHART, theme=None)
    else:
        event = st.plotly_chart(
            figure, key=key, config=CHART, theme=None, on_select="rerun", selection_mode="points"
        )
        query = opened_by(event, opens)
        if query is not None:
            go_to("browse", **query)
    if name:
        show_words(name)


def show_words(name: str) -> None:
    """Say in three lines what a figure shows and what the paper found."""
    st.markdown(quiet("  \n".join(plain(line) for line in WORDS[name])))


def opened_by(event: Any, opens: Callable[[Any], dict[str, str] | None]) -> dict[str, str] | None:
    """Return the query of Browse that a click means; None where no point with images was clicked."""
    points = (event or {}).get("selection", {}).get("points", [])
    if not points:
        return None
    found = points[0].get("customdata")
    value = list(found.values()) if isinstance(found, dict) else found
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    with shown_failures():
        return opens(value)
    return None


def of_ids(example_ids: Sequence[int]) -> dict[str, str] | None:
    """Return the query that shows some examples in Browse."""
    return {"ids": ids_parameter(example_ids)} if len(example_ids) else None


def one_of(
    label: str, options: Sequence[int], *, key: str, default: int, format_func: Callable[[int], str]
) -> int:
    """Return which number is chosen on a slider; the only one without a slider."""
    if len(options) < 2:
        return default
    if st.session_state.get(key) not in options:
        st.session_state[key] = default
    return int(st.select_slider(label, options, key=key, format_func=format_func))
