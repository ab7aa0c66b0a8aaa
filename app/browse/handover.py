"""A set of examples handed from one page to Browse: each by its number, or by a token where they are many.

What a token means is kept with the run, and in the session for a workspace that cannot be written.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import state
from app.browse.place import MOST_IDS
from app.browse.sets import keep_set, read_set, token_of
from datadiet.errors import StoreError

_KEY = "browse-sets"
_KEPT = 20  # sets a session


def ids_parameter(example_ids: Sequence[int]) -> str:
    """Return the value of the query parameter ``ids``: the numbers, or a token where they are many.

    A token is kept with the run that is shown. Where the workspace cannot take it, it is known in this
    session alone; a link with it shows all images elsewhere, and says so.
    """
    ids = [int(example_id) for example_id in example_ids]
    if len(ids) <= MOST_IDS:
        return ",".join(map(str, ids))
    workspace, run_id = state.open_workspace(), state.remembered_run()
    if workspace is not None and run_id:
        try:
            return keep_set(workspace, run_id, ids)
        except StoreError:
            pass  # read-only: this session still knows it
    return _kept_in_session(ids)


def handed_over(token: str) -> list[int] | None:
    """Return the set of a token, None where neither this session nor the run knows one of that name."""
    kept: dict[str, list[int]] = st.session_state.get(_KEY, {})
    if token in kept:
        return kept[token]
    workspace, run_id = state.open_workspace(), state.remembered_run()
    return read_set(workspace, run_id, token) if workspace is not None and run_id else None


def _kept_in_session(ids: list[int]) -> str:
    token = token_of(ids)
    kept: dict[str, list[int]] = st.session_state.setdefault(_KEY, {})
    kept.pop(token, None)
    kept[token] = ids
    while len(kept) > _KEPT:
        kept.pop(next(iter(kept)))
    return token
