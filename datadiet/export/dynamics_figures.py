"""Tables of dynamics in, Plotly figures out: velocity by group, error on paths, barriers by spawn epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from datadiet.export.figure_look import Look, framed

SETS = ("hardest", "random", "easiest", "test")
_SIGNS = {"hardest": "triangle-up", "random": "circle", "easiest": "triangle-down", "test": "square"}
_DASHES = {"hardest": "solid", "random": "dot", "easiest": "dash", "test": "dashdot"}
_UNCHANGED: dict[str, Any] = {  # a click on a point fades no other
    "selected": {"marker": {"opacity": 1}},
    "unselected": {"marker": {"opacity": 1}},
}


def velocity_figure(means: pd.DataFrame, epoch: int, look: Look, *, top: float | None = None) -> go.Figure:
    """Return velocity against the groups' percentiles, one epoch in front of the others; flips below.

    A point's ``customdata`` is its group.

    Args:
        means: A VELOCITY_MEANS frame.
        epoch: The epoch in front.
        look: Colours.
        top: End of the vertical axis, so that two runs can stand side by side.
    """
    has_flips = bool((means["flipped_fraction"] > 0).any())
    figure = make_subplots(
        rows=2 if has_flips else 1,
        shared_xaxes=True,
        row_heights=[0.78, 0.22] if has_flips else [1.0],
        vertical_spacing=0.06,
    )
    epochs = sorted(means["epoch"].unique(), key=lambda each: each == epoch)
    for each in epochs:
        rows = means[means["epoch"] == each].sort_values("percentile")
        figure.add_trace(_velocity_line(rows, int(each), look, is_front=each == epoch), row=1, col=1)
    figure.update_yaxes(title="NTK velocity", rangemode="tozero", row=1, col=1)
    if top is not None:
        figure.update_yaxes(range=[0, 1.06 * top], row=1, col=1)
    if has_flips:
        figure.add_trace(_flip_bars(means[means["epoch"] == epoch], look), row=2, col=1)
        figure.update_yaxes(title="flips", tickformat=".0%", range=[0, 1.05], nticks=3, row=2, col=1)
    figure.update_xaxes(showgrid=False, tickformat=".0%", range=[-0.03, 1.03])
    figure.update_xaxes(title="percentile of the score, easy to hard", row=2 if has_flips else 1, col=1)
    return framed(figure, look, height=380)


def _velocity_line(rows: pd.DataFrame, epoch: int, look: Look, *, is_front: bool) -> go.Scatter:
    color = look.primary if is_front else look.muted
    return go.Scatter(
        x=rows["percentile"],
        y=rows["velocity"],
        error_y=_bars(rows["standard_error"], color) if is_front else None,
        mode="lines+markers" if is_front else "lines",
        name=f"epoch {epoch}",
        line={"color": color, "width": 2.5 if is_front else 1, "dash": "solid" if is_front else "dot"},
        marker={"color": color, "size": 9},
        opacity=1.0 if is_front else 0.8,
        customdata=rows["group"],
        hovertemplate=f"group %{{customdata}}, epoch {epoch}: %{{y:.3f}}<extra></extra>",
        **(_UNCHANGED if is_front else {}),
    )


def _flip_bars(rows: pd.DataFrame, look: Look) -> go.Bar:
    pattern = {"shape": "/", "fillmode": "overlay", "solidity": 0.2, "size": 6, "fgcolor": look.ground}
    return go.Bar(
        x=rows["percentile"],
        y=rows["flipped_fraction"],
        width=0.05,
        marker={"color": look.planted, "line_width": 0, "pattern": pattern},
        name="◆ labels flipped on purpose",
        customdata=rows["group"],
        hovertemplate="◆ %{y:.0%} of group %{customdata} flipped on purpose<extra></extra>",
        **_UNCHANGED,
    )


def path_figure(means: pd.DataFrame, spawn_epoch: int, look: Look) -> go.Figure:
    """Return the error between children against alpha, a line a set; ``customdata`` is the set.

    Args:
        means: A PATH_MEANS frame.
        spawn_epoch: Where the children part.
        look: Colours.
    """
    figure = go.Figure()
    mine = means[means["spawn_epoch"] == spawn_epoch]
    for name in SETS:
        rows = mine[mine["examples"] == name].sort_values("alpha")
        if len(rows):
            figure.add_trace(_set_line(rows, name, "alpha", "error", look))
    figure.update_xaxes(title="place between the two children (alpha)", showgrid=False)
    figure.update_yaxes(title="error", tickformat=".0%", rangemode="tozero")
    return framed(figure, look)


def barrier_figure(means: pd.DataFrame, look: Look, *, chosen: int | None = None) -> go.Figure:
    """Return the error barrier against the spawn epoch, a line a set; ``customdata`` is the set.

    Args:
        means: A BARRIER_MEANS frame.
        look: Colours.
        chosen: Spawn epoch to mark.
    """
    figure = go.Figure()
    for name in SETS:
        rows = means[means["examples"] == name].sort_values("spawn_epoch")
        if len(rows):
            figure.add_trace(_set_line(rows, name, "spawn_epoch", "barrier", look))
    if chosen is not None:
        figure.add_vline(x=chosen, line={"color": look.muted, "width": 1, "dash": "dot"})
    last = float(means["spawn_epoch"].max()) if len(means) else 1.0
    ends = [-0.04 * max(last, 1.0), 1.04 * max(last, 1.0)]
    epochs = sorted(means["spawn_epoch"].unique().tolist())
    figure.update_xaxes(
        title="epoch after which the children part", showgrid=False, range=ends, tickvals=epochs
    )
    figure.update_yaxes(title="error barrier", tickformat=".0%", rangemode="tozero")
    return framed(figure, look)


def _set_line(rows: pd.DataFrame, name: str, x: str, y: str, look: Look) -> go.Scatter:
    shades = dict(zip(SETS, (look.others[0], look.muted, look.primary, look.others[1]), strict=True))
    color = shades[name]
    return go.Scatter(
        x=rows[x],
        y=rows[y],
        error_y=_bars(rows["standard_error"], color),
        name=f"{name} examples" if name != "test" else "test images",
        mode="lines+markers",
        line={"color": color, "width": 2, "dash": _DASHES[name]},
        marker={"color": color, "size": 9, "symbol": _SIGNS[name]},
        customdata=rows["examples"],
        hovertemplate=f"{name}: %{{y:.1%}} at %{{x}}<extra></extra>",
        **_UNCHANGED,
    )


def _bars(errors: pd.Series[float], color: str) -> dict[str, Any]:
    values = errors.to_numpy(dtype=np.float64)
    return {"array": np.where(np.isfinite(values), values, 0.0), "color": color, "thickness": 1.5, "width": 3}
