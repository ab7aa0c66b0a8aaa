"""What to measure next: the windows that tell most, and a budget of minutes to spend on them."""

from __future__ import annotations

import streamlit as st

from app.jobs.watch import JobView
from app.jobs.words import place_words
from app.text import plain, quiet
from app.window import jobs
from app.window.brushing import begin
from app.window.fitting import read_advice, suggested_keeps
from app.window.place import force_place
from app.window.shown import USUAL_SEEDS, Shown
from datadiet.study.adaptive import Advice, Suggestion
from datadiet.study.cost import affordable

_BUDGET = "window-budget"  # session key
MINUTES = (1, 2, 5, 10, 20, 30, 60, 120, 240, 480)
USUAL_MINUTES = 20


def show_next(shown: Shown) -> None:
    """Show the next most telling windows with their cost, and what a budget buys."""
    if shown.chosen is None or shown.found is None:
        return
    st.subheader("What to measure next", anchor=False)
    left, right = st.columns(2, gap="medium")
    with left:
        advice = read_advice(shown.chosen, shown.found)
        if advice is None:
            st.markdown(quiet("The next windows are being worked out."))
        else:
            show_advice(shown, advice)
    with right:
        show_budget(shown)


def show_advice(shown: Shown, advice: Advice) -> None:
    """Show the suggestions, each with what it may gain and what it costs."""
    st.markdown(advice_words(advice))
    for number, each in enumerate(advice.suggestions):
        show_suggestion(shown, each, number)


def advice_words(advice: Advice) -> str:
    """Return how much is to be expected of measuring more."""
    if advice.is_settled:
        return (
            "The best window is known well enough: no other is expected to beat it by 0.1 %. More seeds "
            "of it make its figure surer."
        )
    return "Measured next, these windows would tell most about which is the best:"


def show_suggestion(shown: Shown, each: Suggestion, number: int) -> None:
    """Show one window to measure: take it, or measure it."""
    found = shown.found
    done = found.every if found else None
    known = found.measured_mean(each.keep_fraction, each.window_offset) if found else None
    asked = shown.asked(max(USUAL_SEEDS, known.num_seeds + 1 if known else 0))  # again: another seed
    left = jobs.missing_for(asked, each.keep_fraction, each.window_offset, done) if done is not None else []
    gain = (
        ""
        if each.expected_gain != each.expected_gain
        else f" · expected gain {100 * each.expected_gain:.2f} points of validation accuracy"
    )
    argv = jobs.window_command(asked, each.keep_fraction, each.window_offset)
    view = jobs.asked_already(argv)
    cost = f"{jobs.cost_words(len(left), found.seconds if found else None)}{gain}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"suggestion-{number}"):
        st.markdown(
            f"Keep **{100 * each.keep_fraction:g} %** from **{100 * each.window_offset:g} %**  \n"
            + quiet(plain(jobs.asked_words(view, "It") if view else cost)),
            width="stretch",
        )
        with st.container(horizontal=True, gap="small", width="content"):
            st.button(
                "Show",
                key=f"show-suggestion-{number}",
                on_click=force_place,
                args=(shown.run_id, each.keep_fraction, each.window_offset),
            )
            st.button(
                "Measure",
                key=f"measure-suggestion-{number}",
                disabled=view is not None or not left,
                on_click=begin,
                args=(argv,),
            )


def show_budget(shown: Shown) -> None:
    """Offer to spend some minutes where they tell most."""
    seconds = shown.found.seconds if shown.found else None
    if seconds is None or shown.found is None:
        return
    minutes = st.select_slider(
        "Spend", MINUTES, USUAL_MINUTES, format_func=minutes_words, key=_BUDGET,
        help="The next window is chosen after each retraining, by how much it may beat the best one.",
    )  # fmt: skip
    num = affordable(minutes, seconds, jobs.num_workers())
    if num < 1:
        st.markdown(
            quiet(f"One retraining takes {jobs.cost_words(1, seconds).partition('about ')[2]}: spend more.")
        )
        return
    keeps = suggested_keeps(shown.found)
    words = ", ".join(f"{100 * keep:g} %" for keep in keeps)
    most = f"At most {num:,} retraining{'' if num == 1 else 's'}"
    st.markdown(
        quiet(
            f"{most} of windows that keep {words}, one after the other where they tell most; it stops as "
            "soon as nothing promises to beat the best by 0.1 %. The best one's controls come on top."
        )
    )
    argv = jobs.budget_command(shown.asked(), keeps, num)
    view = jobs.asked_already(argv)
    st.button(
        f"Spend {minutes_words(minutes)}",
        key="spend-budget",
        icon=":material/savings:",
        disabled=view is not None,
        on_click=begin,
        args=(argv,),
    )
    if view is not None:
        st.markdown(quiet(spent_words(view)))


def spent_words(view: JobView) -> str:
    """Return that a budget is asked for already."""
    return f"These minutes wait in line: {place_words(view)}." if view.is_waiting else "They are being spent."


def minutes_words(minutes: int) -> str:
    """Return minutes as a person says them.

    Example:
        >>> minutes_words(20), minutes_words(120)
        ('20 minutes', '2 hours')
    """
    if minutes < 60:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{minutes // 60} hour{'' if minutes == 60 else 's'}"
