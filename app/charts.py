"""Tables in, Plotly figures out, in the colours of the dashboard; knows no Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from app.palette import Palette
from app.text import plain_plotly
from datadiet.export.figure_look import framed
from datadiet.export.report_tables import num_known_wrong
from datadiet.export.shown import score_title

Floats = NDArray[np.float64]
HEIGHT = 300  # pixels
_NUM_BINS = 40
_MOST_LINES = 5  # named in the precision chart, the control among them
_DEPTH_SHOWN = 3  # times the number of wrong labels; further down every ranking is the same
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


def score_histogram(scores: pd.DataFrame, score: str, colors: Palette) -> go.Figure:
    """Return the histogram of a score over training examples, planted flips hatched in their own colour.

    Args:
        scores: A row an example: ``split``, ``is_flipped`` and the score.
        score: Its column.
        colors: Of the theme.
    """
    rows = scores[(scores["split"] == "train") & scores[score].notna()]
    values = rows[score].to_numpy(np.float64)
    is_flipped = rows["is_flipped"].to_numpy(np.bool_)
    edges = np.histogram_bin_edges(values, bins=_NUM_BINS)
    title = f"{score_title(score)}, mean over seeds"
    if not is_flipped.any():
        figure = go.Figure(_bars(values, edges, colors.primary, ""))
        figure.update_xaxes(title=title, showgrid=False)
        figure.update_yaxes(title="training images")
        return styled(figure, colors)
    figure = make_subplots(rows=2, shared_xaxes=True, row_heights=[0.6, 0.4], vertical_spacing=0.12)
    kinds = (
        (
            f"{(~is_flipped).sum():,} training images with the label they came with",
            ~is_flipped,
            colors.primary,
            "",
        ),
        (
            f"◆ {is_flipped.sum():,} training images whose label was flipped on purpose",
            is_flipped,
            colors.planted,
            "/",
        ),
    )
    for row, (name, mask, color, shape) in enumerate(kinds, start=1):
        figure.add_trace(_bars(values[mask], edges, color, shape), row=row, col=1)
        _title_inside(figure, row, name, color)
    figure.update_xaxes(showgrid=False)
    figure.update_xaxes(title=title, row=2)
    figure.update_yaxes(title="images", nticks=4)
    return styled(figure.update_layout(showlegend=False), colors)


def _bars(values: Floats, edges: Floats, color: str, shape: str) -> go.Bar:
    pattern = {"shape": shape, "fillmode": "overlay", "solidity": 0.2, "size": 6, "fgcolor": "#FFFFFF"}
    return go.Bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=np.histogram(values, bins=edges)[0],
        width=np.diff(edges) * 0.92,
        marker={"color": color, "line_width": 0, "pattern": pattern},
        hovertemplate="%{y:,} images near %{x:.3g}<extra></extra>",
    )


def _title_inside(figure: go.Figure, row: int, name: str, color: str) -> None:
    """Write a panel's title at its top right, where the bars of a skewed histogram are low."""
    figure.add_annotation(
        x=1.0, y=1.0, xref="x domain", yref=f"y{row if row > 1 else ''} domain", text=name, showarrow=False,
        xanchor="right", yanchor="bottom", font={"color": color, "size": 12},
    )  # fmt: skip


def accuracy_lines(history: pd.DataFrame, colors: Palette) -> go.Figure:
    """Return accuracy over epochs, a line a seed: on validation images, and on training batches, dotted.

    Args:
        history: ``seed`` and the columns of HISTORY.
        colors: Of the theme.
    """
    figure = go.Figure()
    groups = [(int(str(seed)), rows.sort_values("epoch")) for seed, rows in history.groupby("seed")]
    for column, what, dash in (
        ("train_accuracy", "training", "dot"),
        ("validation_accuracy", "validation", "solid"),
    ):
        for place, (seed, rows) in enumerate(groups):
            if rows[column].notna().any():
                color = colors.seeds[place % len(colors.seeds)] if dash == "solid" else colors.muted
                is_first = place == 0
                name = f"{what}, one line a seed"
                line = {"color": color, "width": 2 if dash == "solid" else 1.3, "dash": dash}
                figure.add_scatter(
                    x=rows["epoch"],
                    y=rows[column],
                    name=name,
                    legendgroup=what,
                    showlegend=is_first,
                    mode="lines",
                    line=line,
                    hovertemplate=f"seed {seed}, {what}, epoch %{{x}}: %{{y:.1%}}<extra></extra>",
                )
    figure.update_xaxes(title="epoch", showgrid=False)
    figure.update_yaxes(title="accuracy", tickformat=".0%")
    return styled(figure, colors)


def precision_depth(truth: pd.DataFrame, scores: Sequence[str], colors: Palette) -> go.Figure:
    """Return the share of wrong labels among those looked at, against how many, for every score.

    A few are drawn in colours with a legend; the others are thin and grey, named on hover.

    Args:
        truth: Columns of TRUTH.
        scores: Which to draw first; the best of the rest and the random control follow.
        colors: Of the theme.
    """
    num_wrong = num_known_wrong(truth)
    shown = truth[truth["depth"] <= max(10, _DEPTH_SHOWN * num_wrong)]
    groups = {str(name): rows.sort_values("depth") for name, rows in shown.groupby("score")}
    named = drawn_scores(groups, scores)
    figure = go.Figure()
    for name in sorted(set(groups) - set(named)):
        _depth_line(figure, groups[name], name, {"color": colors.line, "width": 1.5}, is_named=False)
    lines = (colors.primary, *colors.others)
    for place, name in enumerate(named):
        line = {
            "color": colors.muted if name == "random" else lines[place % len(lines)],
            "width": 3 if place == 0 else 1.8,
            "dash": _DASHES[place % len(_DASHES)],
        }
        _depth_line(figure, groups[name], name, line, is_named=True)
    figure.add_vline(x=num_wrong, line={"color": colors.muted, "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=num_wrong, y=1.0, yref="paper", text=f"{num_wrong:,} are wrong", showarrow=False,
        xanchor="left", yanchor="top", xshift=6, font={"color": colors.muted, "size": 12},
    )  # fmt: skip
    figure.update_xaxes(title="examples looked at, worst first", showgrid=False)
    figure.update_yaxes(title="of them wrong", tickformat=".0%", range=[0, 1.04])
    return styled(figure, colors)


def _depth_line(
    figure: go.Figure, rows: pd.DataFrame, name: str, line: dict[str, Any], *, is_named: bool
) -> None:
    title = plain_plotly(score_title(name))
    figure.add_scatter(
        x=rows["depth"],
        y=rows["precision"],
        name=title,
        mode="lines",
        line=line,
        showlegend=is_named,
        hovertemplate=f"{title}: %{{y:.0%}} of the first %{{x:,}}<extra></extra>",
    )


def drawn_scores(groups: dict[str, pd.DataFrame], first: Sequence[str]) -> list[str]:
    """Return which scores a chart names: ``first``, the best of the others, the random control last."""
    chosen = [name for name in dict.fromkeys(first) if name in groups and name != "random"]
    control = [name for name in ("random",) if name in groups]
    rest = [name for name in groups if name not in {*chosen, "random"}]
    rest.sort(key=lambda name: -float(groups[name]["precision"].mean()))
    return [*chosen, *rest[: _MOST_LINES - len(chosen) - len(control)], *control]


def styled(figure: go.Figure, colors: Palette) -> go.Figure:
    """Return ``figure`` in the frame that all figures share, at the height of a chart on a page."""
    return framed(figure, colors, height=HEIGHT).update_layout(margin={"t": 28})
