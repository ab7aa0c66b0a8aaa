"""Charts of the report as inline SVG: no script, no font, colours from the page's own style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

_WIDTH, _HEIGHT = 420, 270  # units of the view box; the page scales it
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 42  # margins
_LABEL_GAP = 14  # least distance between two labels at the right


@dataclass(frozen=True)
class Axis:
    """One axis: what it shows, its ends, and where ticks stand."""

    title: str
    low: float
    high: float
    ticks: tuple[float, ...]
    is_percent: bool = False

    def label(self, tick: float) -> str:
        """Return what stands at a tick."""
        return f"{100 * tick:g} %" if self.is_percent else f"{tick:,g}"


@dataclass(frozen=True)
class Line:
    """One line of a chart; ``style`` is a class of the page's style sheet."""

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    style: str


def axis_over(title: str, values: NDArray[np.float64], *, is_percent: bool = False) -> Axis:
    """Return an axis whose round ticks enclose the values.

    Args:
        title: What the axis shows.
        values: Any shape; missing ones are ignored.
        is_percent: Values are fractions, shown as percentages.
    """
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    step = _round_step((high - low) or 1.0)
    first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    ticks = tuple(round(float(i) * step, 10) for i in np.arange(first, last + 1))
    return Axis(title, ticks[0], ticks[-1], ticks, is_percent)


def _round_step(span: float) -> float:
    rough = span / 5
    power = 10.0 ** np.floor(np.log10(rough))
    return float(next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= rough * 0.999))


def histogram(
    values: NDArray[np.float64], marked: NDArray[np.bool_], *, title: str, num_bins: int = 40
) -> Markup:
    """Return the histogram of scores, the marked examples on the ground line in their own colour.

    Args:
        values: Shape ``(N,)``; missing ones are left out.
        marked: Shape ``(N,)``, examples whose label was planted.
        title: Of the horizontal axis.
        num_bins: Bars.
    """
    known = np.isfinite(values)
    edges = np.histogram_bin_edges(values[known], bins=num_bins)
    totals, _ = np.histogram(values[known], bins=edges)
    flips, _ = np.histogram(values[known & marked], bins=edges)
    across = axis_over(title, edges)
    up = axis_over("examples", np.array([0.0, float(totals.max(initial=1))]))
    bars = Markup("").join(
        _bars(across, up, (float(edges[i]), float(edges[i + 1])), (int(totals[i]), int(flips[i])))
        for i in range(len(totals))
    )
    return _figure(f"Histogram of {title}", across, up, bars)


def _bars(across: Axis, up: Axis, edges: tuple[float, float], counts: tuple[int, int]) -> Markup:
    total, flips = counts
    left, right = _x(across, edges[0]), _x(across, edges[1])
    text = f"{edges[0]:.3g} to {edges[1]:.3g}: {total:,} examples"
    text += f", {flips:,} planted" if flips else ""
    rect = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>')
    parts = [("bar", total, flips), ("bar-flip", flips, 0)]
    drawn = Markup("").join(
        rect.format(style, left + 0.5, _y(up, top), max(0.5, right - left - 1), _y(up, base) - _y(up, top))
        for style, top, base in parts
        if top > base
    )
    return Markup("<g><title>{}</title>{}</g>").format(text, drawn)


def lines(drawn: Sequence[Line], across: Axis, up: Axis, *, title: str) -> Markup:
    """Return a chart of lines, each with its name at its right end where it has one.

    Args:
        drawn: Lines from back to front.
        across: Horizontal axis.
        up: Vertical axis.
        title: What a screen reader says.
    """
    named = [line for line in drawn if line.name]
    room = 8 + 7.2 * max((len(line.name) for line in named), default=0)
    paths = Markup("").join(_path(line, across, up, room) for line in drawn)
    return _figure(title, across, up, paths + _end_labels(named, up, room), room=room)


def _path(line: Line, across: Axis, up: Axis, room: float) -> Markup:
    known = np.isfinite(line.y)
    points = [
        (_x(across, float(x), room), _y(up, float(y)))
        for x, y in zip(line.x[known], line.y[known], strict=True)
    ]
    if not points:
        return Markup("")
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    drawn = Markup('<polyline class="line {}" points="{}"/>').format(line.style, text)
    if len(points) <= 12:
        dot = Markup('<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="2.5"/>')
        drawn += Markup("").join(dot.format(line.style, x, y) for x, y in points)
    return Markup("<g><title>{}</title>{}</g>").format(line.name or title_of(line), drawn)


def title_of(line: Line) -> str:
    """Return what hovering over a line without a name says: its last value."""
    return f"last value {line.y[-1]:.3g}"


def _end_labels(named: Sequence[Line], up: Axis, room: float) -> Markup:
    """Return the names at the right ends, moved apart where they would touch."""
    ends = sorted(
        ((_y(up, float(line.y[np.isfinite(line.y)][-1])), line) for line in named), key=lambda e: e[0]
    )
    label = Markup('<text class="end {}" x="{:.1f}" y="{:.1f}">{}</text>')
    places: list[float] = []
    for height, _ in ends:
        places.append(max(height, places[-1] + _LABEL_GAP) if places else height)
    excess = max(0.0, places[-1] - (_HEIGHT - _BOTTOM)) if places else 0.0
    x = _WIDTH - _RIGHT - room + 8
    return Markup("").join(
        label.format(line.style, x, place - excess + 4, line.name)
        for place, (_, line) in zip(places, ends, strict=True)
    )


def _figure(title: str, across: Axis, up: Axis, inside: Markup, *, room: float = 0.0) -> Markup:
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>').format(
        _WIDTH, _HEIGHT, title, _grid(up, room), inside, _across(across, room)
    )


def _grid(up: Axis, room: float) -> Markup:
    row = Markup(
        '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
        '<text class="tick" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
    )
    right = _WIDTH - _RIGHT - room
    return Markup("").join(
        row.format(_LEFT, right, _y(up, tick), _y(up, tick), _LEFT - 8, _y(up, tick) + 4, up.label(tick))
        for tick in up.ticks
    )


def _across(across: Axis, room: float) -> Markup:
    tick_text = Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="middle">{}</text>')
    ticks = Markup("").join(
        tick_text.format(_x(across, tick, room), _HEIGHT - _BOTTOM + 17, across.label(tick))
        for tick in across.ticks
    )
    title = Markup('<text class="axis" x="{:.1f}" y="{}" text-anchor="middle">{}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT - room) / 2
    return ticks + title.format(middle, _HEIGHT - 6, across.title)


def _x(axis: Axis, value: float, room: float = 0.0) -> float:
    return _LEFT + (value - axis.low) / (axis.high - axis.low) * (_WIDTH - _RIGHT - _LEFT - room)


def _y(axis: Axis, value: float) -> float:
    bottom = _HEIGHT - _BOTTOM
    return bottom - (value - axis.low) / (axis.high - axis.low) * (bottom - _TOP)
