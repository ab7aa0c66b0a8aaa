"""Overview of a run: is this data set sound?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import charts, state, words
from app.components.image_grid import GridLook, image_grid
from app.downloads import downloads, show_downloads
from app.failures import shown_failures
from app.frame import OpenedRun, open_run_page
from app.text import plain_name, quiet
from app.tiles import hardest_tiles, suspect_tiles
from datadiet.export.shown import score_title

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
    names = shown.score_names
    show_headline(shown, score)
    show_suspects(shown, score, stamp)
    show_hardest(shown, names, score, stamp)
    show_charts(shown, score)
    show_classes(shown, score, stamp)
    show_making(shown, score)


def show_headline(shown: state.Overview, score: str) -> None:
    """Say how many labels look wrong and how well the models do; offer the files."""
    st.header(words.estimate_sentence(shown.estimate, len(shown.scores)), anchor=False)
    sentences = [words.accuracy_sentence(shown.accuracy), words.truth_sentence(shown)]
    st.markdown(" ".join(sentence for sentence in sentences if sentence))
    if shown.estimate is None:
        return
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
        "Worst first. Under each: its label → what the models suggest, and how likely the label is wrong. "
        "◆ = flipped on purpose. Arrow keys move."
    )
    look = GridLook("Labels that look wrong", state.theme_colors().planted, num_rows=2)
    image_grid(suspect_tiles(shown.run, shown.suspects, score, stamp), look, key="suspects")


def show_hardest(shown: state.Overview, names: list[str], score: str, stamp: str) -> None:
    """Show the hardest training images by a score that can be chosen."""
    title, chooser = st.columns([3, 1], vertical_alignment="bottom")
    title.subheader(f"Hardest images by {score_title(score)}", anchor=False)
    with title:
        remark(
            "Training images, hardest first. Under each: label → what the models suggest, and the percentile "
            f"of its {score_title(score)} (mean over {words.seeds_words(shown.run)}; 100 % = hardest)."
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
    """Show distribution and accuracy, and below them what is known of wrong labels."""
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
    left, right = st.columns(2, gap="large")
    if shown.truth is not None:
        with left:
            st.subheader("How far down to look", anchor=False)
            remark("Share of wrong labels among those looked at, where the truth is known.")
            figure = charts.precision_depth(shown.truth, ["mislabel_score", score], colors)
            st.plotly_chart(figure, theme=None, config=CHART)
    if shown.confusions:
        with right if shown.truth is not None else left:
            st.subheader("Classes taken for another", anchor=False)
            remark("Label → what it looks like: estimated number of labels.")
            st.plotly_chart(charts.confusion_bars(shown.confusions, colors), theme=None, config=CHART)


def show_classes(shown: state.Overview, score: str, stamp: str) -> None:
    """Show the classes, the one with most labels that look wrong first."""
    rows = state.read_classes(state.workspace_root(), shown.run.run_id, stamp, score)
    if not rows:
        return
    st.subheader("Classes", anchor=False)
    table = pd.DataFrame({
        "class": [plain_name(row.name) for row in rows],
        "images": [row.num for row in rows],
        f"mean {score_title(score)}": [row.mean_score for row in rows],
        "look wrong": [row.num_wrong for row in rows],
        "share": [100 * row.wrong_fraction for row in rows],
        "most often looks like": [plain_name(row.confused_with) if row.confused_with else "" for row in rows],
    })
    columns = {
        f"mean {score_title(score)}": st.column_config.NumberColumn(format="%.3f"),
        "look wrong": st.column_config.NumberColumn(format="%.0f", help="Estimated number of labels"),
        "share": st.column_config.ProgressColumn(
            format="%.1f %%", min_value=0, max_value=float(max(10, table["share"].max()))
        ),
    }
    st.dataframe(table, hide_index=True, column_config=columns)


def show_making(shown: state.Overview, score: str) -> None:
    """Say how the numbers came about, folded away."""
    with st.expander("How this was made"):
        rows = pd.DataFrame(words.making_rows(shown), columns=["what", "value"])
        st.dataframe(rows, hide_index=True)


def remark(markdown: str) -> None:
    """Show what a heading's picture or number means; ``markdown`` is already safe."""
    st.markdown(quiet(markdown))


with shown_failures():
    show_page()
