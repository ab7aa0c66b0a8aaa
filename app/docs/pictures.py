"""A small picture for each score: an easy and a hard example, drawn from made-up numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from app.palette import Palette

HEIGHT = 190  # pixels
_EPOCHS = np.arange(1, 13)
_SURE = 1 / (1 + np.exp(-(_EPOCHS - 2.5)))  # probability of the label of an easy example
_UNSURE = 0.45 + 0.3 * np.sin(1.4 * _EPOCHS)  # of one on which the model keeps changing its mind
_NEVER = 0.08 + 0.05 * np.sin(_EPOCHS)  # of one whose label looks wrong


@dataclass(frozen=True)
class Drawing:
    """A figure, and the sentence that stands under it and is read out."""

    figure: go.Figure
    words: str


def drawing(name: str, colors: Palette) -> Drawing | None:
    """Return the picture of a score; None where there is none.

    Args:
        name: Of the score.
        colors: Of the theme.
    """
    make = _DRAWINGS.get(name)
    return make(colors) if make else None


def _el2n(colors: Palette) -> Drawing:
    figure = _figure(colors)
    for group, probs in (("easy: 0.10", (0.92, 0.05, 0.03)), ("hard: 1.29", (0.08, 0.90, 0.02))):
        bars = [[group] * 3, ["cat", "dog", "frog"]]
        figure.add_bar(x=bars, y=probs, marker_color=[colors.primary, *[colors.muted] * 2], showlegend=False)
        figure.add_scatter(
            x=[each[:1] for each in bars], y=[1], mode="markers", marker=_mark(colors), showlegend=False
        )
    figure.update_yaxes(title="probability", range=[0, 1.08])
    words = "Labelled cat (◇ at 1). EL2N is how far the bars are from the label: 1 for cat, 0 for the others."
    return Drawing(figure, words)


def _grand(colors: Palette) -> Drawing:
    figure = _figure(colors)
    for number, (name, length) in enumerate((("easy", 0.25), ("hard", 1.8))):
        figure.add_annotation(
            x=length, y=number, ax=0, ay=number, xref="x", yref="y", axref="x", ayref="y",
            arrowhead=2, arrowwidth=3, arrowcolor=colors.primary, text="",
        )  # fmt: skip
        figure.add_annotation(x=-0.05, y=number, text=name, showarrow=False, xanchor="right")
    figure.update_xaxes(range=[-0.5, 2], title="length of the gradient")
    figure.update_yaxes(range=[-0.6, 1.6], visible=False)
    words = "The pull of one example on the weights, were it trained on alone: GraNd is the arrow's length."
    return Drawing(figure, words)


def _forgetting(colors: Palette) -> Drawing:
    rows = {"easy": "011111111111", "forgotten twice": "001101110111", "never learned": "000000000000"}
    grid = [[int(sign) for sign in row] for row in rows.values()]
    figure = _figure(colors)
    figure.add_heatmap(
        z=grid, x=_EPOCHS, y=list(rows), showscale=False, xgap=2, ygap=4,
        colorscale=[[0, colors.line], [1, colors.primary]],
    )  # fmt: skip
    figure.update_xaxes(title="epoch")
    words = "Filled: the model was right. A step from filled to empty is one forgetting."
    return Drawing(figure, words)


def _margin(colors: Palette) -> Drawing:
    figure = _figure(colors)
    lines = (("easy: stays above", 6 * _SURE - 1), ("label looks wrong: stays below", 2.5 - 5 * _SURE))
    for (name, values), dash in zip(lines, ("solid", "dash"), strict=True):
        color = colors.primary if dash == "solid" else colors.others[0]
        figure.add_scatter(x=_EPOCHS, y=values, name=name, line={"color": color, "dash": dash})
    figure.add_hline(y=0, line_color=colors.muted, line_width=1)
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title="margin")
    words = (
        "Logit of the label less the largest other. AUM is the mean of a line: below 0, another class won."
    )
    return Drawing(figure, words)


def _curves(colors: Palette) -> go.Figure:
    figure = _figure(colors)
    lines = (
        ("easy", _SURE, "solid", colors.primary),
        ("ambiguous", _UNSURE, "dot", colors.others[1]),
        ("label looks wrong", _NEVER, "dash", colors.others[0]),
    )
    for name, values, dash, color in lines:
        figure.add_scatter(x=_EPOCHS, y=values, name=name, line={"color": color, "dash": dash})
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title="p(label)", range=[0, 1.05])
    return figure


def _confidence(colors: Palette) -> Drawing:
    return Drawing(_curves(colors), "Confidence is the mean height of a line: low for the dashed one.")


def _variability(colors: Palette) -> Drawing:
    return Drawing(_curves(colors), "Variability is how much a line moves: most for the dotted one.")


def _control(colors: Palette) -> Drawing:
    figure = _figure(colors)
    depth = np.linspace(0, 1, 50)
    figure.add_scatter(
        x=100 * depth, y=100 * (1 - (1 - depth) ** 6), name="a good score", line={"color": colors.primary}
    )
    line = {"color": colors.muted, "dash": "dash"}
    figure.add_scatter(x=100 * depth, y=100 * depth, name="random", line=line)
    figure.update_xaxes(title="looked at, %")
    figure.update_yaxes(title="found, %")
    words = "Wrong labels found against images looked at: a score must lie above the control."
    return Drawing(figure, words)


def _mark(colors: Palette) -> dict[str, object]:
    return {"symbol": "diamond-open", "size": 11, "color": colors.text, "line": {"width": 2}}


def _figure(colors: Palette) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor=colors.ground,
        plot_bgcolor=colors.ground,
        font={"color": colors.text, "size": 12},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        dragmode=False,
    )
    figure.update_xaxes(gridcolor=colors.line, zeroline=False, automargin=True, fixedrange=True)
    figure.update_yaxes(gridcolor=colors.line, zeroline=False, automargin=True, fixedrange=True)
    return figure


_DRAWINGS: dict[str, Callable[[Palette], Drawing]] = {
    "el2n": _el2n,
    "grand": _grand,
    "grand_last_layer": _grand,
    "forgetting": _forgetting,
    "never_learned": _forgetting,
    "margin": _margin,
    "confidence": _confidence,
    "variability": _variability,
    "random": _control,
    "input_norm": _control,
}
