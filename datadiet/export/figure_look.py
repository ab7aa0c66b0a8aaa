"""The colours that a figure is drawn in, and the frame that all figures share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import plotly.graph_objects as go


class Look(Protocol):
    """Colours of a theme, each a CSS colour."""

    @property
    def ground(self) -> str:
        """Return the colour behind the figure."""

    @property
    def panel(self) -> str:
        """Return the colour of boxes."""

    @property
    def line(self) -> str:
        """Return the colour of the grid."""

    @property
    def text(self) -> str:
        """Return the colour of text."""

    @property
    def muted(self) -> str:
        """Return the colour of what is quiet."""

    @property
    def primary(self) -> str:
        """Return the colour of what matters."""

    @property
    def planted(self) -> str:
        """Return the colour of planted flips."""

    @property
    def others(self) -> tuple[str, ...]:
        """Return the colours of further lines."""


@dataclass(frozen=True)
class PaperLook:
    """Dark on white, for files."""

    ground: str = "#FFFFFF"
    panel: str = "#F5F7F9"
    line: str = "#D9E0E6"
    text: str = "#1B232C"
    muted: str = "#5A6672"
    primary: str = "#0B6E8F"
    planted: str = "#8A2D7A"
    others: tuple[str, ...] = ("#B23A12", "#3D5AB8", "#00704F", "#6B5F00")


def framed(figure: go.Figure, look: Look, *, height: int = 360) -> go.Figure:
    """Return ``figure`` with a quiet grid, no frame, the legend on top.

    Args:
        figure: Any.
        look: Its colours.
        height: In pixels.
    """
    axis: dict[str, Any] = {
        "gridcolor": look.line,
        "zeroline": False,
        "linecolor": look.line,
        "title_font": {"size": 12, "color": look.muted},
        "tickfont": {"size": 12, "color": look.muted},
        "title_standoff": 8,
        "automargin": True,
    }
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 24, "t": 48, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hovermode="closest",
        font={"color": look.text, "size": 12, "family": '"Source Sans", "Source Sans 3", sans-serif'},
        hoverlabel={"bgcolor": look.panel, "bordercolor": look.line, "font": {"color": look.text}},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "font": {"color": look.text}},
        dragmode=False,
    )
    return figure


def text_on(look: Look, color: str, share: float) -> str:
    """Return the one of two text colours that stands out more from a cell.

    Args:
        look: Colours, each ``#RRGGBB``.
        color: Of a full cell.
        share: Of it in the cell, in [0, 1]; the rest is the colour of boxes.
    """
    full, panel = _channels(color), _channels(look.panel)
    behind = _luminance([share * one + (1 - share) * other for one, other in zip(full, panel, strict=True)])

    def contrast(front: str) -> float:
        ends = sorted((_luminance(_channels(front)), behind))
        return (ends[1] + 0.05) / (ends[0] + 0.05)  # WCAG 2.2

    return max((look.text, look.ground), key=contrast)


def _channels(color: str) -> list[float]:
    return [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]


def _luminance(channels: list[float]) -> float:
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
