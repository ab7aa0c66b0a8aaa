"""The frontier of the quick profile as a picture: seconds on a logarithmic axis against four measures."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter, LogLocator

from datadiet.export.figure_look import PaperLook

LOOK = PaperLook()
INCHES, DOTS = (11.0, 9.0), 130
STYLE: Any = {"font.family": ["DejaVu Sans"], "font.size": 10, "text.parse_math": False}
FAMILIES = {  # by what a setting's name has: words, a colour that the colour-blind tell apart, sign
    "start": ("start", "#000000", "*"),
    "stem": ("stem of 16", "#882255", "h"),
    "of the side": ("rising side", "#44AA99", "^"),
    "SGD": ("SGD", "#E69F00", "s"),
    "float32": ("precision, layout", "#56B4E9", "v"),
    "NCHW": ("precision, layout", "#56B4E9", "v"),
    "narrow": ("narrow", "#009E73", "<"),
    "wide": ("wide", "#D55E00", ">"),
    "ResNet": ("ResNet-18", "#CC79A7", "D"),
    "reference": ("the reference", "#7A7A7A", "X"),
    "batch": ("batch", "#9A8700", "P"),
    "epoch": ("epochs", "#0072B2", "o"),
}
PANELS = {
    "test_accuracy": "Test accuracy of one model",
    "half_to_half": "EL2N: half of the seeds like the other half",
    "auroc": "AUROC of planted flips, mean EL2N of 1, 2, 4 seeds",
    "reference_spearman": "Rank agreement with the reference, 1, 2, 4 seeds",
}
AROUND = [  # points from the sign, near ones first
    *((6, 4), (6, -10), (-6, 4), (-6, -10), (0, 8), (0, -14), (12, 0), (-12, 0)),
    *((16, 8), (16, -14), (-16, 8), (-16, -14), (0, 18), (0, -24), (22, -3), (-22, -3)),
]
HALO = [withStroke(linewidth=2, foreground=LOOK.ground)]

Place = tuple[float, float]


def draw(entries: list[dict[str, Any]], title: str) -> bytes:
    """Return the figure as PNG; points carry the numbers of the table's lines.

    Args:
        entries: Of one set, in the table's order.
        title: Of the picture.
    """
    with mpl.rc_context(STYLE):
        picture = Figure(figsize=INCHES, dpi=DOTS, layout="constrained", facecolor=LOOK.ground)
        FigureCanvasAgg(picture)
        picture.suptitle(title, x=0.01, ha="left", fontsize=14, fontweight="bold", color=LOOK.text)
        for axes, (measure, words) in zip(picture.subplots(2, 2).flat, PANELS.items(), strict=True):
            panel(axes, entries, measure, words)
        named = {each.get_label(): each for axes in picture.axes for each in axes.get_lines()}
        shown = {words: named[words] for words, *_ in FAMILIES.values() if words in named}
        picture.legend(
            shown.values(), shown.keys(), loc="outside lower center", ncols=len(shown), frameon=False
        )
        picture.draw_without_rendering()
        for axes in picture.axes:
            place_numbers(axes)
        out = BytesIO()
        picture.savefig(out, format="png", dpi=DOTS, metadata={"Software": None})
    return out.getvalue()


def panel(axes: Axes, entries: list[dict[str, Any]], measure: str, words: str) -> None:
    """Draw one measure: a sign an ensemble, ensembles of one setting joined, the frontier as steps."""
    frame(axes, words)
    every: list[Place] = []
    for number, entry in enumerate(entries, start=1):
        places = places_of(entry, measure)
        if not places:
            continue
        _, color, sign = family = family_of(entry["setting"])
        axes.plot(
            *zip(*places, strict=True),
            color=color, marker=sign, markersize=9 if sign == "*" else 6, linewidth=0.8, label=family[0],
        )  # fmt: skip
        axes.annotate(
            str(number), places[-1], AROUND[0], textcoords="offset points",
            fontsize=8, color=LOOK.text, path_effects=HALO,
        )  # fmt: skip
        every += places
    if every:
        axes.step(*zip(*frontier(every), strict=True), where="post", color=LOOK.muted, linewidth=1, zorder=0)
    else:
        axes.text(0.5, 0.5, "not compared", transform=axes.transAxes, ha="center", color=LOOK.muted)


def frame(axes: Axes, words: str) -> None:
    """Give a panel its title, its grid and seconds that rise by factors."""
    axes.set_title(words, loc="left", fontsize=10, color=LOOK.text)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    axes.set_xlabel("CPU seconds of training and scoring", color=LOOK.muted)
    axes.grid(color=LOOK.line, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.08, y=0.1)


def places_of(entry: dict[str, Any], measure: str) -> list[Place]:
    """Return seconds and value of each ensemble that the measure knows; none where it was not measured."""
    found = entry.get(measure)
    if found is None:
        return []
    each = np.mean([seed["train_cpu_seconds"] + seed["score_cpu_seconds"] for seed in entry["seeds"]])
    if isinstance(found, dict):
        return [(int(size) * each, value) for size, value in found.items()]
    return [(each * (entry["num_seeds"] if measure == "half_to_half" else 1), found)]


def family_of(setting: str) -> tuple[str, str, str]:
    """Return the words, colour and sign of a setting: those of the first family that its name has."""
    return next(look for name, look in FAMILIES.items() if name in setting)


def frontier(places: list[Place]) -> list[Place]:
    """Return the places that no other beats in both seconds and value, fewest seconds first."""
    best: list[Place] = []
    for place in sorted(places, key=lambda place: (place[0], -place[1])):
        if not best or place[1] > best[-1][1]:
            best.append(place)
    return best


def place_numbers(axes: Axes) -> None:
    """Move each number to where it covers least of the signs and of the numbers before it."""
    signs = [axes.transData.transform(line.get_xydata()) for line in axes.get_lines()]
    taken = [place for line in signs for place in line]
    scale = DOTS / 72
    for number in [each for each in axes.texts if isinstance(each, Annotation)]:
        at = axes.transData.transform(number.xy)
        spots = [at + scale * np.array(offset) for offset in AROUND]
        room = [min(np.hypot(*(spot - other)) for other in taken) for spot in spots]
        best = int(np.argmax(np.minimum(room, 8 * scale)))
        number.set_position(AROUND[best])
        number.set_horizontalalignment(("right", "center", "left")[1 + int(np.sign(AROUND[best][0]))])
        taken.append(spots[best])
