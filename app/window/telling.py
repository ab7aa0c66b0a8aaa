"""The study in words: which one is shown, how it was trained, what it says."""

from __future__ import annotations

import streamlit as st

from app import state
from app.text import plain, quiet
from app.window.reading import STUDY, ChosenStudy, Findings, num_windows_of
from app.window.shown import Shown
from datadiet.study.verdict import curriculum_verdict, window_verdict


def choose_study(choices: list[ChosenStudy], chosen: ChosenStudy | None) -> None:
    """Let a study be chosen where the run has several; the choice goes into the address."""
    if chosen is None or len(choices) < 2:
        return
    titles = {each.name: each.title for each in choices}
    key = state.choice_key(STUDY)
    if st.session_state.get(key) not in titles:
        st.session_state[key] = chosen.name
    st.selectbox(
        "Study",
        list(titles),
        format_func=titles.__getitem__,
        key=key,
        on_change=state.remember_choice,
        args=(STUDY,),
    )


def show_verdict(shown: Shown) -> None:
    """Say what the study found, and on what that rests."""
    if shown.chosen is None or shown.found is None:
        return
    sentences = window_verdict(shown.found.retrainings)
    st.subheader(plain(sentences[0]), anchor=False)
    if len(sentences) > 1:
        st.markdown(" ".join(plain(each) for each in sentences[1:]))
    st.markdown(quiet(plain(ground_words(shown.chosen, shown.found))))
    paced = curriculum_verdict(shown.found.retrainings)
    if paced:
        title = (
            f"{len(paced)} curricula against shuffled" if len(paced) > 1 else "A curriculum against shuffled"
        )
        with st.expander(title, icon=":material/stairs:"):
            st.markdown("\n".join(f"- {plain(each)}" for each in paced))


def ground_words(chosen: ChosenStudy, found: Findings) -> str:
    """Return what a study consists of and how it chooses, in a sentence or two."""
    num = num_windows_of(found.retrainings)
    words = f"{_done_words(len(found.retrainings), num)}; each takes {chosen.title.split(' · ', 1)[1]}."
    how = {
        "validation": " Windows are chosen and drawn by validation accuracy; the sentence above tells the "
        "test accuracy of the chosen one, where there are test images.",
        "test": " There are no validation images, so windows are chosen by the test accuracy itself: the "
        "best one's figure is flattering.",
        None: "",
    }
    return words + how[found.split]


def _done_words(num: int, num_windows: int) -> str:
    """Return how many retrainings are done, and of how many windows."""
    if not num:
        return "No retraining is done yet"
    retrainings = f"{num} retraining{'' if num == 1 else 's'}"
    if not num_windows:
        return f"{retrainings}, of no window yet"
    return f"{retrainings} of {num_windows} window{'' if num_windows == 1 else 's'} with controls"
