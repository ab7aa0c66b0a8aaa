"""A study's retrainings as Plotly figures: accuracy against kept examples, and over sliding windows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from datadiet.export.figure_look import Look, framed
from datadiet.export.shown import score_title
from datadiet.selection.orders import parse_pacing
from datadiet.study.summary import plain_rows, point_rows, split_of

_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
_SIGNS = ("circle", "triangle-up", "square", "diamond", "x", "triangle-down")
CURVE_COLUMNS = ("line", "num_kept", "keep_fraction", "accuracy", "standard_error", "num_seeds")
CURRICULUM_COLUMNS = ("curriculum", "score", "order", "accuracy", "standard_error", "num_seeds")
WINDOW_COLUMNS = ("score", "keep_fraction", "window_offset", "accuracy", "standard_error", "num_seeds")


def curve_table(retrainings: pd.DataFrame) -> pd.DataFrame:
    """Return accuracy against kept examples, a line a rule and score; all data belongs to every line.

    Args:
        retrainings: A RETRAININGS table.

    Returns:
        Columns of CURVE_COLUMNS; empty where nothing but windows was retrained on.
    """
    rows = [
        {"line": name, **_values(row, split)}
        for row, split in _rows(retrainings)
        if (name := _line_of(row["rule"], row["score"])) is not None
    ]
    return pd.DataFrame(rows, columns=list(CURVE_COLUMNS)).sort_values(
        ["line", "num_kept"], ignore_index=True
    )


def window_table(retrainings: pd.DataFrame) -> pd.DataFrame:
    """Return accuracy of every window that was retrained on; columns of WINDOW_COLUMNS.

    Args:
        retrainings: A RETRAININGS table.
    """
    rows = [
        {"score": row["score"], "window_offset": row["window_offset"], **_values(row, split)}
        for row, split in _rows(retrainings)
        if row["rule"] == "window"
    ]
    frame = pd.DataFrame(rows, columns=list(WINDOW_COLUMNS))
    return frame.sort_values(["score", "keep_fraction", "window_offset"], ignore_index=True)


def curriculum_table(retrainings: pd.DataFrame) -> pd.DataFrame:
    """Return accuracy of every curriculum, all data shuffled first; columns of CURRICULUM_COLUMNS.

    Args:
        retrainings: A RETRAININGS table.

    Returns:
        Empty where no curriculum was retrained.
    """
    rows = [
        {"curriculum": _paced(row), "score": row["score"], "order": row["order"], **_values(row, split)}
        for row, split in _rows(retrainings)
        if row["rule"] in {"all", "curriculum"}
    ]
    frame = pd.DataFrame(rows, columns=list(CURRICULUM_COLUMNS)).sort_values(
        ["order", "score"], ignore_index=True
    )
    return frame if (frame["order"] != "").any() else frame.head(0)


def _paced(row: dict[str, Any]) -> str:
    if not row["order"]:
        return "shuffled"
    by = f", by {score_title(row['score'])}" if row["score"] else ""
    return f"{parse_pacing(row['order']).words()}{by}"


def _rows(retrainings: pd.DataFrame) -> list[tuple[dict[str, Any], str]]:
    split = split_of(retrainings)
    if split is None:
        return []
    found = [(row, split) for row in point_rows(plain_rows(retrainings))]
    return [(row, split) for row, split in found if row[f"{split}_accuracy"] is not None]


def _line_of(rule: str, score: str) -> str | None:
    if rule == "hardest":
        return f"hardest by {score_title(score)}"
    return rule if rule in {"random", "covering", "all"} else None


def _values(row: dict[str, Any], split: str) -> dict[str, Any]:
    return {
        "num_kept": row["num_kept"],
        "keep_fraction": row["keep_fraction"],
        "accuracy": row[f"{split}_accuracy"],
        "standard_error": row[f"{split}_accuracy_se"],
        "num_seeds": row["num_seeds"],
    }


def curve_figure(table: pd.DataFrame, look: Look) -> go.Figure:
    """Return accuracy against kept examples: a line a rule, all data a level of its own."""
    figure = go.Figure()
    for place, (name, rows) in enumerate(table[table["line"] != "all"].groupby("line")):
        figure.add_trace(_line(rows, "num_kept", str(name), place, look))
    for _, row in table[table["line"] == "all"].iterrows():
        figure.add_hline(y=row["accuracy"], line={"color": look.muted, "width": 1, "dash": "dot"})
    figure.update_xaxes(title="kept images", tickformat=",d", showgrid=False, rangemode="tozero")
    figure.update_yaxes(title="accuracy", tickformat=".1%")
    figure.update_layout(showlegend=True)  # of a single line too: it may be the best window or random
    return framed(figure, look)


def window_figure(table: pd.DataFrame, look: Look) -> go.Figure:
    """Return accuracy over the window offset, a line a score and keep fraction."""
    figure = go.Figure()
    for place, ((score, keep), rows) in enumerate(table.groupby(["score", "keep_fraction"])):
        name = f"keep {100 * float(str(keep)):g} % by {score_title(str(score))}"
        figure.add_trace(_line(rows, "window_offset", name, place, look))
    figure.update_xaxes(
        title="window offset: share of easier images left out", tickformat=".0%", showgrid=False
    )
    figure.update_yaxes(title="accuracy", tickformat=".1%")
    return framed(figure, look)


def curriculum_figure(table: pd.DataFrame, look: Look) -> go.Figure:
    """Return a point a curriculum with its standard error; shuffled is the level to beat."""
    figure = go.Figure()
    shuffled = table[table["order"] == ""]
    for _, row in shuffled.iterrows():
        figure.add_vline(x=row["accuracy"], line={"color": look.muted, "width": 1, "dash": "dot"})
    for name, rows, color in (
        ("shuffled", shuffled, look.muted),
        ("in stages", table[table["order"] != ""], look.primary),
    ):
        figure.add_trace(
            go.Scatter(
                x=rows["accuracy"],
                y=rows["curriculum"],
                error_x={"array": rows["standard_error"].astype(float).fillna(0.0), "color": color},
                mode="markers",
                name=name,
                marker={"color": color, "size": 9},
                hovertemplate="%{y}: %{x:.1%}<extra></extra>",
            )
        )
    figure.update_xaxes(title="accuracy", tickformat=".1%")
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return framed(figure, look, height=160 + 32 * len(table))


def _line(rows: pd.DataFrame, x: str, name: str, place: int, look: Look) -> go.Scatter:
    shades = (look.primary, *look.others, look.muted)
    color = shades[place % len(shades)]
    return go.Scatter(
        x=rows[x],
        y=rows["accuracy"],
        error_y={"array": rows["standard_error"].astype(float).fillna(0.0), "color": color, "thickness": 1.5},
        mode="lines+markers",
        name=name,
        line={"color": color, "width": 2, "dash": _DASHES[place % len(_DASHES)]},
        marker={"color": color, "size": 8, "symbol": _SIGNS[place % len(_SIGNS)]},
        hovertemplate=f"{name}: %{{y:.1%}}<extra></extra>",
    )
