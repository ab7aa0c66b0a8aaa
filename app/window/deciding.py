"""After triage: what people's decisions did to accuracy, beside as many random ones."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app.decisions import held
from app.frame import page_link
from app.text import quiet
from app.window import jobs
from app.window.brushing import begin
from app.window.shown import USUAL_SEEDS, Shown
from datadiet.study.cost import missing
from datadiet.study.decided import DROPS, RELABELS
from datadiet.study.effect import Effect, effects
from datadiet.study.points import ALL, point


@dataclass(frozen=True)
class Changes:
    """How many training labels decisions change."""

    num_relabels: int
    num_drops: int

    @property
    def num(self) -> int:
        """Return how many there are."""
        return self.num_relabels + self.num_drops


def changes_of(labels: pd.DataFrame, decided: pd.DataFrame) -> Changes:
    """Return how many training examples the decisions relabel and drop.

    Args:
        labels: A LABELS table.
        decided: A DECIDED table.
    """
    ids = set(labels.loc[labels["split"] == "train", "example_id"])
    kinds = decided.loc[decided["example_id"].isin(ids), "decision"]
    return Changes(int(kinds.isin(RELABELS).sum()), int(kinds.isin(DROPS).sum()))


def show_decisions(shown: Shown) -> None:
    """Say what the decisions did, or offer to measure it."""
    st.subheader("What triage did", anchor=False)
    changes = changes_of(shown.opened.files.labels, held(shown.opened.files))
    if not changes.num:
        st.markdown(
            "No training label has been changed or dropped in triage yet, so there is nothing to measure."
        )
        page_link("triage", "Triage")
        return
    found = shown.found
    every = found.every if found else None
    told = effects(every) if every is not None else []
    told = told or (effects(every, split="validation") if every is not None else [])
    for sentence in effect_sentences(told, changes):
        st.markdown(sentence)
    points = [point(ALL, labels=name) for name in ("trained", "reviewed", "random_reviewed")]
    left = missing(points, USUAL_SEEDS, every) if every is not None else []
    if not left:
        return
    st.button(
        "Measure what the decisions do",
        key="measure-decisions",
        icon=":material/model_training:",
        disabled=bool(jobs.running(shown.run_id)),
        on_click=begin,
        args=(jobs.decisions_command(shown.asked()),),
    )
    st.markdown(quiet(f"{jobs.cost_words(len(left), found.seconds if found else None)}."))


def effect_sentences(told: list[Effect], changes: Changes) -> list[str]:
    """Return what decisions and random ones did, as Markdown."""
    by_name = {each.labels: each for each in told}
    kinds = [
        f"{num:,} {word}{'' if num == 1 else 's'}"
        for num, word in ((changes.num_relabels, "relabel"), (changes.num_drops, "drop"))
        if num
    ]
    what = f"{changes.num:,} decision{'' if changes.num == 1 else 's'} ({' and '.join(kinds)})"
    mine, random = by_name.get("reviewed"), by_name.get("random_reviewed")
    if mine is None:
        return [f"{what} change training labels; what they do to accuracy has not been measured."]
    these = "This" if changes.num == 1 else "These"
    sentences = [f"**{these} {what} moved accuracy by {effect_words(mine)}.**"]
    if random is None:
        return [*sentences, "As many random ones have not been run."]
    return [*sentences, f"As many random relabels and drops moved it by {effect_words(random)}."]


def effect_words(effect: Effect) -> str:
    """Return a change in percent with its standard error and seeds.

    Example:
        >>> effect_words(Effect("reviewed", 0.0123, 0.004, 3))
        '+1.2 ± 0.4 % (3 seeds)'
    """
    known = effect.standard_error == effect.standard_error
    doubt = f" ± {100 * effect.standard_error:.1f}" if known else ""
    seeds = f"{effect.num_seeds} seed{'' if effect.num_seeds == 1 else 's'}"
    return f"{100 * effect.change:+.1f}{doubt} % ({seeds})"
