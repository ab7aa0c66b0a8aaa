"""Images just inside and just outside each edge of the window, on one sheet over the session's websocket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from app.components.image_grid.sheets import draw_sheet
from app.components.image_grid.wire import pack_message
from app.components.scripts import joined
from app.palette import Palette, css_variables

SIZE = 56  # pixels on the page

_mount = st.components.v2.component(
    "datadiet_window_edges",
    html='<div class="edges-root"></div>',
    css=joined("window_brush/edges.css"),
    js=joined("window_brush/edges.js"),
)


@dataclass(frozen=True)
class EdgePicture:
    """One image beside an edge; its words are shown as text, whatever they hold."""

    example_id: int
    caption: str
    sign: str  # ◆ flipped on purpose, ! looks wrong, else empty
    link: str  # inside the dashboard


@dataclass(frozen=True)
class EdgeGroup:
    """Images on one side of an edge, the nearest to it first."""

    title: str
    is_inside: bool
    pictures: Sequence[EdgePicture]
    empty: str  # what is said where there are none


def edge_pictures(
    groups: Sequence[EdgeGroup], thumbnails: Sequence[bytes], colors: Palette, turn: str
) -> None:
    """Show the groups side by side.

    Args:
        groups: What to show.
        thumbnails: Of all pictures, group by group.
        colors: Of the theme.
        turn: Names the window that they belong to.
    """
    _mount(key="window-edges", data=edges_message(groups, thumbnails, colors, turn))


def edges_message(
    groups: Sequence[EdgeGroup], thumbnails: Sequence[bytes], colors: Palette, turn: str
) -> bytes:
    """Return the message for the browser: one header and one sheet."""
    sheet = draw_sheet(thumbnails, largest=2 * SIZE)
    places = iter(sheet.places)
    described = [
        {
            "title": group.title,
            "isInside": group.is_inside,
            "empty": group.empty,
            "pictures": [{**asdict(each), "place": next(places)} for each in group.pictures],
        }
        for group in groups
    ]
    header = {"turn": turn, "size": SIZE, "isSmall": sheet.is_small, "groups": described,
              "colors": css_variables(colors)}  # fmt: skip
    return pack_message(header, [sheet.data])
