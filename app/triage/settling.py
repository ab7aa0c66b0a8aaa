"""Below the deck: merging classes, importing decisions, and whether the decisions were right."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePath

import pandas as pd
import streamlit as st

from app import state
from app.commands import show_commands
from app.decisions import reviewer
from app.failures import shown_failures
from app.frame import OpenedRun
from app.text import plain, plain_name, quiet
from datadiet.errors import ConfigError
from datadiet.pipeline.reviews import (
    decisions_against_truth,
    import_reviews,
    merge_candidates,
    merge_classes,
    merges,
    undo_merge,
)
from datadiet.triage.decision_truth import OUTCOMES, DecisionTruth

LOOPBACK = ("127.0.0.1", "localhost", "::1")
LARGEST_MB = 20  # of a decisions file


@st.fragment
def show_merging(opened: OpenedRun) -> None:
    """Offer to make two classes one, after saying how many images that relabels; undoable as one."""
    with shown_failures(), st.expander("Merge two classes"):
        names = opened.run.class_names
        source, target = st.columns(2)
        source_name = source.selectbox(
            "Class that ends",
            names,
            index=None,
            format_func=plain_name,
            placeholder="Choose",
            key="merge-source",
        )
        target_name = target.selectbox(
            "Class that goes on",
            [name for name in names if name != source_name],
            index=None,
            format_func=plain_name,
            placeholder="Choose",
            key="merge-target",
        )
        if source_name is not None and target_name is not None:
            _offer_merge(opened, source_name, target_name)
        for merge in merges(opened.files):
            words, button = st.columns([4, 1], vertical_alignment="center")
            words.markdown(
                f"{merge.num_images:,} images of **{plain(merge.source)}** are now **{plain(merge.target)}**."
            )
            button.button(
                "Undo this merge", key=merge.merge_id, on_click=_undo, args=(opened, merge.merge_id)
            )


def _offer_merge(opened: OpenedRun, source: str, target: str) -> None:
    num_images = len(merge_candidates(opened.files, source))
    st.markdown(
        f"This relabels **{num_images:,}** image{'' if num_images == 1 else 's'} of **{plain(source)}** to "
        f"**{plain(target)}**, as decisions. What was given another class, or dropped, stays as it is."
    )
    st.button(
        **state.primary(f"Relabel {num_images:,} images", is_on=bool(num_images)),
        key="merge",
        disabled=not num_images,
        on_click=_merge,
        args=(opened, source, target),
    )


def _merge(opened: OpenedRun, source: str, target: str) -> None:
    with shown_failures():
        merge_classes(opened.files, source, target, reviewer=reviewer())


def _undo(opened: OpenedRun, merge_id: str) -> None:
    with shown_failures():
        undo_merge(opened.files, merge_id, reviewer=reviewer())


@st.fragment
def show_import(opened: OpenedRun) -> None:
    """Say how decisions are imported; on this machine alone a file can be chosen here."""
    with shown_failures(), st.expander("Import decisions"):
        st.markdown(
            quiet(
                "A file as `datadiet export RUN reviews` writes it. Decisions that are there already stay as "
                "they are. They are matched by image and source key."
            )
        )
        show_commands(f"reviews import {opened.run.run_id[:8]} reviews.csv")
        if st.get_option("server.address") not in LOOPBACK:
            return
        chosen = st.file_uploader(
            f"Decisions file (csv, json or parquet, up to {LARGEST_MB} MB)",
            type=["csv", "json", "parquet"],
            max_upload_size=LARGEST_MB,
            key="decisions-file",
        )
        if chosen is not None and st.button("Import these decisions", key="import-decisions"):
            st.success(plain(imported(opened, chosen.name, chosen.getvalue())))


def imported(opened: OpenedRun, name: str, data: bytes) -> str:
    """Store the decisions of an uploaded file; return in words what was added.

    Args:
        opened: The run.
        name: Of the file; only its ending matters.
        data: Its bytes.

    Raises:
        ConfigError: It is too large, or holds no decisions.
        DatabaseError: The workspace cannot take them.
    """
    if len(data) > LARGEST_MB * 1_000_000:
        raise ConfigError(
            f"A decisions file may have up to {LARGEST_MB} MB here; use the command for a larger one."
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"decisions{PurePath(name).suffix.lower()}"
        path.write_bytes(data)
        return import_reviews(opened.files, path).text()


@st.fragment
def show_truth(opened: OpenedRun) -> None:
    """Say how many decisions were right, where the truth is known; closed, so that it sways nobody."""
    with shown_failures():
        if opened.files.labels["true_label"].isna().all():
            return
        with st.expander("Were the decisions right?"):
            st.markdown(quiet("Against known truth: planted flips, or a column of the source."))
            if st.button("Compare with the truth", key="compare-truth"):
                st.session_state["truth-shown"] = True
            if st.session_state.get("truth-shown"):
                show_report(decisions_against_truth(opened.files))


def show_report(found: Mapping[str, DecisionTruth]) -> None:
    """Show the report: a sentence, how it came about, and a row a reviewer."""
    held = found.get("")
    if held is None or not held.num_decided:
        st.markdown("Nothing was decided yet on an image whose truth is known.")
        return
    st.markdown(f"**{truth_sentence(held)}**")
    counts = pd.DataFrame({
        "decisions": [words.capitalize() for name, words in OUTCOMES.items() if held.counts[name]],
        "number": [num for num in held.counts.values() if num],
    })
    st.dataframe(counts, hide_index=True, width="content")
    reviewers = {who: each for who, each in found.items() if who}
    if len(reviewers) > 1:
        table = pd.DataFrame({
            "reviewer": [plain_name(who) for who in reviewers],
            "decided": [each.num_decided for each in reviewers.values()],
            "right": [each.num_right for each in reviewers.values()],
            "share right": [100 * each.right_fraction for each in reviewers.values()],
        })
        columns = {"share right": st.column_config.NumberColumn(format="%.0f %%")}
        st.dataframe(table, hide_index=True, column_config=columns, width="content")


def truth_sentence(held: DecisionTruth) -> str:
    """Return how many decisions were right and how many wrong labels were found, in words."""
    share = f"{100 * held.right_fraction:.0f} %"
    return (
        f"{held.num_right:,} of {held.num_decided:,} decisions were right ({share}). "
        f"{held.num_wrong_found:,} of {held.num_wrong_labels:,} wrong labels were found."
    )
