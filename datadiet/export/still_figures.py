"""A figure as a PNG, for papers and mails: the Plotly figure's own traces, drawn offline by Matplotlib.

What is drawn is what the figures of a run use: lines, points, bars, a matrix, level lines and notes. Another
kind of trace is refused, so that no picture lacks half of its figure.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np
import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from datadiet.errors import DataError
from datadiet.export.figure_look import Look

WIDTH = 800  # pixels of the page; the picture has SCALE times as many
SCALE = 2
_TITLE_HEIGHT = 48  # pixels
_POINTS = 72  # to the inch: one point is drawn as one pixel of the page, SCALE of the picture
_DASHES: dict[str, Any] = {
    "dot": (0, (1, 2)),
    "dash": (0, (5, 3)),
    "dashdot": (0, (5, 2, 1, 2)),
    "longdash": (0, (9, 3)),
}
_SIGNS = {"triangle-up": "^", "triangle-down": "v", "square": "s", "diamond": "D", "x": "X"}
_STYLE: Any = {
    "font.family": ["DejaVu Sans"],  # comes with Matplotlib, so a picture looks the same everywhere
    "font.size": 11,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def still(figure: go.Figure, title: str, look: Look) -> bytes:
    """Return the figure as PNG, WIDTH pixels wide at SCALE, the title above it.

    Args:
        figure: Made by this room.
        title: Of the picture.
        look: Colours that are not the traces' own.

    Raises:
        DataError: A trace is of a kind that cannot be drawn.
    """
    if unknown := next((trace.type for trace in figure.data if trace.type not in _KINDS), None):
        raise DataError(f"A trace of the kind {unknown} cannot be drawn as PNG.")
    height = (figure.layout.height or 360) + _TITLE_HEIGHT
    with mpl.rc_context(_STYLE):
        picture = Figure(
            figsize=(WIDTH / _POINTS, height / _POINTS), layout="constrained", facecolor=look.ground
        )
        FigureCanvasAgg(picture)
        picture.suptitle(title, x=0.01, ha="left", fontsize=14, fontweight="bold", color=look.text)
        for name, axes in _panels(picture, figure).items():
            _draw(axes, figure, name, look)
        out = BytesIO()
        picture.savefig(out, format="png", dpi=SCALE * _POINTS, metadata={"Software": None})
    return out.getvalue()


def _panels(picture: Figure, figure: go.Figure) -> dict[str, Axes]:
    """Return the axes of each panel from the top down, by the name of its vertical axis: ``y``, ``y2``."""
    names = list(dict.fromkeys(trace.yaxis or "y" for trace in figure.data)) or ["y"]
    domains = {name: figure.layout[_key(name)].domain or (0.0, 1.0) for name in names}
    names.sort(key=lambda name: -domains[name][1])
    heights = [domains[name][1] - domains[name][0] for name in names]
    drawn = picture.subplots(len(names), 1, sharex=len(names) > 1, squeeze=False, height_ratios=heights)
    return {name: drawn[row, 0] for row, name in enumerate(names)}


def _key(name: str) -> str:
    return f"{name[0]}axis{name[1:]}"


def _draw(axes: Axes, figure: go.Figure, name: str, look: Look) -> None:
    traces = [trace for trace in figure.data if (trace.yaxis or "y") == name]
    across = figure.layout[_key(traces[0].xaxis or "x" if traces else "x")]
    upwards = figure.layout[_key(name)]
    _frame(axes, across, upwards, look)
    for trace in traces:
        _KINDS[trace.type](axes, trace, look)
    _scale(axes, across, upwards)
    if name == "y":
        _levels_and_notes(axes, figure)
    if len([each for each in figure.data if each.name]) > 1 and any(each.name for each in traces):
        _legend(axes, [str(each.name) for each in traces if each.name], look)


def _frame(axes: Axes, across: Any, upwards: Any, look: Look) -> None:
    axes.set_facecolor(look.ground)
    axes.tick_params(colors=look.muted, length=0, labelsize=10)
    for spine in axes.spines.values():
        spine.set_color(look.line)
    for axis, wanted in ((axes.xaxis, across), (axes.yaxis, upwards)):
        if wanted.showgrid is not False:
            axis.grid(color=look.line, linewidth=1)
    axes.set_axisbelow(True)
    axes.set_xlabel(across.title.text or "", color=look.muted, fontsize=11)
    axes.set_ylabel(upwards.title.text or "", color=look.muted, fontsize=11)
    if across.tickangle:
        axes.tick_params(axis="x", labelrotation=-across.tickangle)
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")


def _scale(axes: Axes, across: Any, upwards: Any) -> None:
    """Give both axes the ends, the direction and the ticks that they have on the page."""
    for axis, wanted, ends in ((axes.xaxis, across, axes.set_xlim), (axes.yaxis, upwards, axes.set_ylim)):
        if wanted.range is not None:
            ends(*wanted.range)
        elif wanted.rangemode == "tozero":
            ends(0)
        if wanted.autorange == "reversed":
            axis.set_inverted(True)
        if wanted.tickformat in _FORMATS:
            axis.set_major_formatter(_FORMATS[wanted.tickformat]())
        if wanted.tickvals is not None:
            axis.set_ticks(list(wanted.tickvals))
        if wanted.nticks:
            axis.set_major_locator(MaxNLocator(wanted.nticks))


_FORMATS: dict[str, Callable[[], Any]] = {
    ".0%": lambda: PercentFormatter(1.0, decimals=0),
    ".1%": lambda: PercentFormatter(1.0, decimals=1),
    ",d": lambda: FuncFormatter(lambda value, _: f"{value:,.0f}"),
}


def _points(axes: Axes, trace: Any, look: Look) -> None:
    color, has_marks = trace.marker.color or look.primary, "markers" in (trace.mode or "markers")
    x, y = np.asarray(trace.x), np.asarray(trace.y)
    if isinstance(trace.marker.size, (list, tuple, np.ndarray)):
        sizes = np.square(np.asarray(trace.marker.size, dtype=np.float64))
        axes.scatter(x, y, s=sizes, color=color, alpha=trace.marker.opacity, linewidths=0, label=trace.name)
        return
    errors: dict[str, Any] = {
        f"{side}err": np.asarray(bar.array, dtype=np.float64)
        for side, bar in (("x", trace.error_x), ("y", trace.error_y))
        if bar.array is not None
    }
    axes.errorbar(
        x,
        y,
        **errors,
        color=trace.line.color or color,
        alpha=trace.opacity,
        linewidth=trace.line.width or 2,
        linestyle=_DASHES.get(trace.line.dash or "", "-") if "lines" in (trace.mode or "") else "none",
        marker=_SIGNS.get(trace.marker.symbol or "", "o") if has_marks else "",
        markersize=(trace.marker.size or 6) - 1,
        elinewidth=1.5,
        capsize=3,
        label=trace.name,
    )


def _bars(axes: Axes, trace: Any, look: Look) -> None:
    axes.bar(
        np.asarray(trace.x),
        np.asarray(trace.y),
        width=trace.width or 0.8,
        color=trace.marker.color or look.primary,
        edgecolor=look.ground,
        linewidth=0,
        hatch="//" if trace.marker.pattern.shape else None,
        label=trace.name,
    )


def _matrix(axes: Axes, trace: Any, look: Look) -> None:
    values = np.asarray(trace.z, dtype=np.float64)
    colors = LinearSegmentedColormap.from_list("figure", [(at, color) for at, color in trace.colorscale])
    mesh = axes.pcolormesh(
        values, cmap=colors, vmin=trace.zmin, vmax=trace.zmax, edgecolors=look.ground, lw=2
    )
    axes.set_xticks(np.arange(values.shape[1]) + 0.5, [str(each) for each in trace.x])
    axes.set_yticks(np.arange(values.shape[0]) + 0.5, [str(each) for each in trace.y])
    for label in axes.get_xticklabels():
        label.set_horizontalalignment("right")
        label.set_rotation_mode("anchor")
    axes.spines[:].set_visible(False)
    if trace.texttemplate:
        for (row, column), value in np.ndenumerate(values):
            shade = look.ground if abs(value) > 0.6 else look.text
            axes.text(
                column + 0.5, row + 0.5, f"{value:.2f}", ha="center", va="center", color=shade, fontsize=9
            )
    bar = axes.figure.colorbar(mesh, ax=axes, fraction=0.03, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=look.muted, length=0, labelsize=10)


_KINDS: dict[str, Callable[[Axes, Any, Look], None]] = {
    "scatter": _points,
    "bar": _bars,
    "heatmap": _matrix,
}


def _levels_and_notes(axes: Axes, figure: go.Figure) -> None:
    for shape in figure.layout.shapes:
        drawn = {"color": shape.line.color, "linewidth": shape.line.width, "linestyle": _DASHES["dot"]}
        if shape.x0 == shape.x1:
            axes.axvline(shape.x0, **drawn)
        else:
            axes.axhline(shape.y0, **drawn)
    for note in figure.layout.annotations:
        axes.annotate(
            note.text, (note.x, note.y), xycoords=("axes fraction", "data"), xytext=(4, 3),
            textcoords="offset points", color=note.font.color, fontsize=note.font.size,
        )  # fmt: skip


def _legend(axes: Axes, names: list[str], look: Look) -> None:
    """Put the legend above the panel, as many names side by side as have room."""
    room = 105 // (max(map(len, names)) + 6)  # letters of a line, and the sign before each name
    axes.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=max(1, min(len(names), room)), frameon=False,
        fontsize=10, labelcolor=look.text, borderaxespad=0.2, handlelength=2.2,
    )  # fmt: skip
