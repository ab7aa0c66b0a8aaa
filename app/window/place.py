"""Where the window stands: as the browser left it, as a click put it, as the address or a study says."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import state
from app.components.window_brush import reported_window
from app.window.message import Place, checked_place, read_place
from app.window.reading import Findings

KEEP, OFFSET = "keep", "offset"  # query parameters
USUAL = Place(0.6, 0.3)  # where nothing is measured
_PLACE, _FORCED, _HEARD = "window-place", "window-forced", "window-heard"  # session keys


def current_place(version: str, home: Place) -> Place:
    """Return the window of a run, having heard what the browser reports; its turn is that of the last force.

    Args:
        version: Of the ranks that the page shows; a report about others is not heard.
        home: Where it stands before anybody moved it.
    """
    places: dict[str, Place] = st.session_state.setdefault(_PLACE, {})
    key = version.split("/")[0]
    if key not in places:
        places[key] = checked_place(state.query(KEEP), state.query(OFFSET)) or home
    reported = reported_window()
    is_mine = isinstance(reported, dict) and reported.get("version") == version
    if is_mine and reported.get("turn") != st.session_state.get(_HEARD):
        st.session_state[_HEARD] = reported.get("turn")
        places[key] = read_place(reported, places[key])
    state.set_query(KEEP, f"{places[key].keep:g}")
    state.set_query(OFFSET, f"{places[key].offset:g}")
    return replace(places[key], turn=str(st.session_state.get(_FORCED, 0)))


def latest_place(run_id: str, seen: Place) -> Place:
    """Return the window that the browser reported last, also where no run of the page has heard of it.

    Args:
        run_id: Of the page.
        seen: What holds where nothing newer was reported.
    """
    reported = reported_window()
    is_newer = isinstance(reported, dict) and reported.get("turn") != st.session_state.get(_HEARD)
    is_mine = is_newer and str(reported.get("version", "")).startswith(f"{run_id}/")
    return read_place(reported, seen) if is_mine else seen


def force_place(run_id: str, keep: float, offset: float) -> None:
    """Put the window elsewhere; the brush follows."""
    place = checked_place(keep, offset)
    if place is not None:
        st.session_state.setdefault(_PLACE, {})[run_id] = place
        st.session_state[_FORCED] = int(st.session_state.get(_FORCED, 0)) + 1


def best_place(found: Findings | None) -> Place:
    """Return the measured window with the highest accuracy; the usual one where none was measured."""
    if found is None:
        return USUAL
    rows = [
        (float(accuracy), float(keep), float(offset))
        for (keep, offset), accuracy in zip(found.measured.windows, found.measured.accuracy, strict=True)
        if keep < 1
    ]
    if not rows:
        return USUAL
    _, keep, offset = max(rows)
    return Place(round(keep, 6), round(offset, 6))
