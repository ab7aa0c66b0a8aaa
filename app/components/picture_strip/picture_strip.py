"""A few captioned pictures in rows, sent as one sheet over the session's websocket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.components.image_grid.sheets import draw_sheet
from app.components.image_grid.wire import pack_message
from app.components.scripts import joined

_mount = st.components.v2.component(
    "datadiet_picture_strip",
    html='<div class="strip-root"></div>',
    css=joined("picture_strip/picture_strip.css"),
    js=joined("picture_strip/picture_strip.js"),
)


@dataclass(frozen=True)
class Captioned:
    """One picture and what it is called, shown as text, whatever it holds."""

    thumbnail: bytes  # PNG, JPEG or WebP from the workspace
    caption: str


def picture_strip(
    pictures: Sequence[Captioned], label: str, *, key: str, size: int = 48, has_captions: bool = True
) -> None:
    """Show pictures from left to right, in as many rows as the width asks for.

    Args:
        pictures: What to show; a few dozen.
        label: What a screen reader calls them together.
        key: Names the strip on the page.
        size: Pixels, side of a picture's place.
        has_captions: Show the captions below; without, they are read out and shown on hover.
    """
    message = strip_message(pictures, label, size=size, has_captions=has_captions)
    _mount(key=key, data=message)


def strip_message(pictures: Sequence[Captioned], label: str, *, size: int, has_captions: bool) -> bytes:
    """Return the message for the browser: one header and one sheet."""
    sheet = draw_sheet([picture.thumbnail for picture in pictures])
    header = {
        "label": label,
        "size": size,
        "hasCaptions": has_captions,
        "isSmall": sheet.is_small,
        "pictures": [
            {"caption": picture.caption, "place": place}
            for picture, place in zip(pictures, sheet.places, strict=True)
        ],
    }
    return pack_message(header, [sheet.data])
