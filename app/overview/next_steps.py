"""What to do next with a run: sentences with numbers, each with the page where it is done."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from app import state
from app.export.changes import decision_changes
from app.frame import OpenedRun, page_link
from datadiet.export.shown import count
from datadiet.frames.examples import DUPLICATES
from datadiet.pipeline.image_text import group_words
from datadiet.pipeline.run import Run
from datadiet.store.publish import is_published
from datadiet.store.tables import read_table
from datadiet.triage.progress import review_progress


@dataclass(frozen=True)
class Step:
    """Something worth doing, and where."""

    sentence: str  # Markdown
    screen: str
    label: str
    query: dict[str, str] = field(default_factory=dict)


def show_next_steps(opened: OpenedRun, shown: state.Overview, decided: pd.DataFrame) -> None:
    """Show what to do next, the most useful first."""
    steps = next_steps(opened.run, shown, decided)
    if not steps:
        return
    st.subheader("What to do next", anchor=False)
    for step in steps:
        words, place = st.columns([2, 1], vertical_alignment="center")
        words.markdown(step.sentence)
        with place:
            page_link(step.screen, step.label, **step.query)


def next_steps(run: Run, shown: state.Overview, decided: pd.DataFrame) -> list[Step]:
    """Return what to do next.

    Args:
        run: The run.
        shown: What the overview shows of it.
        decided: A DECIDED table.
    """
    if shown.suspects is None or shown.estimate is None:
        return []
    steps = [suspects_step(shown, decided), *duplicate_steps(run, decided)]
    changes = decision_changes(run.files, decided)
    if changes:
        sentence = f"{changes.sentence()} Models trained on the corrected set say what still looks wrong."
        steps.append(Step(sentence, "export", "Audit the corrected set", {"what": "labels"}))
    sentence = (
        "Train without the suspects, on a subset, or on corrected labels: as an index list in any format."
    )
    return [*steps, Step(sentence, "export", "Export", {"what": "kept"})]


def suspects_step(shown: state.Overview, decided: pd.DataFrame) -> Step:
    """Return how many labels look wrong, how many of them are settled, and what is left."""
    estimate = shown.estimate or {}
    suspects: list[int] = [] if shown.suspects is None else shown.suspects["example_id"].tolist()
    sure = decided[decided["decision"] != "unsure"]
    settled = int(sure["example_id"].isin(suspects).sum())
    words = (
        f"About **{count(estimate['num_wrong'])}** labels look wrong "
        f"(95 %: {count(estimate['low'])}-{count(estimate['high'])}); "
    )
    if not len(sure):
        return Step(f"{words}none has been settled.", "triage", "Triage them", {"queue": "mislabels"})
    progress = review_progress(shown.scores[["example_id", "mislabel_score"]], decided, shown.estimate)
    words += (
        f"**{settled:,}** of the {len(suspects):,} suspects have been settled. By what was found so far, "
        f"about **{count(progress.num_left)}** wrong ones are left "
        f"(95 %: {count(progress.num_left_low)}-{count(progress.num_left_high)})."
    )
    label = "Go on in Triage" if settled < len(suspects) else "Look further in Triage"
    return Step(words, "triage", label, {"queue": "mislabels"})


def duplicate_steps(run: Run, decided: pd.DataFrame) -> list[Step]:
    """Return what duplicates are left to settle; nothing where there are none.

    A group is settled when somebody is sure about each of its images.

    Args:
        run: The run.
        decided: A DECIDED table.
    """
    path = run.files.workspace.dataset_dir(run.files.images.dataset_id) / "duplicates.parquet"
    table = read_table(path, DUPLICATES) if is_published(path) else DUPLICATES.empty()
    sure = decided.loc[decided["decision"] != "unsure", "example_id"]
    left = table.loc[~table["example_id"].isin(sure), "duplicate_group"]
    groups = table[table["duplicate_group"].isin(left)]
    if groups.empty:
        return []
    return [Step(f"{group_words(groups)}.", "triage", "Settle duplicates", {"queue": "duplicates"})]
