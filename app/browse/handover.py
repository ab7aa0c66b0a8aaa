"""A set of examples handed from one page to Browse: kept in the session, named by a token in the address."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import streamlit as st

from app.browse.place import MOST_IDS

_KEY = "browse-sets"
_KEPT = 20  # sets a session


def ids_parameter(example_ids: Sequence[int]) -> str:
    """Return the value of the query parameter ``ids``: the numbers, or a token where they are many.

    A token is known in this session alone; a link with it shows all images elsewhere, and says so.
    """
    ids = [int(example_id) for example_id in example_ids]
    if len(ids) <= MOST_IDS:
        return ",".join(map(str, ids))
    digest = sha256(",".join(map(str, ids)).encode()).hexdigest()
    token = f"{digest[:7]}f"  # never digits alone
    kept: dict[str, list[int]] = st.session_state.setdefault(_KEY, {})
    kept.pop(token, None)
    kept[token] = ids
    while len(kept) > _KEPT:
        kept.pop(next(iter(kept)))
    return token


def handed_over(token: str) -> list[int] | None:
    """Return the set of a token, None where this session has none of that name."""
    kept: dict[str, list[int]] = st.session_state.get(_KEY, {})
    return kept.get(token)
