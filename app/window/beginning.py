"""What the page says where there is nothing yet: what a sweep is, what it costs, a small one at a click."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import state
from app.commands import show_commands
from app.frame import OpenedRun, page_link
from app.text import plain
from app.window import jobs
from app.window.brushing import begin
from app.window.reading import DEFAULT_SCORE
from app.window.shown import Shown
from datadiet.export.shown import score_title
from datadiet.study.points import window_points, with_controls

SMALL_KEEPS, SMALL_OFFSETS = (0.4, 0.7), (0.0, 0.15, 0.3, 0.45, 0.6)


def small_study() -> int:
    """Return how many retrainings a seed of the small study are: its windows and their controls."""
    return len(with_controls(window_points("el2n", SMALL_KEEPS, SMALL_OFFSETS)))


def offer_study(shown: Shown) -> None:
    """Say what a sweep is, and offer a small one."""
    num_train = int((shown.opened.files.labels["split"] == "train").sum())
    num_seeds = 2
    with st.container(border=True):
        st.subheader("No window of this run has been retrained on yet", anchor=False)
        st.markdown(
            f"A sweep keeps a share of the {num_train:,} training images, from an offset on in the order of "
            f"{plain(score_title(shown.score))}, trains a fresh model on them alone, and measures its "
            "accuracy; all images and as many random ones are trained on beside it. After five windows this "
            "page predicts what the others would give."
        )
        st.markdown(
            f"A small one is {num_seeds * small_study()} retrainings ({num_seeds} seeds), each with the "
            "steps of 6 epochs: seconds each for a thousand small images, minutes each for fifty thousand. "
            "It can be stopped at any moment, and what is done is kept."
        )
        asked = shown.asked(num_seeds)
        offsets = ",".join(f"{each:g}" for each in SMALL_OFFSETS)
        argv = jobs.grid_command(asked, SMALL_KEEPS, offsets)
        is_asked = jobs.asked_already(argv) is not None
        st.button(
            **state.primary("Start a small sweep", ":material/model_training:", is_on=not is_asked),
            key="small-sweep",
            disabled=is_asked,
            on_click=begin,
            args=(argv,),
        )
        by = "" if shown.score == DEFAULT_SCORE else f" --score {shown.score}"
        show_commands(f"sweep {shown.run_id[:8]}{by} --keep 0.4,0.7 --offsets {offsets} --seeds 2")


def show_no_score(opened: OpenedRun, scores: pd.DataFrame) -> None:
    """Say that no score ranks all training images, and what would."""
    is_train = scores["split"] == "train"
    num = (
        int(scores.loc[is_train, opened.score].isna().sum())
        if opened.score in scores
        else int(is_train.sum())
    )
    st.info(
        f"A window needs a score of every training image; {plain(score_title(opened.score))} is missing for "
        f"{num:,} of {int(is_train.sum()):,}, since no seed trained on them. Audit again with more seeds: "
        "what is done is kept."
    )
    page_link("new_audit", "Audit with more seeds")
