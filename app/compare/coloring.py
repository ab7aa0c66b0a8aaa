"""What the colours of points mean: a class, a decision, a planted flip, a suspect, or a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from plotly.colors import get_colorscale, sample_colorscale

from app.components.scatter import Legend, Look
from app.palette import DARK, Palette
from app.text import plain_name
from datadiet.export.shown import score_title

CLASS, DECISION, FLIPPED, SUSPECT = "class", "decision", "flipped", "suspect"
MOST_CLASSES = 10  # that colours and shapes tell apart
NUM_SHADES = 255  # of a score; the last code is for images without one
_OKABE_ITO = ("#E69F00", "#56B4E9", "#009E73", "#B8A500", "#0072B2", "#D55E00", "#CC79A7", "#777777")
_SHAPES = ("circle", "square", "triangle", "diamond", "cross")  # as many as are prime to the colours


@dataclass(frozen=True)
class Coloring:
    """A code for each row, how each code looks, and what it means."""

    codes: NDArray[np.uint8]  # (N,)
    looks: list[Look]
    legend: Legend


def color_by(
    what: str, scores: pd.DataFrame, class_names: Sequence[str], colors: Palette, *, focus: int | None
) -> Coloring:
    """Return the colours of every row.

    Args:
        what: ``class``, ``decision``, ``flipped``, ``suspect``, or a score.
        scores: What ``run.scores()`` returns, with the decisions that hold now.
        class_names: By index.
        colors: Of the theme.
        focus: The class that alone is coloured; None for all, where colours suffice.
    """
    if what == CLASS:
        return by_class(scores["label"].to_numpy(np.int64), class_names, colors, focus=focus)
    if what == DECISION:
        return by_decision(scores["decision"], colors)
    if what == FLIPPED:
        return marked(
            scores["is_flipped"].to_numpy(bool), "flipped on purpose", "diamond", colors.planted, colors
        )
    if what == SUSPECT:
        return marked(scores["is_suspect"].to_numpy(bool), "looks wrong", "triangle", colors.drop, colors)
    return by_score(scores, what, is_dark=colors == DARK)


def by_class(
    labels: NDArray[np.int64], class_names: Sequence[str], colors: Palette, *, focus: int | None
) -> Coloring:
    """Return a colour and a shape a class; or one class on top of the others, which are quiet."""
    if focus is not None:
        found = marked(labels == focus, plain_name(class_names[focus]), "circle", colors.primary, colors)
        return Coloring(found.codes, found.looks, Legend("label", found.legend.entries))
    shown = min(len(class_names), MOST_CLASSES)
    looks = [Look(_OKABE_ITO[i % len(_OKABE_ITO)], _SHAPES[i % len(_SHAPES)]) for i in range(shown)]
    entries = [(plain_name(class_names[i]), i) for i in range(shown)]
    return Coloring(labels.astype(np.uint8), looks, Legend("label", entries))


def by_decision(decisions: pd.Series[str], colors: Palette) -> Coloring:
    """Return the decisions with their signs, undecided images quiet below them."""
    kinds = (
        ("", "nobody decided", quiet_look(colors)),
        ("keep", "✓ keep", Look(colors.keep, "circle", 0.95, 0.6, is_on_top=True)),
        ("relabel", "→ another class", Look(colors.relabel, "triangle", 0.95, 0.6, is_on_top=True)),
        ("new_class", "→ a new class", Look(colors.relabel, "square", 0.95, 0.6, is_on_top=True)),
        ("drop", "✕ drop", Look(colors.drop, "cross", 0.95, 0.6, is_on_top=True)),
        ("no_class", "✕ no class", Look(colors.drop, "diamond", 0.95, 0.6, is_on_top=True)),
        ("unsure", "? unsure", Look(colors.unsure, "square", 0.95, 0.6, is_on_top=True)),
    )
    codes = np.zeros(len(decisions), np.uint8)
    for code, (word, _, _) in enumerate(kinds):
        codes[(decisions == word).to_numpy()] = code
    entries = [(text, code) for code, (_, text, _) in enumerate(kinds)]
    return Coloring(codes, [look for _, _, look in kinds], Legend("decision", entries))


def marked(is_marked: NDArray[np.bool_], text: str, shape: str, color: str, colors: Palette) -> Coloring:
    """Return some rows in a colour and a shape on top of the others, which are quiet."""
    entries = [(text, 1), ("all others", 0)]
    looks = [quiet_look(colors), Look(color, shape, 0.9, 0.55, is_on_top=True)]
    return Coloring(is_marked.astype(np.uint8), looks, Legend("", entries))


def by_score(scores: pd.DataFrame, score: str, *, is_dark: bool) -> Coloring:
    """Return cividis over the percentile of a score: light is easy, dark is hard; turned in a dark theme."""
    percentile = scores[f"{score}_percentile"].to_numpy(np.float64)
    is_known = np.isfinite(percentile)
    codes = np.full(len(percentile), NUM_SHADES, np.uint8)
    codes[is_known] = np.round(percentile[is_known] * (NUM_SHADES - 1)).astype(np.uint8)
    shades = cividis(NUM_SHADES, is_dark=is_dark)
    looks = [Look(shade) for shade in shades]
    entries = [("without this score", NUM_SHADES)]
    looks.append(Look("#8A96A3", "cross", 0.4, 0.3))
    return Coloring(codes, looks, Legend(score_title(score), entries, (shades[::32], "easy", "hard")))


def cividis(num: int, *, is_dark: bool) -> list[str]:
    """Return shades from easy to hard as ``#RRGGBB``; the hard end stands out from the ground."""
    places = np.linspace(0.06, 0.97, num)
    order = places if is_dark else places[::-1]
    triples = sample_colorscale(get_colorscale("cividis"), list(order), colortype="tuple")
    return ["#{:02X}{:02X}{:02X}".format(*(round(255 * part) for part in triple)) for triple in triples]


def quiet_look(colors: Palette) -> Look:
    """Return how rows look that are not spoken of."""
    return Look(colors.muted, "circle", 0.28, 0.3)
