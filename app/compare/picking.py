"""Which points are picked: as the browser said last, else as the address says; a reload keeps them."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app import state
from app.browse.handover import handed_over, ids_parameter
from app.browse.place import MOST_IDS
from app.components.scatter import Cloud, picked_rows

PICKED = "picked"  # query parameter
_TOLD = "compare-told"  # session key: what the address was written from


def picked_now(cloud: Cloud, sent: Any) -> NDArray[np.int64]:
    """Return the rows that are picked, having put them into the address.

    What was picked on other axes stays picked: the rows are the same images.

    Args:
        cloud: As it is about to be shown.
        sent: State of the component; anything.
    """
    picked = (sent or {}).get("picked") or {}
    if not isinstance(picked, dict) or picked.get("version") != cloud.place_version:
        return named_rows(state.query(PICKED), cloud.example_ids)
    rows = picked_rows(cloud, sent)
    told = (cloud.place_version, str(picked.get("mask", "")))
    if st.session_state.get(_TOLD) != told:
        st.session_state[_TOLD] = told
        ids = [int(each) for each in cloud.example_ids[rows]]
        state.set_query(PICKED, ids_parameter(ids) if ids else None)
    return rows


def named_rows(asked: str | None, example_ids: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the rows of the examples that an address names, by number or by a token; others are passed over.

    Args:
        asked: Value of the query parameter.
        example_ids: Of the rows, ascending, shape (N,).
    """
    if not asked:
        return np.zeros(0, np.int64)
    parts = asked.split(",")[:MOST_IDS]
    are_numbers = all(part.isdecimal() and len(part) < 10 for part in parts)
    ids = [int(part) for part in parts] if are_numbers else handed_over(asked) or []
    return np.flatnonzero(np.isin(example_ids, np.asarray(ids, np.int64)))
