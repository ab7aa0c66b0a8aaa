"""How scores go together, as Plotly figures: density, matrix of agreement, agreement over epochs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from datadiet.export.figure_look import Look, framed, text_on
from datadiet.export.shown import score_title
from datadiet.scores.settling import ENOUGH, Density

_SMALLEST, _LARGEST = 4.0, 19.0  # diameters of a cell's circle, pixels
_MOST_WRITTEN = 12  # scores whose matrix has its numbers written in
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
_SIGNS = ("circle", "square", "diamond", "triangle-up", "x")


def density_figure(found: Density, title: str, value_title: str, look: Look) -> go.Figure:
    """Return a circle for every cell, its area the number of examples; ``customdata`` is (row, column).

    Args:
        found: Examples by cell.
        title: Score whose percentile runs across.
        value_title: What runs upwards.
        look: Colours.
    """
    rows, columns = np.nonzero(found.counts)
    counts = found.counts[rows, columns]
    middles = (found.across[:-1] + found.across[1:]) / 2, (found.upwards[:-1] + found.upwards[1:]) / 2
    share = np.sqrt(counts / counts.max()) if len(counts) else counts.astype(np.float64)
    figure = go.Figure(
        go.Scatter(
            x=middles[0][columns],
            y=middles[1][rows],
            mode="markers",
            marker={
                "size": _SMALLEST + (_LARGEST - _SMALLEST) * share,
                "color": look.primary,
                "opacity": 0.75,
                "line": {"width": 0},
            },
            customdata=np.stack([rows, columns], axis=1).tolist(),
            text=[f"{count:,} image{'' if count == 1 else 's'}" for count in counts],
            hovertemplate="%{text}: about %{y:.1f} at percentile %{x:.0%}<extra></extra>",
            selected={"marker": {"opacity": 0.75}},
            unselected={"marker": {"opacity": 0.75}},
        )
    )
    figure.update_xaxes(title=f"percentile of {title}, easy to hard", tickformat=".0%", showgrid=False)
    figure.update_yaxes(title=value_title, rangemode="tozero")
    return framed(figure, look, height=320).update_layout(margin={"t": 12})


def agreement_figure(table: pd.DataFrame, look: Look) -> go.Figure:
    """Return the rank agreement of every pair of scores as a matrix.

    Args:
        table: An AGREEMENT frame.
        look: Colours.
    """
    names = list(dict.fromkeys(table["score"]))
    titles = [score_title(name) for name in names]
    square = table.pivot(index="score", columns="other", values="spearman").loc[names, names]
    values = square.to_numpy(dtype=np.float64)
    figure = go.Figure(
        go.Heatmap(
            x=titles,
            y=titles,
            z=values,
            zmin=-1,
            zmax=1,
            colorscale=[[0.0, look.others[0]], [0.5, look.panel], [1.0, look.primary]],
            colorbar={"thickness": 10, "outlinewidth": 0, "nticks": 5},
            hovertemplate="%{y} and %{x}: %{z:.2f}<extra></extra>",
            xgap=2,
            ygap=2,
        )
    )
    if len(names) <= _MOST_WRITTEN:
        figure.add_trace(_numbers_on(values, titles, look))
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(tickangle=-40, showgrid=False)
    return framed(figure, look, height=160 + 26 * len(names)).update_layout(margin={"t": 12})


def _numbers_on(values: NDArray[np.float64], titles: list[str], look: Look) -> go.Scatter:
    """Return the numbers of a matrix, each in a colour that can be read on its cell."""
    return go.Scatter(
        x=titles * len(titles),
        y=np.repeat(titles, len(titles)),
        text=[f"{value:.2f}" for value in values.ravel()],
        mode="text",
        textfont={
            "color": [
                text_on(look, look.primary if value > 0 else look.others[0], abs(value))
                for value in values.ravel()
            ]
        },
        hoverinfo="skip",
        showlegend=False,
    )


def settling_figure(table: pd.DataFrame, look: Look) -> go.Figure:
    """Return each score's agreement with its own last epoch, a line a score, errors over seeds.

    Args:
        table: A SETTLING frame.
        look: Colours.
    """
    figure = go.Figure()
    shades = (look.primary, *look.others)
    for place, name in enumerate(dict.fromkeys(table["score"])):
        mine = table[table["score"] == name]
        rows = mine[mine["other"] == mine["epoch"].max()].sort_values("epoch")
        figure.add_trace(_settling_line(rows, score_title(str(name)), shades[place % len(shades)], place))
    figure.add_hline(y=ENOUGH, line={"color": look.muted, "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=0, xref="paper", y=ENOUGH, text="alike from here on", showarrow=False, xanchor="left",
        yanchor="bottom", font={"color": look.muted, "size": 11},
    )  # fmt: skip
    figure.update_xaxes(title="epoch at which the score is read", showgrid=False, rangemode="tozero")
    figure.update_yaxes(title="rank correlation with the last", range=[-0.3, 1.05])
    return framed(figure, look)


def _settling_line(rows: pd.DataFrame, title: str, color: str, place: int) -> go.Scatter:
    errors = rows["seed_error"].to_numpy(dtype=np.float64)
    bars: dict[str, Any] = {
        "array": np.where(np.isfinite(errors), errors, 0.0), "color": color, "thickness": 1.5, "width": 3,
    }  # fmt: skip
    return go.Scatter(
        x=rows["epoch"],
        y=rows["spearman"],
        error_y=bars,
        name=title,
        mode="lines+markers",
        line={"color": color, "width": 2, "dash": _DASHES[place % len(_DASHES)]},
        marker={"color": color, "size": 9, "symbol": _SIGNS[place % len(_SIGNS)]},
        hovertemplate=f"{title}, epoch %{{x}}: %{{y:.2f}}<extra></extra>",
    )
