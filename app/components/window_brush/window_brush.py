"""The brush: a window dragged over ranked images, with what is known of it computed in the browser.

Columns and surface come in one message, which is not sent again while it stays the same; letting go sends one
state up.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.components.scripts import joined

KEY = "window-brush"
SCRIPTS = ("counts", "surface", "words", "picture", "readout", "keys", "brush")

_mount = st.components.v2.component(
    "datadiet_window_brush",
    html='<div class="brush-root"></div>',
    css=joined("window_brush/brush.css"),
    js=joined("leaving.js", *(f"window_brush/{name}.js" for name in SCRIPTS)),
)


def mount_brush(message: bytes) -> None:
    """Show the brush.

    Args:
        message: From ``app.window.message.brush_message``.
    """
    _mount(key=KEY, data=message, on_window_change=_nothing)


def reported_window() -> Any:
    """Return the window that the browser sent last, unchecked; None before it sent one."""
    state: dict[str, Any] = dict(st.session_state.get(KEY) or {})
    return state.get("window")


def _nothing() -> None:
    """Let Streamlit keep the state; the fragment reads it when it reruns."""
