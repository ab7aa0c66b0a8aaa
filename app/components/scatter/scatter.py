"""A cloud of points drawn by WebGL: Python sends places and colours once, the browser draws and picks.

The browser keeps the points; its state ``asked`` names the version that it has and the example that is
pointed at, whose picture is answered alone. Its state ``picked`` is a bit mask over the points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.components.image_grid.sheets import draw_sheet
from app.components.image_grid.wire import pack_message
from app.components.scripts import joined
from app.palette import Palette, css_variables
from app.row_masks import mask_of, rows_of

MOST_LOOKS = 256  # a code is one byte
SHAPES = ("circle", "square", "triangle", "diamond", "cross")

_mount = st.components.v2.component(
    "datadiet_scatter",
    html='<div class="scatter-root"></div>',
    css=joined("scatter/scatter.css"),
    js=joined(
        "leaving.js",
        *(f"scatter/{name}.js" for name in ("points", "axes", "regions", "picking", "card", "scatter")),
    ),
)


@dataclass(frozen=True)
class Look:
    """How the points of one code are drawn."""

    color: str  # #RRGGBB
    shape: str = "circle"
    opacity: float = 0.75
    size: float = 0.4  # 0.4 is the usual one
    is_on_top: bool = False


@dataclass(frozen=True)
class Legend:
    """What the colours mean: a line for each kind of point, or a scale between two ends."""

    title: str
    entries: Sequence[tuple[str, int]] = ()  # text and code; one without points is not shown
    scale: tuple[Sequence[str], str, str] | None = None  # colours, text at the low and at the high end


@dataclass(frozen=True)
class Axes:
    """What the two directions mean; titles are empty for a map, whose directions mean nothing."""

    x_title: str = ""
    y_title: str = ""
    regions: Sequence[tuple[float, float, str]] = ()  # x, y, words to write there


@dataclass(frozen=True)
class Cloud:
    """Points, in the order of the rows of a run; one without a finite place is not drawn."""

    place_version: str  # changes with places and rows
    color_version: str  # changes with codes and looks
    example_ids: NDArray[np.int32]  # (N,)
    places: NDArray[np.float32]  # (N, 2)
    codes: NDArray[np.uint8]  # (N,), index of a look
    looks: Sequence[Look]
    legend: Legend
    axes: Axes = field(default_factory=Axes)

    @property
    def version(self) -> str:
        """Return what the browser must have to need no points sent."""
        return f"{self.place_version}/{self.color_version}"

    @property
    def is_drawn(self) -> NDArray[np.bool_]:
        """Return which points have a place."""
        return np.asarray(np.isfinite(self.places).all(axis=1))


@dataclass(frozen=True)
class Card:
    """The example that is pointed at; shown as text, whatever it holds."""

    caption: str
    details: list[tuple[str, str]]
    thumbnail: bytes


def scatter(
    cloud: Cloud,
    colors: Palette,
    *,
    picked: NDArray[np.int64],
    label: str,
    card: Callable[[int], Card],
    key: str,
) -> None:
    """Show points; call it inside a fragment, which then reruns alone as somebody points and picks.

    Args:
        cloud: The points.
        colors: Of the theme.
        picked: Rows that are picked where the browser has not these places yet.
        label: What a screen reader calls them.
        card: Gives the card of an example_id of the cloud.
        key: Names the points on the page; constant.
    """
    sent = st.session_state.get(key)
    message = scatter_message(cloud, colors, sent, picked=picked, label=label, card=card)
    _mount(key=key, data=message, on_asked_change=_nothing, on_picked_change=_nothing)


def scatter_message(
    cloud: Cloud,
    colors: Palette,
    state: Any,
    *,
    picked: NDArray[np.int64],
    label: str,
    card: Callable[[int], Card],
) -> bytes:
    """Return the message for the browser: the points where it lacks them, the card that it asks for."""
    asked = dict((state or {}).get("asked") or {})
    has_points = asked.get("version") != cloud.version
    shown = _card_of(cloud, asked.get("example"), card)
    header = {
        "version": cloud.version,
        "placeVersion": cloud.place_version,
        "num": len(cloud.codes),
        "numDrawn": int(cloud.is_drawn.sum()),
        "hasPoints": has_points,
        "picked": mask_of(picked, len(cloud.codes)) if has_points and len(picked) else "",
        "label": label,
        "colors": css_variables(colors),
        "hasAxes": bool(cloud.axes.x_title),
        "xTitle": cloud.axes.x_title,
        "yTitle": cloud.axes.y_title,
        "regions": [{"x": x, "y": y, "text": text} for x, y, text in cloud.axes.regions],
        "palette": [_look(each) for each in cloud.looks],
        **_legend(cloud),
        "card": shown[0] if shown else None,
    }
    points = (cloud.example_ids.astype("<i4"), cloud.places.astype("<f4"), cloud.codes.astype(np.uint8))
    blobs = [each.tobytes() for each in points] if has_points else []
    return pack_message(header, [*blobs, *([shown[1]] if shown else [])])


def _look(look: Look) -> dict[str, Any]:
    named = asdict(look)
    named["isOnTop"] = named.pop("is_on_top")
    return named


def _legend(cloud: Cloud) -> dict[str, Any]:
    legend = cloud.legend
    counts = np.bincount(cloud.codes[cloud.is_drawn], minlength=len(cloud.looks))
    entries = [
        {"label": text, "num": int(counts[code]), "color": look.color, "shape": look.shape}
        for text, code in legend.entries
        if counts[code]
        for look in (cloud.looks[code],)
    ]
    colors, low, high = legend.scale or ((), "", "")
    gradient = {"colors": list(colors), "low": low, "high": high} if legend.scale else None
    return {"legendTitle": legend.title, "legend": entries, "gradient": gradient}


def _card_of(cloud: Cloud, example: Any, card: Callable[[int], Card]) -> tuple[dict[str, Any], bytes] | None:
    if type(example) is not int or not (cloud.example_ids == example).any():
        return None
    found = card(example)
    sheet = draw_sheet([found.thumbnail])
    left, top, width, height = sheet.places[0]
    described = {
        "exampleId": example,
        "caption": found.caption,
        "details": found.details,
        "isSmall": sheet.is_small,
    }
    return {**described, "place": [left, top, width, height]}, sheet.data


def picked_rows(cloud: Cloud, state: Any) -> NDArray[np.int64]:
    """Return the rows of the cloud that are picked; none where the choice belongs to other points.

    Args:
        cloud: As it was shown.
        state: Of the component; anything.
    """
    picked = (state or {}).get("picked") or {}
    if not isinstance(picked, dict) or picked.get("version") != cloud.place_version:
        return np.zeros(0, np.int64)
    return rows_of(picked.get("mask"), len(cloud.codes))


def _nothing() -> None:
    """Let Streamlit keep the state; the fragment reads it when it reruns."""
