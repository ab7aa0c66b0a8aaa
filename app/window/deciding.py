"""After triage: what people's decisions did to accuracy, beside as many random ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from app.decisions import held
from app.frame import page_link
from app.text import quiet
from app.window import jobs
from app.window.brushing import begin
from app.window.shown import USUAL_SEEDS, Shown
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.arrays import open_array
from datadiet.study.cost import missing
from datadiet.study.decided import DROPS, RELABELS, decided_labels
from datadiet.study.effect import Effect, effects
from datadiet.study.points import ALL, point
from datadiet.study.verdict import signed_points


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


def effective_changes(files: RunFiles) -> Changes:
    """Return how many training labels the decisions that hold now make another, and how many they drop."""
    decided = decided_labels(files.labels, held(files), files.class_names)
    before = files.labels["label"].to_numpy()
    return Changes(int((decided.labels != before)[~decided.is_dropped].sum()), int(decided.is_dropped.sum()))


def measured_changes(files: RunFiles, retrainings: pd.DataFrame) -> Changes | None:
    """Return how many labels the retrainings after decisions changed; None where there are none.

    Args:
        files: Of the run.
        retrainings: A RETRAININGS table.
    """
    mine = retrainings[(retrainings["rule"] == ALL) & (retrainings["labels"] == "reviewed")]
    if mine.empty:
        return None
    inputs = files.folder / "retrain" / str(mine["retrain_id"].iloc[0]) / "inputs"
    rows = np.asarray(open_array(inputs / "rows.npy")[:], dtype=np.int64)
    labels = np.asarray(open_array(inputs / "labels.npy")[:], dtype=np.int64)
    num_train = int((files.labels["split"] == "train").sum())
    is_other = labels != files.labels["label"].to_numpy()[rows]
    return Changes(int(is_other.sum()), num_train - len(rows))


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
    measured = measured_changes(shown.opened.files, every) if every is not None else None
    for sentence in effect_sentences(told, measured or changes):
        st.markdown(sentence)
    is_older = measured is not None and measured != effective_changes(shown.opened.files)
    if is_older:
        st.markdown("Since then decisions have changed: measure anew to see what they do now.")
    points = [point(ALL, labels=name) for name in ("trained", "reviewed", "random_reviewed")]
    left = missing(points, USUAL_SEEDS, every) if every is not None else []
    if not left and not is_older:
        return
    argv = jobs.decisions_command(shown.asked())
    view = jobs.asked_already(argv)
    st.button(
        "Measure what the decisions do",
        key="measure-decisions",
        icon=":material/model_training:",
        disabled=view is not None,
        on_click=begin,
        args=(argv,),
    )
    num = 2 * USUAL_SEEDS if is_older else len(left)
    cost = f"{jobs.cost_words(num, found.seconds if found else None)}."
    st.markdown(quiet(jobs.asked_words(view, "What they do") if view else cost))


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
    return f"{signed_points(effect.change)}{doubt} % ({seeds})"
