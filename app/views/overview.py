"""Overview of a run: is this data set sound?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, state, words
from app.components.image_grid import GridLook, image_grid
from app.decisions import held
from app.downloads import downloads, show_downloads
from app.failures import shown_failures
from app.frame import OpenedRun, open_run_page
from app.overview.classes import show_classes
from app.overview.confusions import show_confusions
from app.overview.next_steps import show_next_steps
from app.overview.trust import show_reliability, show_truth
from app.text import plain, quiet
from app.tiles import hardest_tiles, suspect_tiles
from datadiet.export.shown import score_title
from datadiet.pipeline.run_text import weak_sentence

CHART = {"displayModeBar": False, "responsive": True}


def show_page() -> None:
    """Show the run that the address names, the newest by default."""
    opened = open_run_page("Is this data set sound?", "overview")
    if opened is not None:
        show_run(opened)


def show_run(opened: OpenedRun) -> None:
    """Show a run from its headline down to how it was made."""
    stamp, score = opened.stamp, opened.score
    shown = state.read_overview(state.workspace_root(), opened.run.run_id, stamp)
    show_headline(shown)
    with shown_failures():
        show_next_steps(opened, shown, held(opened.files))
    show_suspects(shown, score, stamp)
    show_hardest(shown, shown.score_names, score, stamp)
    show_charts(shown, score)
    if shown.suspects is not None:
        show_confusions(opened, shown)
        show_classes(opened)  # across the page, as below: half of it cuts a table's last columns
    show_reliability(shown)
    show_truth(opened, shown)
    show_files(shown, score)
    show_making(shown)


def show_headline(shown: state.Overview) -> None:
    """Say how many labels look wrong, how well the models do, and whether they are too weak for the count."""
    st.header(words.estimate_sentence(shown.estimate), anchor=False)
    sentences = [words.accuracy_sentence(shown.accuracy), words.truth_sentence(shown)]
    st.markdown(" ".join(sentence for sentence in sentences if sentence))
    weak = weak_sentence(shown.accuracy["test"], shown.accuracy["validation"])
    if weak and shown.estimate is not None:
        st.warning(plain(weak), icon=":material/info:")


def show_files(shown: state.Overview, score: str) -> None:
    """Offer the files that are asked for most; all others are on the export page."""
    if shown.estimate is None:
        return
    st.subheader("Take along", anchor=False)
    show_downloads(downloads(shown.run, shown.scores, score), key="download")


def show_suspects(shown: state.Overview, score: str, stamp: str) -> None:
    """Show the suspects as pictures, worst first."""
    if shown.suspects is None:
        return
    st.subheader("Labels that look wrong", anchor=False)
    if shown.suspects.empty:
        st.info(
            "No label looks wrong by the estimate. The hardest images below are worth a look all the same."
        )
        return
    remark(
        "Worst first. Under each: its label → the likeliest other class, and how likely the label is wrong. "
        "◆ = flipped on purpose. Click one; then the arrow keys move and the wheel scrolls."
    )
    look = GridLook("Labels that look wrong", state.theme_colors().planted, num_rows=2)
    image_grid(suspect_tiles(shown.run, shown.suspects, score, stamp), look, key="suspects")


def show_hardest(shown: state.Overview, names: list[str], score: str, stamp: str) -> None:
    """Show the hardest training images by a score that can be chosen."""
    title, chooser = st.columns([3, 1], vertical_alignment="bottom")
    title.subheader(f"Hardest images by {score_title(score)}", anchor=False)
    with title:
        remark(
            "Training images, hardest first. Under each: label → the likeliest other class where the label "
            f"is in doubt, and the percentile of its {score_title(score)} (mean over "
            f"{words.seeds_words(shown.run)}; 100 % = hardest). Click one to move by keys and wheel."
        )
    chooser.selectbox(
        "Score",
        names,
        index=names.index(score),
        format_func=score_title,
        key=state.choice_key(state.SCORE),
        on_change=state.remember_choice,
        args=(state.SCORE,),
    )
    look = GridLook("Hardest images", state.theme_colors().planted, num_rows=2)
    image_grid(hardest_tiles(shown.run, shown.scores, score, stamp), look, key="hardest")


def show_charts(shown: state.Overview, score: str) -> None:
    """Show distribution and accuracy."""
    colors = state.theme_colors()
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("How the scores are spread", anchor=False)
        remark(words.reliability_sentence(shown.reliability, score) or "How many images have which score.")
        st.plotly_chart(charts.score_histogram(shown.scores, score, colors), theme=None, config=CHART)
    with right:
        st.subheader("How the models learned", anchor=False)
        remark("Accuracy of each seed over epochs; training is on labels as trained on, flips included.")
        st.plotly_chart(charts.accuracy_lines(shown.history, colors), theme=None, config=CHART)


def show_making(shown: state.Overview) -> None:
    """Say how the numbers came about, folded away."""
    with st.expander("How this was made"):
        rows = pd.DataFrame(words.making_rows(shown), columns=["what", "value"])
        st.dataframe(rows, hide_index=True)


def remark(markdown: str) -> None:
    """Show what a heading's picture or number means; ``markdown`` is already safe."""
    st.markdown(quiet(markdown))


with shown_failures():
    show_page()
