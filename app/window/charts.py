"""What a study found as lines: accuracy against the offset of windows, and against the kept images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.charts import styled
from app.palette import Palette
from app.window.message import Place
from app.window.reading import Findings
from datadiet.study.summary import plain_rows, point_rows
from datadiet.study.verdict import Mean

_HEIGHT = 360  # pixels
_FEW = 6  # points, below which the axis holds them all with their bars
_SHARE_ENDS = (-0.002, 1.002)  # of an axis of accuracies at most, so that a point at 0 % or 100 % is whole
_ROOM = 0.05  # accuracy left free around few points
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
_RULES = {  # lines of the pruning curve: name, sign of its points
    "window": ("best window", "star"),
    "hardest": ("hardest", "triangle-up"),
    "easiest": ("easiest", "triangle-down"),
    "covering": ("covering", "square"),
    "input_norm": ("input norm", "x"),
    "random": ("random", "circle"),
}


@dataclass(frozen=True)
class Line:
    """Points of one line, their standard errors (NaN below two seeds) and their windows."""

    name: str
    x: Sequence[float]
    means: Sequence[Mean]
    windows: Sequence[tuple[float, float]]  # keep fraction, window offset

    def hover(self) -> list[str]:
        """Return what is said of each point."""
        return [
            f"keep {100 * keep:g} % from {100 * offset:g} %: {mean.words()} %, {mean.num_seeds} "
            f"seed{'' if mean.num_seeds == 1 else 's'}"
            for mean, (keep, offset) in zip(self.means, self.windows, strict=True)
        ]


def window_lines(found: Findings) -> list[Line]:
    """Return a line a keep fraction: its measured windows from the easiest to the hardest."""
    lines = []
    measured = found.measured
    for keep in found.keep_fractions:
        mine = np.flatnonzero(np.abs(measured.windows[:, 0] - keep) < 1e-6)
        mine = mine[np.argsort(measured.windows[mine, 1])]
        offsets = [float(measured.windows[each, 1]) for each in mine]
        means = [found.own_mean(keep, offset) for offset in offsets]
        lines.append(
            Line(f"{100 * keep:g} %", offsets, [m for m in means if m], [(keep, o) for o in offsets])
        )
    return lines


def offset_chart(found: Findings, place: Place, colors: Palette) -> go.Figure:
    """Return accuracy against the window offset, a line a keep fraction, beside random and all data.

    The paper's second figure. Error bars are standard errors over seeds.
    """
    figure = go.Figure()
    lines = window_lines(found)
    shades = line_colors(colors, len(lines))
    for number, line in enumerate(lines):
        _add_line(figure, line, shades[number], "circle", _DASHES[number % len(_DASHES)])
        keep = line.windows[0][0]
        random = next((mean for known, mean in found.controls if abs(known - keep) < 1e-6), None)
        if random is not None:
            _add_control(figure, random, (0.0, max(line.x)), shades[number], f"random {100 * keep:g} %")
    _set_accuracy_axis(figure, found, lines, colors)
    _add_everything(figure, found.everything, colors)
    figure.update_layout(legend_title_text="keep")
    figure.add_vline(x=place.offset, line={"color": colors.primary, "width": 1, "dash": "dot"})
    figure.update_xaxes(
        title="window offset: share of easier images left out",
        tickformat=".0%",
        showgrid=False,
        range=_offset_ends(lines, place),
    )
    figure.update_yaxes(title=f"{found.split} accuracy", tickformat=".1%")
    return laid_out(figure, colors)


def curve_lines(found: Findings) -> list[Line]:
    """Return a line a rule: accuracy at each number of kept images; of windows, the best at each size."""
    split = found.split or "validation"
    rows = [row for row in point_rows(plain_rows(found.every)) if row[f"{split}_accuracy"] is not None]
    by_rule: dict[str, dict[float, tuple[int, Mean, tuple[float, float]]]] = {}
    for row in rows:
        rule = "input_norm" if row["score"] == "input_norm" else row["rule"]
        keep, offset = row["keep_fraction"], row["window_offset"]
        error = row[f"{split}_accuracy_se"]
        mean = Mean(row[f"{split}_accuracy"], np.nan if error is None else error, row["num_seeds"])
        for name in _rules_of(rule, row["score"], keep, offset, found):
            known = by_rule.setdefault(name, {}).get(keep)
            if known is None or mean.mean > known[1].mean:
                by_rule[name][keep] = (row["num_kept"], mean, (keep, offset))
    lines = []
    for name, (title, _) in _RULES.items():
        found_points = [by_rule[name][keep] for keep in sorted(by_rule.get(name, {}))]
        if found_points:
            sizes, means, windows = zip(*found_points, strict=True)
            lines.append(Line(title, sizes, means, windows))
    return lines


def _rules_of(rule: str, score: str, keep: float, offset: float, found: Findings) -> list[str]:
    """Return the lines that a point belongs to: a window at an end is the easiest or the hardest too."""
    if rule != "window":
        return [rule] if rule in _RULES else []
    if score not in set(found.retrainings["score"]) or keep >= 1:
        return []
    ends = ["easiest"] if offset < 1e-6 else ["hardest"] if offset > 1 - keep - 1e-6 else []
    return ["window", *ends]


def curve_chart(found: Findings, colors: Palette) -> go.Figure:
    """Return accuracy against the kept images, a line a rule: the paper's first figure."""
    figure = go.Figure()
    lines = curve_lines(found)
    shades = {"best window": colors.primary, "random": colors.muted}
    others = iter([*colors.others, *colors.seeds])
    signs = dict(_RULES.values())
    for number, line in enumerate(lines):
        color = shades.get(line.name) or next(others)
        _add_line(
            figure, line, color, signs[line.name], "dot" if line.name == "random" else _DASHES[number % 3]
        )
    _set_accuracy_axis(figure, found, lines, colors)
    _add_everything(figure, found.everything, colors)
    most = float(found.every["num_kept"].max()) if len(found.every) else 1.0
    figure.update_xaxes(title="kept images", tickformat=",d", showgrid=False, range=[0.0, 1.05 * most])
    figure.update_yaxes(title=f"{found.split} accuracy", tickformat=".1%")
    return laid_out(figure, colors)


UNCHANGED: dict[str, Any] = {  # by a click, which takes a point and selects none
    "selected": {"marker": {"opacity": 1}},
    "unselected": {"marker": {"opacity": 1}},
}


def _add_line(figure: go.Figure, line: Line, color: str, symbol: str, dash: str) -> None:
    errors = [_bar(mean) for mean in line.means]
    figure.add_scatter(
        x=list(line.x),
        y=[mean.mean for mean in line.means],
        error_y={"array": errors, "color": color, "thickness": 1.5, "width": 3},
        name=line.name,
        mode="lines+markers",
        line={"color": color, "width": 2, "dash": dash},
        marker={"color": color, "size": 9, "symbol": symbol},
        customdata=[list(window) for window in line.windows],
        text=line.hover(),
        hovertemplate="%{text}<extra>%{fullData.name}</extra>",
        **UNCHANGED,
    )


def _offset_ends(lines: Sequence[Line], place: Place) -> list[float]:
    """Return the ends of an axis of window offsets: up to the last window, to 1 where there is none."""
    offsets = [offset for line in lines for offset in line.x]
    far = max([*offsets, place.offset, 0.2]) if offsets else 1.0
    return [-0.02, min(1.0, far + 0.03)]


def _accuracy_ends(found: Findings, lines: Sequence[Line]) -> tuple[float, float]:
    """Return the ends of an axis of accuracies, within [0, 1] whatever the error bars."""
    points = [mean for line in lines for mean in line.means]
    random = [mean for _, mean in found.controls]
    everything = [found.everything] if found.everything else []
    if len(points) >= _FEW:
        low, high = _ends_of_many(points, random, everything)
    else:
        low, high = _ends_of_few([*points, *random, *everything])
    return max(low, _SHARE_ENDS[0]), min(high, _SHARE_ENDS[1])


def _ends_of_many(
    points: Sequence[Mean], random: Sequence[Mean], everything: Sequence[Mean]
) -> tuple[float, float]:
    """Return ends that begin below what matters: a collapsed window would press all others together."""
    means, controls = [mean.mean for mean in points], [mean.mean for mean in random]
    low = min(float(np.quantile(means, 0.25)), *controls, max(means) - 0.02)
    high = max([*means, *controls, *(mean.mean for mean in everything)])
    pad = 0.12 * (high - low)
    return low - pad, high + pad


def _ends_of_few(means: Sequence[Mean]) -> tuple[float, float]:
    """Return ends that hold all with their error bars; the whole of [0, 1] where there is none."""
    if not means:
        return _SHARE_ENDS
    low = min(each.mean - _bar(each) for each in means)
    high = max(each.mean + _bar(each) for each in means)
    return low - _ROOM, high + _ROOM


def _bar(mean: Mean) -> float:
    """Return the length of an error bar: the standard error, 0 where it is not known."""
    return mean.standard_error if np.isfinite(mean.standard_error) else 0.0


def _set_accuracy_axis(figure: go.Figure, found: Findings, lines: Sequence[Line], colors: Palette) -> None:
    """End the axis where accuracies do; what lies below it is marked at its foot, its accuracy on hover."""
    bottom, top = _accuracy_ends(found, lines)
    figure.update_yaxes(range=[bottom, top])
    below = [
        (x, words, window)
        for line in lines
        for x, mean, words, window in zip(line.x, line.means, line.hover(), line.windows, strict=True)
        if mean.mean < bottom
    ]
    if below:
        figure.add_scatter(
            x=[x for x, _, _ in below], y=[bottom + 0.025 * (top - bottom)] * len(below), mode="markers",
            marker={"symbol": "triangle-down-open", "size": 10, "color": colors.muted, "line": {"width": 2}},
            name="below the axis", showlegend=False, text=[words for _, words, _ in below],
            customdata=[list(window) for _, _, window in below],
            hovertemplate="%{text}<extra>below the axis</extra>", **UNCHANGED,
        )  # fmt: skip


def _add_control(figure: go.Figure, mean: Mean, ends: tuple[float, float], color: str, name: str) -> None:
    """Draw random of one size as a thin line with its error bar at the end."""
    error = _bar(mean)
    figure.add_scatter(
        x=[ends[0] - 0.01, ends[1] + 0.01],
        y=[mean.mean, mean.mean],
        error_y={"array": [0.0, error], "color": color, "thickness": 1, "width": 4},
        name=name,
        mode="lines",
        line={"color": color, "width": 1, "dash": "dot"},
        showlegend=False,
        hovertemplate=f"{name}: {mean.words()} %, {mean.num_seeds} seeds<extra></extra>",
    )


def _add_everything(figure: go.Figure, everything: Mean | None, colors: Palette) -> None:
    if everything is None:
        return
    error = _bar(everything)
    if error:
        figure.add_hrect(
            y0=everything.mean - error,
            y1=everything.mean + error,
            fillcolor=colors.muted,
            opacity=0.18,
            line_width=0,
        )
    figure.add_hline(
        y=everything.mean,
        line={"color": colors.muted, "width": 1},
        annotation={
            "text": f"all images {everything.words()} %",
            "font": {"color": colors.muted, "size": 11},
            "bgcolor": colors.ground,
        },
        annotation_position="top right",
    )


def line_colors(colors: Palette, num: int) -> list[str]:
    """Return ``num`` colours for lines that are told apart by their dashes too."""
    known = [colors.primary, *colors.others, colors.planted, colors.text]
    return [known[each % len(known)] for each in range(num)]


def laid_out(figure: go.Figure, colors: Palette) -> go.Figure:
    """Return a figure of Window in the look and the height that they share."""
    figure = styled(figure, colors)
    return figure.update_layout(
        height=_HEIGHT, hovermode="closest", margin={"l": 8, "r": 24, "t": 48, "b": 8}
    )
