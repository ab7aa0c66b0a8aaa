"""Keys that work on every page: ``g`` and a letter goes to a screen, ``?`` lists the keys.

The same part sends decisions that a page was left with, or a tab closed with, before they were stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.components.scripts import joined
from app.decisions import Ack, reviewer, store_key, store_operations
from app.failures import shown_failures
from app.palette import Palette, css_variables
from app.text import plain
from datadiet.store.workspace import Workspace

KEY = "page-keys"
_TOLD = "page-keys-told"  # session key: the last problem that was said
COMMON_KEYS = (("?", "show or hide these keys"), ("g, then a letter", "go to a screen"))

_mount = st.components.v2.component(
    "datadiet_page_keys",
    html='<div class="keys-root"></div>',
    css=joined("page_keys/page_keys.css"),
    js=joined("leaving.js", "operation_log.js", "page_keys/page_keys.js"),
)


@st.fragment
def page_keys(
    workspace: Workspace | None,
    keys: Sequence[tuple[str, str]],
    screens: Mapping[str, tuple[str, str, str]],
    colors: Palette,
) -> None:
    """Listen for the keys of a page.

    Args:
        workspace: Where decisions are stored; None where there is no workspace yet.
        keys: The page's own keys: what to press, what it does.
        screens: Letter after ``g`` -> path of the page, its title and how its address ends.
        colors: Of the theme.
    """
    with shown_failures():
        state: dict[str, Any] = dict(st.session_state.get(KEY) or {})
        operations = (state.get("operations") or {}).get("operations")
        ack = store_operations(workspace, operations, who=reviewer()) if workspace and operations else None
        if ack:
            _tell(ack)
        data = {
            "keys": [list(each) for each in (*keys, *COMMON_KEYS)],
            "screens": {letter: [title, url] for letter, (_, title, url) in screens.items()},
            "storageKey": store_key(workspace) if workspace else "",
            "ack": ack.document() if ack else None,
            "colors": css_variables(colors),
        }
        result = _mount(key=KEY, data=data, on_operations_change=_nothing, on_screen_change=_nothing)
        if result.screen in screens:
            st.switch_page(screens[result.screen][0])


def _tell(ack: Ack) -> None:
    """Say what was refused, and once in a session why decisions wait."""
    if ack.refused:
        st.toast(plain(f"A decision that was left behind was not accepted: {ack.refused[0][1]}"))
    if ack.problem and st.session_state.get(_TOLD) != ack.problem:
        st.session_state[_TOLD] = ack.problem
        num = len(ack.waiting)
        waiting = "1 decision waits" if num == 1 else f"{num} decisions wait"
        st.toast(plain(f"Not saved: {ack.problem} {waiting} in this browser."), duration="long")


def _nothing() -> None:
    """Let Streamlit keep the state; the fragment reads it when it reruns."""
