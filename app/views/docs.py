"""Docs: what does each score mean?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import frame, state
from app.docs.manual import ScoreText, cited, page_text, score_texts, section
from app.docs.pictures import drawing
from app.docs.words import GLOSSARY, key_rows
from app.failures import shown_failures
from app.text import quiet
from datadiet.export.shown import score_title

CHART = {"displayModeBar": False, "responsive": True}
HARD = {"high": "high is hard", "low": "low is hard", "none": "a control: it says nothing of hardness"}


def show_page() -> None:
    """Show the scores, how wrong labels are counted, the words and the keys."""
    frame.show_title("What does each score mean?")
    st.markdown(
        "Each score is one number an example. Every seed computes it on its own; what is shown is the mean "
        "over the seeds that trained on the example. Ranks and percentiles run from easy to hard for all."
    )
    scores, wrong, words, keys = st.tabs(["Scores", "How many labels are wrong", "Words", "Keys"])
    with scores:
        text = page_text("scores.md")
        for score in score_texts(text):
            show_score(score)
        st.subheader("Over seeds", anchor=False)
        st.markdown(section(text, "Over seeds"))
    with wrong:
        st.markdown(without_title(page_text("mislabels.md")))
    with words:
        table = pd.DataFrame(GLOSSARY, columns=["word", "meaning"])
        st.dataframe(table, hide_index=True, row_height=36, height=36 * (len(table) + 1) + 3)
    with keys:
        table = pd.DataFrame(key_rows(), columns=["where", "press", "what it does"])
        st.dataframe(table, hide_index=True, height=35 * (len(table) + 1) + 3)


def show_score(score: ScoreText) -> None:
    """Show one score: its meaning beside its picture."""
    left, right = st.columns([1.3, 1], gap="large", vertical_alignment="center")
    with left:
        st.subheader(score_title(score.name), anchor=score.name)
        st.markdown(f"**{score.meaning}**")
        st.markdown(score.definition)
        read = "" if score.read_from == "none" else f" · read from {score.read_from}"
        st.markdown(quiet(f"{HARD[score.hard_is]}{read} · {cited(score.source)}"))
    with right:
        shown = drawing(score.name, state.theme_colors())
        if shown is not None:
            st.plotly_chart(shown.figure, theme=None, config=CHART, key=f"picture-{score.name}")
            st.markdown(quiet(shown.words))


def without_title(text: str) -> str:
    r"""Return a page without its first heading, and links to other pages as their words.

    Example:
        >>> without_title("# Title\nSee [scores](scores.md).")
        'See scores.'
    """
    body = text.partition("\n")[2] if text.startswith("# ") else text
    return section(f"## all\n{body}".replace("\n## ", "\n### "), "all")


with shown_failures():
    show_page()
