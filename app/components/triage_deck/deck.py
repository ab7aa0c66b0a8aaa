"""The deck of a queue: the browser has cards ahead, so that a key brings the next without asking.

Decisions come up through the operation log: a state with all that is not acknowledged, so that none is
lost to a rerun that overtakes another. Cards are asked for in a second state.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from app.components.scripts import joined
from app.decisions import Ack, store_operations
from app.failures import public_sentence, shown_failures
from app.triage.message import NO_TURN, Deck, deck_message
from datadiet.errors import DataDietError

SCRIPTS = (
    "pictures",
    "originals",
    "opinions",
    "queue",
    "parts",
    "fit",
    "finder",
    "single",
    "grid",
    "asking",
    "headline",
    "deciding",
    "keys",
    "address",
    "deck",
)

_mount = st.components.v2.component(
    "datadiet_triage_deck",
    html='<div class="deck-root"></div>',
    css=joined("triage_deck/deck.css"),
    js=joined("leaving.js", "operation_log.js", *(f"triage_deck/{name}.js" for name in SCRIPTS)),
)


@st.fragment
def triage_deck(deck: Deck, *, key: str) -> None:
    """Show a queue; judging reruns this fragment alone, to store decisions and to send cards ahead.

    Args:
        deck: What is open.
        key: Names the deck on the page; constant, so that focus and place survive reruns.
    """
    with shown_failures():
        state: dict[str, Any] = dict(st.session_state.get(key) or {})
        done: dict[str, Any] = st.session_state.setdefault(f"{key}-done", {})
        ack = _stored(deck, state.get("operations"), done)
        try:
            deck.book.refresh()
        except DataDietError as error:
            ack = ack or Ack(deck.storage_key)
            ack = replace(ack, problem=ack.problem or public_sentence(str(error)))
        asked = state.get("wanted")
        message = deck_message(deck, asked, ack, answered=done.get("answered", ""))
        _mount(key=key, data=message, on_wanted_change=_nothing, on_operations_change=_nothing)
        done["answered"] = str((asked or {}).get("turn", NO_TURN))


def _stored(deck: Deck, sent: Any, done: dict[str, Any]) -> Ack | None:
    """Store operations that came up; return their acknowledgement, also again while nothing newer came."""
    if isinstance(sent, dict) and sent.get("turn") != done.get("turn"):
        workspace = deck.evidence.run.files.workspace
        done["ack"] = store_operations(workspace, sent.get("operations"), who=deck.who)
        done["turn"] = sent.get("turn")
    found: Ack | None = done.get("ack")
    return found


def _nothing() -> None:
    """Let Streamlit keep the state; the fragment reads it when it reruns."""
