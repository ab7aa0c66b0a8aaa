"""Window: what is worth keeping?"""

from __future__ import annotations

import streamlit as st

from app import state
from app.failures import shown_failures
from app.frame import OpenedRun, open_run_page, say_missing_score, show_context
from app.window.beginning import offer_study, show_no_score
from app.window.brushing import show_brush
from app.window.deciding import show_decisions
from app.window.next import show_next
from app.window.paying import show_paying
from app.window.progress import show_progress
from app.window.reading import (
    chosen_study,
    ranked_scores,
    read_findings,
    score_to_begin,
    study_choices,
)
from app.window.shown import Shown
from app.window.telling import choose_study, show_verdict
from app.words import score_words

KEYS = (
    ("← →", "move the window by 1 %; Page Up, Page Down by 10 %"),
    ("Shift+← →", "make it narrower or wider"),
    ("Home, End", "to the easiest, to the hardest images"),
    ("double click", "back to the best measured window"),
    ("M", "measure this window"),
    ("E", "export the list of what is kept"),
)


def show_page() -> None:
    """Show the largest study of the run, or the one that the address names; offer one where there is none."""
    opened = open_run_page("What is worth keeping?", "window", keys=KEYS, has_context=False)
    if opened is not None:
        show_run(opened)


def show_run(opened: OpenedRun) -> None:
    """Show a run's window from the verdict down to what is measured next."""
    scored = state.read_scores(state.workspace_root(), opened.run.run_id, opened.stamp)
    scores, ranked = scored.scores, ranked_scores(scored.scores)
    choices = [each for each in study_choices(opened.files) if each.score in ranked]
    chosen = chosen_study(choices)
    score = chosen.score if chosen else score_to_begin(opened, ranked)
    shown_score = opened.score if score is None else score
    above = st.container()  # what comes and goes in it moves nothing below: the browser keeps its brush
    with above:
        say_missing_score(opened.run, state.query(state.SCORE), scored.score_names, shown=shown_score)
        show_context(opened.run, score_words(shown_score))
    if score is None:
        show_no_score(opened, scores)
        return
    found = read_findings(chosen) if chosen else None
    shown = Shown(opened, score, chosen, found, ranked)
    with above:
        choose_study(choices, chosen)
        show_verdict(shown)
        if chosen is None:
            offer_study(shown)
        show_progress(shown)
    show_brush(shown)
    if found is not None and found.split is not None:
        with shown_failures():
            show_next(shown)
        with shown_failures():
            show_paying(shown)
        with shown_failures():
            show_decisions(shown)


with shown_failures():
    show_page()
