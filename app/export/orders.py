"""Choose the order of a curriculum: which end comes first, by which score, in how many stages."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app import state
from app.frame import OpenedRun
from app.text import quiet
from datadiet.errors import ConfigError
from datadiet.export.shown import score_title
from datadiet.selection.orders import Order, parse_order

ORDER, BY, STAGES = "order", "by", "stages"  # query parameters; the last only names a widget
PACED = "paced"
TITLES = {
    "easiest-first": "easiest first",
    "hardest-first": "hardest first",
    PACED: "easiest first, in stages that join",
}
MOST_STAGES = 100


@dataclass(frozen=True)
class ChosenOrder:
    """An order as ``datadiet export RUN order`` names it, and what it means."""

    text: str  # easiest-first, hardest-first or paced:K
    score: str

    @property
    def order(self) -> Order:
        """Return its end and its number of stages."""
        return parse_order(self.text)


def asked_order() -> str:
    """Return the order that the address names, the usual one where it names none that is known.

    Example:
        >>> asked_order()  # doctest: +SKIP
        'paced:4'
    """
    text = state.query(ORDER) or ""
    try:
        is_shown = parse_order(text).num_stages <= MOST_STAGES
    except ConfigError:
        is_shown = False
    return text if is_shown else "easiest-first"


def choose_order(opened: OpenedRun, scores: pd.DataFrame) -> ChosenOrder:
    """Return the order that is chosen; it stands in the address.

    Args:
        opened: The run.
        scores: What ``run.scores()`` returned.
    """
    text = asked_order()
    names = [name for name in map(str, scores) if f"{name}_percentile" in scores]
    by = state.query(BY) if state.query(BY) in names else opened.score
    kind = st.selectbox(
        "Order",
        list(TITLES),
        index=list(TITLES).index(text.partition(":")[0]),
        format_func=TITLES.__getitem__,
        key=state.choice_key(ORDER),
    )
    score = st.selectbox(
        "By score", names, index=names.index(str(by)), format_func=score_title, key=state.choice_key(BY)
    )
    if kind == PACED:
        stages = st.number_input(
            "Stages",
            2,
            MOST_STAGES,
            max(2, parse_order(text).num_stages) if text.startswith(PACED) else 4,
            key=state.choice_key(STAGES),
            help="In stage s a training draws, shuffled, from the images of all stages up to s.",
        )
        kind = f"{PACED}:{stages}"
    st.markdown(
        quiet("A curriculum is no promise of a better model: compare it with a shuffled training as long.")
    )
    state.set_query(ORDER, None if kind == "easiest-first" else kind)
    state.set_query(BY, None if score == opened.score else score)
    return ChosenOrder(kind, score)
