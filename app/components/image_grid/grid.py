"""A grid of pictures that draws only what is in view and asks for the rest over the session's websocket.

Python sends sheets of thumbnails with what stands under each; the browser keeps them, moves through
them by keyboard without asking, and names the sheets that it lacks in its state ``wanted``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import streamlit as st

from app.components.image_grid.sheets import draw_sheet
from app.components.image_grid.wire import pack_message, wanted_sheets
from app.components.scripts import joined
from app.failures import shown_failures

SHEET_SIZE = 60  # thumbnails
_MOST_AT_ONCE = 4  # sheets in a message

_mount = st.components.v2.component(
    "datadiet_image_grid",
    html='<div class="grid-root"></div>',
    css=joined("image_grid/grid.css"),
    js=joined("leaving.js", "image_grid/grid.js"),
)


@dataclass(frozen=True)
class Tile:
    """What stands under and beside one picture; shown as text, whatever it holds."""

    example_id: int
    caption: str  # such as: cat → dog
    note: str  # such as: 99.8 %
    is_planted: bool = False
    details: list[tuple[str, str]] = field(default_factory=list)  # a word and a value, for the panel


@dataclass(frozen=True)
class TileSource:
    """Where tiles come from: their number, and those of any range."""

    version: str  # changes whenever what is shown changes; the browser then forgets its sheets
    num: int
    tiles: Callable[[slice], list[Tile]]
    thumbnails: Callable[[Sequence[int]], list[bytes]]  # by example_id


@dataclass(frozen=True)
class GridLook:
    """How a grid looks."""

    label: str  # what a screen reader calls it
    planted_color: str
    tile_size: int = 96  # pixels
    num_rows: int = 3  # in view


@st.fragment
def image_grid(source: TileSource, look: GridLook, *, key: str) -> None:
    """Show a grid of pictures; moving through it reruns this fragment alone, and only for new sheets.

    Args:
        source: What to show.
        look: How.
        key: Names the grid on the page; constant, so that focus and place survive reruns.
    """
    with shown_failures():
        message = grid_message(source, look, st.session_state.get(key))
        _mount(key=key, data=message, on_wanted_change=_nothing)


def grid_message(source: TileSource, look: GridLook, state: Any) -> bytes:
    """Return the message for the browser: the sheets that ``state`` asks for, the first two by default."""
    asked = (state or {}).get("wanted") or {}
    asked = asked if isinstance(asked, dict) else {}
    numbers = wanted_sheets(asked.get("sheets"), -(-source.num // SHEET_SIZE), most=_MOST_AT_ONCE)
    sheets = [_sheet(source, number) for number in numbers]
    header = {
        "version": source.version,
        "turn": str(asked.get("turn", 0))[:20],
        "num": source.num,
        "sheetSize": SHEET_SIZE,
        "look": asdict(look),
        "sheets": [described for described, _ in sheets],
    }
    return pack_message(header, [data for _, data in sheets])


def _sheet(source: TileSource, number: int) -> tuple[dict[str, Any], bytes]:
    tiles = source.tiles(slice(number * SHEET_SIZE, (number + 1) * SHEET_SIZE))
    sheet = draw_sheet(source.thumbnails([tile.example_id for tile in tiles]))
    described = {
        "number": number,
        "isSmall": sheet.is_small,
        "tiles": [{**asdict(tile), "place": place} for tile, place in zip(tiles, sheet.places, strict=True)],
    }
    return described, sheet.data


def _nothing() -> None:
    """Let Streamlit keep the state; the fragment reads it when it reruns."""
