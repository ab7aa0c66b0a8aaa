"""Compare: which images stand apart, by two scores, by how they were learned, by what the models see."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import state
from app.commands import show_commands
from app.compare.coloring import CLASS, DECISION, FLIPPED, MOST_CLASSES, SUSPECT, color_by
from app.compare.picking import PICKED, picked_now
from app.compare.places import (
    CONFIDENCE,
    MAP_TITLES,
    VARIABILITY,
    Places,
    cartography_places,
    map_methods,
    map_places,
    offer_map,
    score_places,
)
from app.components.scatter import Card, Cloud, scatter
from app.decisions import held
from app.failures import shown_failures
from app.frame import OpenedRun, closed_link, open_run_page, page_link, say_missing_score
from app.text import plain, plain_name
from app.tiles import tile_of
from datadiet.export.shown import score_title

VIEW, X, Y, COLOR, FOCUS = "view", "x", "y", "color", "class"  # query parameters
VIEWS = {"scores": "Two scores", "cartography": "Cartography", "map": "Map of features"}
COLORS = {CLASS: "label", SUSPECT: "looks wrong", FLIPPED: "◆ flipped on purpose", DECISION: "decision"}
ALL_CLASSES = "all classes"
BOX = 152  # pixels, of a list: three beside each other at 1,024, all in a row at 1,440
POINTS = "compare-points"  # key of the component
KEYS = (
    ("l, b, m", "lasso, box, move"),
    ("arrows, + and -, 0", "move, zoom, see all"),
    ("n, p", "show the next image in view, the one before; from the middle outwards"),
    ("Space", "pick the image that is shown"),
    ("Enter", "pick all in view"),
    ("Shift", "add to what is picked"),
    ("Esc", "pick none"),
)


def show_page() -> None:
    """Show the controls, what the points mean, the points, and what can be done with those picked."""
    opened = open_run_page("Which images stand apart?", "compare", keys=KEYS)
    if opened is None:
        return
    scored = state.read_scores(state.workspace_root(), opened.run.run_id, opened.stamp)
    scores = with_decisions(opened, scored.scores)
    row = st.container(horizontal=True, gap="small", vertical_alignment="bottom")
    places = choose_places(opened, scores, scored.score_names, row)
    if places is None:
        return
    color, focus = choose_color(opened, scores, scored.score_names, row)
    st.markdown(places.sentence)
    show_points(opened, scores, places, color, focus)


def with_decisions(opened: OpenedRun, scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores with the decisions that hold now."""
    now = held(opened.files)
    decided = dict(zip(now["example_id"], now["decision"], strict=True))
    return scores.assign(decision=[decided.get(each, "") for each in scores["example_id"]])


def choose_places(
    opened: OpenedRun, scores: pd.DataFrame, names: list[str], row: DeltaGenerator
) -> Places | None:
    """Let the view and its axes be chosen; None after having said what is missing."""
    view = chosen(VIEW, VIEWS, "View", row)
    if view == "scores":
        titles = {name: score_title(name) for name in names}
        others = [name for name in ("margin", "grand", *names) if name in names and name != opened.score]
        x = chosen(X, titles, "Across", row, default=opened.score)
        y = chosen(Y, titles, "Upwards", row, default=(others or names)[0])
        shown = {state.query(Y): y, state.query(X): x}
        shown.pop(state.query(state.SCORE), None)  # was said already
        for asked, instead in shown.items():
            say_missing_score(opened.run, asked, names, shown=instead)
        return score_places(scores, x, y)
    if view == "cartography":
        if {CONFIDENCE, VARIABILITY} <= set(names):
            return cartography_places(scores)
        offer_cartography(opened, names)
        return None
    methods = map_methods(opened)
    if not methods:
        offer_map(opened)
        return None
    titles = {method: MAP_TITLES[method] for method in methods}
    method = chosen("map", titles, "Map", row) if len(methods) > 1 else methods[0]
    return map_places(opened, method)


def offer_cartography(opened: OpenedRun, names: list[str]) -> None:
    """Say which scores are missing and what computes them."""
    st.info("This run lacks the scores of cartography. They are computed from its history, in seconds, by:")
    missing = [name for name in (CONFIDENCE, VARIABILITY) if name not in names]
    show_commands(*(f"score {opened.run.run_id[:8]} --method {name}" for name in missing))


def choose_color(
    opened: OpenedRun, scores: pd.DataFrame, names: list[str], row: DeltaGenerator
) -> tuple[str, int | None]:
    """Return what the colours mean, and the class that alone is coloured where one is."""
    kinds = {name: title for name, title in COLORS.items() if is_known(name, scores)}
    kinds |= {name: score_title(name) for name in names}
    color = chosen(COLOR, kinds, "Colour", row, default=SUSPECT)  # of many classes only a mixture is seen
    if color != CLASS:
        return color, None
    class_names = opened.run.class_names
    titles = {str(index): plain_name(name) for index, name in enumerate(class_names)}
    every = {ALL_CLASSES: ALL_CLASSES} if len(class_names) <= MOST_CLASSES else {}
    focus = chosen(FOCUS, every | titles, "Class", row)
    return color, None if focus == ALL_CLASSES else int(focus)


def is_known(color: str, scores: pd.DataFrame) -> bool:
    """Return whether a colour would tell anything."""
    if color == FLIPPED:
        return bool(scores["is_flipped"].any())
    return color != SUSPECT or "is_suspect" in scores


def chosen(
    parameter: str, titles: dict[str, str], label: str, row: DeltaGenerator, *, default: str | None = None
) -> str:
    """Return which option the address names, else the default or first; a choice goes into the address."""
    key, asked, options = state.choice_key(parameter), state.query(parameter), list(titles)
    first = default if default in titles else options[0]
    if st.session_state.get(key) not in titles:
        st.session_state[key] = asked if asked in titles else first
    named, heard = titles.__getitem__, (parameter, first)
    if parameter == VIEW:
        row.segmented_control(
            label,
            options,
            format_func=named,
            key=key,
            on_change=remember,
            args=heard,
            label_visibility="collapsed",
        )
    else:
        row.selectbox(label, options, format_func=named, key=key, on_change=remember, args=heard, width=BOX)
    return str(st.session_state[key] or first)


def remember(parameter: str, first: str) -> None:
    """Put a choice into the address; none chosen means the first."""
    key = state.choice_key(parameter)
    st.session_state[key] = st.session_state[key] or first
    state.set_query(parameter, str(st.session_state[key]))


@st.fragment
def show_points(
    opened: OpenedRun, scores: pd.DataFrame, places: Places, color: str, focus: int | None
) -> None:
    """Show the points and what is picked; pointing and picking rerun this part alone."""
    with shown_failures():
        colors, names = state.theme_colors(), opened.run.class_names
        coloring = color_by(color, scores, names, colors, focus=focus)
        decided = int((scores["decision"] != "").sum())
        cloud = Cloud(
            f"{opened.run.run_id}/{opened.stamp}/{places.version}",
            f"{color}/{focus}/{colors.ground}/{decided if color == DECISION else ''}",
            scores["example_id"].to_numpy(np.int32),
            places.points,
            coloring.codes,
            coloring.looks,
            coloring.legend,
            places.axes,
        )
        picked = picked_now(cloud, st.session_state.get(POINTS))
        scatter(
            cloud,
            colors,
            picked=picked,
            label="Images as points",
            card=lambda each: card_of(opened, scores, each),
            key=POINTS,
        )
        show_picked(scores, picked, names)


def card_of(opened: OpenedRun, scores: pd.DataFrame, example_id: int) -> Card:
    """Return the picture and the words of one example."""
    row = int(scores["example_id"].searchsorted(example_id))
    record = scores.iloc[row].to_dict()
    note = "mislabel_score" if "mislabel_score" in record else f"{opened.score}_percentile"
    tile = tile_of(record, opened.run.class_names, opened.score, note_column=note)
    return Card(tile.caption, tile.details, opened.files.images.thumbnail(example_id))


def show_picked(scores: pd.DataFrame, rows: np.ndarray, class_names: list[str]) -> None:
    """Say what is picked and offer to look at it as pictures."""
    row = st.container(horizontal=True, gap="small", vertical_alignment="center")
    num = len(rows)
    title = f"Look at these {num:,} in Browse" if num > 1 else "Look at this one in Browse"
    with row:  # links: what a button sends elsewhere puts an address between these points and Back
        if num:
            page_link("browse", title, ids=state.query(PICKED) or "")
        else:
            closed_link("browse", "Look at them in Browse")
        st.markdown(
            picked_sentence(scores.iloc[rows], class_names)
            if num
            else ":gray[Drag around points to pick them.]"
        )


def picked_sentence(picked: pd.DataFrame, class_names: list[str]) -> str:
    """Return what the picked images are, as Markdown: their commonest labels, and how many look wrong."""
    counts = picked["label"].value_counts()
    labels = [f"{plain(class_names[int(str(label))])} {count:,}" for label, count in counts.head(4).items()]
    rest = len(picked) - int(counts.head(4).sum())
    parts = [", ".join(labels) + (f" and {rest:,} others" if rest else "")]
    if "is_suspect" in picked:
        num = int(picked["is_suspect"].sum())
        parts.append(f"{num:,} look wrong ({100 * num / len(picked):.0f} %)")
    if flipped := int(picked["is_flipped"].sum()):
        parts.append(f"◆ {flipped:,} flipped on purpose")
    return " · ".join(parts)


with shown_failures():
    show_page()
