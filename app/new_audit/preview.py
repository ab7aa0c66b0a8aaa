"""What a look found: counts, classes, pictures, problems, rules, and how long an audit would take."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.components.picture_strip import Captioned, picture_strip
from app.jobs.words import duration_words
from app.new_audit.looks import prepared, sample_rows
from app.text import plain, plain_name, quiet
from datadiet.data.images import LabeledImages
from datadiet.frames.examples import SPLITS

MOST_PROBLEMS = 200  # rows shown
MOST_ROWS = 11  # of classes, before the table scrolls


def show_preview(plan: dict[str, Any], key: str) -> None:
    """Show what a look found.

    Args:
        plan: As ``datadiet audit --dry-run --json`` prints it.
        key: Names the pictures on the page.
    """
    images = prepared(plan)
    st.markdown(count_words(plan))
    left, right = st.columns([1, 1.4], gap="large")
    with left:
        st.markdown("**Images a class**")
        show_classes(plan)
    with right:
        st.markdown("**Some of them**")
        picture_strip(sample(images), "Some of the images", key=f"sample-{key}", size=64)
    show_problems(images)
    st.markdown(quiet(" ".join(plain(rule) for rule in plan["rules"])))


def count_words(plan: dict[str, Any]) -> str:
    """Return how many images of how many classes there are, as Markdown."""
    counts = {split: num for split, num in _in_order(plan["num_examples"]).items() if num}
    splits = ", ".join(f"{num:,} {plain(split)}" for split, num in counts.items())
    size = plan["image_size"]
    return (
        f"**{sum(counts.values()):,} images of {len(plan['class_counts']):,} classes**: {splits}; "
        f"prepared at {size} x {size} pixels."
    )


def show_classes(plan: dict[str, Any]) -> None:
    """Show how many images each class has, and warn of classes with very few."""
    rows = [
        {"class": plain_name(name), "images": sum(counts.values()), **_in_order(counts)}
        for name, counts in plan["class_counts"].items()
    ]
    table = pd.DataFrame(rows).fillna(0)
    most = int(max(table["images"].max(), 1))
    columns = {
        "images": st.column_config.ProgressColumn(format="%d", min_value=0, max_value=most),
    }
    st.dataframe(
        table, hide_index=True, column_config=columns, height="content" if len(table) <= MOST_ROWS else 387
    )
    few = table[table["images"] < 10]
    if len(few):
        names = ", ".join(plain(name) for name in few["class"].head(5))
        classes = "1 class has" if len(few) == 1 else f"{len(few):,} classes have"
        st.warning(f"{classes} fewer than 10 images ({names}): what is said of them is weak.")


def _in_order(counts: dict[str, int]) -> dict[str, int]:
    names = [*(name for name in SPLITS if name in counts), *(name for name in counts if name not in SPLITS)]
    return {name: counts[name] for name in names}


def sample(images: LabeledImages) -> list[Captioned]:
    """Return some pictures with the names of their classes."""
    labels = images.examples["given_label"].to_numpy()
    ids = images.examples["example_id"].to_numpy()
    names = images.class_names
    return [
        Captioned(images.thumbnail(int(ids[row])), plain_name(names[int(labels[row])]))
        for row in sample_rows(labels, len(names))
    ]


def show_problems(images: LabeledImages) -> None:
    """Show what could not be used, and why."""
    problems = images.problems
    if problems.empty:
        st.markdown(":material/check: Every image could be read.")
        return
    files = "1 file" if len(problems) == 1 else f"{len(problems):,} files"
    with st.expander(
        f"{files} cannot be used and {'is' if len(problems) == 1 else 'are'} left out",
        icon=":material/warning:",
    ):
        shown = problems.head(MOST_PROBLEMS)
        table = pd.DataFrame({
            name: [plain_name(str(value)) for value in shown[name]]
            for name in ("source_key", "kind", "reason")
            if name in shown
        })
        st.dataframe(table.rename(columns={"source_key": "file"}), hide_index=True)
        if len(problems) > MOST_PROBLEMS:
            st.markdown(quiet(f"The first {MOST_PROBLEMS}; problems.parquet of the data set has all."))


def plan_words(plan: dict[str, Any]) -> str:
    """Return what would be trained and about how long it takes, as Markdown."""
    workers = plan["num_workers"]
    epochs, seeds = plan["num_epochs"], plan["num_seeds"]
    if not plan["num_seeds_left"]:
        return f"**Nothing is left to do**: {seeds} x {plain(plan['model'])} are trained and scored already."
    return (
        f"**About {duration_words(plan['estimated_seconds'])}**: {seeds} x {plain(plan['model'])} "
        f"for {epochs} epoch{'' if epochs == 1 else 's'} ({plan['num_steps']:,} steps each) on "
        f"{plain(plan['device'])}, {workers} at a time."
    )
