"""The brush with its actions, edges and figures; moving the window reruns this part alone."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app import state
from app.components.window_brush import mount_brush
from app.decisions import held
from app.downloads import show_download_failures, watched
from app.failures import shown_failures
from app.groups import show_starved
from app.text import plain, quiet
from app.window import charts, jobs, plane
from app.window.edges import show_edges
from app.window.fitting import Fitted, read_surface
from app.window.message import Brush, Place, brush_message
from app.window.place import best_place, current_place, force_place, latest_place
from app.window.ranks import Ranks, read_ranks
from app.window.shown import USUAL_SEEDS, Shown
from app.window.taking import window_download

CHART = {"displayModeBar": False, "responsive": True}
VIEWS = {"offset": "by offset", "size": "by kept images"}
_SEEDS, _VIEW, _DRAWN, _FAILURES = "window-seeds", "window-view", "window-shown", "download-failures"
_STARTS = "window-starts"  # session key: where a brush that the browser makes anew begins
MOST_SEEDS = 20
PAUSE = 0.2  # seconds between the images at the edges and the figures


def show_brush(shown: Shown) -> None:
    """Show the brush, what can be done with its window, the images at its edges, and the figures."""
    with shown_failures():
        ranks = read_ranks(shown.run_id, shown.opened.stamp, shown.score)
        st.session_state.pop(_STARTS, None)  # the whole page is drawn: a new brush begins where the window is
        _brush(shown, ranks, ranks.with_decisions(held(shown.opened.files)))


@st.fragment
def _brush(shown: Shown, ranks: Ranks, flags: NDArray[np.uint8]) -> None:
    """Show what follows the window; letting go of it reruns this alone."""
    with shown_failures():
        home = best_place(shown.found)
        place = current_place(ranks.version, home)
        brush, actions = st.container(), st.container()
        show_edges(shown.opened, ranks, place, state.theme_colors())  # first: they are waited for
        fitted = fit_of(shown)
        with brush:
            _mount(shown, ranks, flags, fitted, place, home)
        with actions:
            show_actions(shown, place)
            first, stop = ranks.bounds(place.keep, place.offset)
            show_starved(shown.opened, ranks.example_ids[first:stop])
        _let_images_be_drawn(place)
        show_charts(shown, fitted, place)


def _let_images_be_drawn(place: Place) -> None:
    """Wait a moment after a move: drawing figures would keep the browser from the images at the edges.

    Where the window is moved again meanwhile, Streamlit ends this run, and the figures are not drawn in vain.
    """
    before = st.session_state.get(_DRAWN)
    st.session_state[_DRAWN] = place
    if before is not None and before != place:
        time.sleep(PAUSE)


def fit_of(shown: Shown) -> Fitted:
    """Return the prediction of what is shown; none without a study."""
    if shown.chosen is None or shown.found is None:
        return Fitted(None, is_newest=True, version="")
    return read_surface(shown.chosen, shown.found)


def _mount(
    shown: Shown, ranks: Ranks, flags: NDArray[np.uint8], fitted: Fitted, place: Place, home: Place
) -> None:
    """Mount the brush; a move changes no place in the message, so that letting go does not send it anew."""
    starts: dict[str, Place] = st.session_state.setdefault(_STARTS, {})
    key = f"{ranks.version}/{place.turn}"
    if key not in starts:
        starts.clear()
        starts[key] = place
    mount_brush(
        brush_message(
            Brush(
                ranks=ranks,
                flags=flags,
                score=shown.score,
                class_names=shown.opened.run.class_names,
                found=shown.found,
                fitted=fitted,
                start=starts[key],
                home=home,
                colors=state.theme_colors(),
            )
        )
    )


def show_actions(shown: Shown, place: Place) -> None:
    """Offer to measure the window, and to take its list along."""
    num_seeds = int(st.session_state.get(_SEEDS, USUAL_SEEDS))
    asked = shown.asked(num_seeds)
    left = missing_of(shown, place, num_seeds)
    view = jobs.asked_already(jobs.window_command(asked, place.keep, place.offset))
    is_on = view is None and bool(left)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="window-actions"):
        st.button(
            **state.primary("Measure this window", ":material/model_training:", is_on=is_on),
            key="measure-window",
            shortcut="M",
            disabled=not is_on,
            help="Retrains on exactly these images, on all, and on as many random ones.",
            on_click=measure,
            args=(shown, num_seeds, place),
        )
        made = window_download(shown.opened.run, shown.score, place, shown.chosen, shown.found)
        failures: list[str] = st.session_state.setdefault(_FAILURES, [])
        st.download_button(
            made.title,
            watched(made.make, failures, made.title),
            made.file_name,
            made.mime,
            key="export-window",
            help=made.hint,
            icon=":material/download:",
            on_click="ignore",
            shortcut="E",
        )
        st.number_input("Seeds of each", 1, MOST_SEEDS, USUAL_SEEDS, key=_SEEDS, width=130)
        said = jobs.asked_words(view, "This window") if view else action_words(shown, place, left)
        st.markdown(quiet(plain(said)))
    show_download_failures()
    offer_random(shown, place, asked)


def missing_of(shown: Shown, place: Place, num_seeds: int) -> list[Any]:
    """Return the retrainings that measuring a window would run."""
    if shown.found is None:
        return [(None, seed) for seed in range(3 * num_seeds if place.keep < 1 else num_seeds)]
    return jobs.missing_for(shown.asked(num_seeds), place.keep, place.offset, shown.found.every)


def action_words(shown: Shown, place: Place, left: list[Any]) -> str:
    """Return what pressing «measure» would do and cost, and whether it would have to wait."""
    if not left:
        return "This window and its controls are measured with these seeds; more seeds make it surer."
    words = jobs.cost_words(len(left), shown.found.seconds if shown.found else None)
    if shown.found is None:
        return f"{words}: this window, all images, and random ones. {jobs.waiting_words()}".rstrip()
    kinds = dict.fromkeys(each.rule for each, _ in left)
    names = {"window": "this window", "all": "all images", "random": f"random {100 * place.keep:g} %"}
    named = ", ".join(names.get(kind, kind) for kind in kinds)
    return f"{words}: {named}. {jobs.waiting_words()}".rstrip()


def offer_random(shown: Shown, place: Place, asked: jobs.Asked) -> None:
    """Offer the random control of a window that was measured without one."""
    found = shown.found
    if found is None or place.keep >= 1 or found.measured_mean(place.keep, place.offset) is None:
        return
    if any(abs(keep - place.keep) < 1e-6 for keep, _ in found.controls):
        return
    argv = jobs.random_command(asked, place.keep)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Random of this size has not been run.", width="content")
        st.button(
            "Measure it too",
            key="measure-random",
            disabled=jobs.asked_already(argv) is not None,
            on_click=begin,
            args=(argv,),
        )


def measure(shown: Shown, num_seeds: int, seen: Place) -> None:
    """Measure the window as it stands now: it may have moved since the button was drawn."""
    place = latest_place(shown.run_id, seen)
    begin(jobs.window_command(shown.asked(num_seeds), place.keep, place.offset))


def begin(argv: list[str]) -> None:
    """Start a command; a failure is said at the top of the page's next run."""
    with shown_failures():
        jobs.start(argv)


def show_charts(shown: Shown, fitted: Fitted, place: Place) -> None:
    """Show the lines on the left and the surface on the right; a click on a point takes its window."""
    found = shown.found
    if found is None or found.split is None or not found.is_measured:
        return
    colors = state.theme_colors()
    left, right = st.columns(2, gap="medium")
    with left:
        with st.container(horizontal=True, vertical_alignment="top", horizontal_alignment="distribute"):
            st.subheader("Accuracy of windows", anchor=False, width="content")
            view = st.segmented_control(
                "Lines",
                list(VIEWS),
                format_func=VIEWS.__getitem__,
                key=_VIEW,
                default="offset",
                label_visibility="collapsed",
                required=True,
                width="content",
            )
        figure = (
            charts.curve_chart(found, colors) if view == "size" else charts.offset_chart(found, place, colors)
        )
        _chart(figure, f"window-{view}", shown.run_id)
        st.markdown(quiet(lines_words(view == "size")))
    with right:
        with st.container(horizontal=True, vertical_alignment="top"):  # as on the left: on one line with it
            st.subheader("Every window", anchor=False, width="content")
        _chart(plane.surface_chart(found, fitted.grid, place, colors), "window-surface", shown.run_id)
        st.markdown(quiet(surface_words(shown, fitted)))


def _chart(figure: Any, key: str, run_id: str) -> None:
    st.plotly_chart(
        figure,
        key=key,
        config=CHART,
        theme=None,
        on_select=lambda: take_point(key, run_id),
        selection_mode="points",
    )


def take_point(key: str, run_id: str) -> None:
    """Put the window where a point was clicked."""
    points = (st.session_state.get(key) or {}).get("selection", {}).get("points", [])
    window = points[0].get("customdata") if points else None
    values = list(window.values()) if isinstance(window, dict) else window
    if isinstance(values, list) and len(values) == 2:
        force_place(run_id, *values)


def lines_words(is_by_size: bool) -> str:  # ruff: ignore[boolean-type-hint-positional-argument] (a view)
    """Return how to read the lines."""
    ends = "Bars are standard errors over seeds; the band is all images; ▽ lies below the axis."
    if is_by_size:
        return (
            f"{ends} The best window of each size is picked by this very accuracy, so it flatters a little."
        )
    return f"{ends} Thin dotted lines are random images of the same number. Click a point to take its window."


def surface_words(shown: Shown, fitted: Fitted) -> str:
    """Return how to read the surface, and why there is no prediction where there is none."""
    if fitted.grid is None and not fitted.is_newest:
        return "The prediction is being worked out."
    if fitted.grid is None:
        num = shown.found.num_windows if shown.found else 0
        are = "are" if num > 1 else "is"
        return f"{num or 'None'} of the five windows that a prediction needs {are} measured."
    late = "" if fitted.is_newest else " The newest points are being worked in."
    return (
        "Colour is the predicted accuracy, discs are measured (larger with more seeds). Striped: too far "
        f"from what was measured to be trusted.{plane.darkest_words(shown.found, fitted.grid)}{late}"
    )
