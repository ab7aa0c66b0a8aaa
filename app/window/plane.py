"""What a study found as a plane: measured and predicted accuracy over window offset and keep fraction."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.palette import Palette
from app.window.charts import UNCHANGED, Line, laid_out
from app.window.message import Place
from app.window.reading import Findings
from datadiet.study.grid import SurfaceGrid
from datadiet.study.surface import NORMAL_95

_CELLS = 50  # of the heat map along each axis
_RING = "#FFFFFF"  # round what lies over Cividis, whose colours are the same in both themes


def surface_chart(found: Findings, grid: SurfaceGrid | None, place: Place, colors: Palette) -> go.Figure:
    """Return accuracy over offset and keep fraction: measured, predicted between, hatched in doubt.

    Args:
        found: What was measured.
        grid: The prediction; None where there is none yet.
        place: The current window.
        colors: Of the theme.
    """
    figure = go.Figure()
    ends = color_range(found, grid)
    if grid is not None:
        _add_prediction(figure, grid, ends, colors)
    _add_measured(figure, found, ends, colors)
    mark = {"symbol": "cross-thin", "size": 22, "line": {"color": colors.text, "width": 3}}
    figure.add_scatter(
        x=[place.offset],
        y=[place.keep],
        mode="markers",
        marker=mark,
        name="this window",
        hovertemplate="this window: keep %{y:.1%} from %{x:.1%}<extra></extra>",
    )
    figure.update_xaxes(
        title="window offset: share of easier images left out",
        tickformat=".0%",
        showgrid=False,
        range=[-0.02, 1.0],
    )
    figure.update_yaxes(title="kept share", tickformat=".0%", showgrid=False, range=[0.0, 1.04])
    return laid_out(figure, colors)


def _add_prediction(figure: go.Figure, grid: SurfaceGrid, ends: tuple[float, float], colors: Palette) -> None:
    """Draw the prediction as squares of the plane; what lies past the end stays empty."""
    edges = np.linspace(0.0, 1.0, _CELLS + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    offsets, keeps = np.meshgrid(middles, middles)  # (Y, X)
    is_inside = offsets + keeps <= 1.0
    rows = np.clip(np.round(keeps * len(grid.keep_fractions) - 1), 0, len(grid.keep_fractions) - 1).astype(
        int
    )
    places = np.clip(offsets / np.maximum(1.0 - keeps, 1e-9), 0.0, 1.0)
    columns = np.round(places * (len(grid.places) - 1)).astype(int)
    accuracy = np.where(is_inside, grid.accuracy[rows, columns], np.nan)
    half = NORMAL_95 * grid.standard_error[rows, columns]
    low, high = ends
    figure.add_heatmap(
        x=middles,
        y=middles,
        z=accuracy,
        customdata=half,
        zmin=low,
        zmax=high,
        colorscale="Cividis",
        showscale=True,
        colorbar={"tickformat": ".1%", "thickness": 12, "outlinewidth": 0, "title": {"text": "accuracy"}},
        hovertemplate="keep %{y:.0%} from %{x:.0%}: predicted %{z:.1%} ± %{customdata:.1%}<extra></extra>",
    )
    doubtful = is_inside & ~grid.is_trusted[rows, columns]
    if doubtful.any():
        _add_hatching(figure, doubtful, edges, colors)


def _add_hatching(figure: go.Figure, is_hatched: Any, edges: Any, colors: Palette) -> None:
    x: list[float | None] = []
    y: list[float | None] = []
    for row, column in zip(*np.nonzero(is_hatched), strict=True):
        x += [float(edges[column]), float(edges[column + 1]), None]
        y += [float(edges[row]), float(edges[row + 1]), None]
    figure.add_scatter(
        x=x, y=y, mode="lines", line={"color": colors.ground, "width": 1.4}, name="striped: not trusted",
        hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    _add_sign(figure, "striped: not trusted", "line-ne", colors)


def _add_measured(figure: go.Figure, found: Findings, ends: tuple[float, float], colors: Palette) -> None:
    windows = found.measured.windows
    means = [found.own_mean(float(keep), float(offset)) for keep, offset in windows]
    known = [mean for mean in means if mean is not None]
    low, high = ends
    line = Line("measured: click to take it", [], known, [(float(k), float(o)) for k, o in windows])
    figure.add_scatter(
        x=windows[:, 1],
        y=windows[:, 0],
        mode="markers",
        name=line.name,
        marker={
            "color": [mean.mean for mean in known], "colorscale": "Cividis", "cmin": low, "cmax": high,
            "size": [9 + 2 * min(mean.num_seeds, 4) for mean in known],
            "line": {"color": _RING, "width": 2},
        },
        customdata=[list(each) for each in line.windows],
        text=line.hover(),
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
        **UNCHANGED,
    )  # fmt: skip
    _add_sign(figure, line.name, "circle-open", colors)


def _add_sign(figure: go.Figure, name: str, symbol: str, colors: Palette) -> None:
    """Explain in the legend what is drawn in the ground's colour or in many: neither could be told there."""
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        name=name,
        marker={
            "symbol": symbol,
            "size": 11,
            "color": colors.text,
            "line": {"color": colors.text, "width": 2},
        },
        hoverinfo="skip",
    )


def color_range(found: Findings, grid: SurfaceGrid | None) -> tuple[float, float]:
    """Return the accuracies at the ends of the colour scale: what was measured above the lowest quarter.

    One collapsed window would else take up the scale, and the differences that matter would look alike.
    """
    measured = found.measured.accuracy
    if not len(measured):
        return 0.0, 1.0
    values = measured if grid is None else np.concatenate([measured, grid.accuracy[grid.is_trusted]])
    high = float(values[np.isfinite(values)].max())
    return min(float(np.quantile(measured, 0.25)), high - 0.01), high


def darkest_words(found: Findings | None, grid: SurfaceGrid) -> str:
    """Return where the scale of colours ends, if something lies below; empty where nothing does."""
    if found is None or not len(found.measured.accuracy):
        return ""
    low, _ = color_range(found, grid)
    if min(found.measured.accuracy.min(), grid.accuracy[grid.is_trusted].min(initial=1.0)) >= low:
        return ""
    return f" The darkest colour is {100 * low:.1f} % or less."
