"""What was found in the images of a run without any model, in words: what was skipped, and duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from datadiet.frames.examples import DUPLICATES
from datadiet.pipeline.prepare import skipped_sentence
from datadiet.store.publish import is_published
from datadiet.store.tables import read_table

if TYPE_CHECKING:
    from datadiet.pipeline.run import Run


def image_lines(run: Run) -> list[str]:
    """Return a line on images that were not used, and one on duplicates, where there are any."""
    folder = run.files.workspace.dataset_dir(run.files.images.dataset_id)
    lines = [skipped_sentence(run.files.images.document, folder), duplicates_sentence(run)]
    return [line for line in lines if line]


def duplicates_sentence(run: Run) -> str:
    """Return how many groups of images are the same or nearly so; empty where none is, or it is not known."""
    path = run.files.workspace.dataset_dir(run.files.images.dataset_id) / "duplicates.parquet"
    table = read_table(path, DUPLICATES) if is_published(path) else DUPLICATES.empty()
    if table.empty:
        return ""
    return f"{group_words(table)}: duplicate_group in datadiet export {run.run_id} scores."


def group_words(duplicates: pd.DataFrame) -> str:
    """Return how many groups there are, how many of them under different labels and across splits.

    Args:
        duplicates: A DUPLICATES table, not empty.
    """
    groups = duplicates.groupby("duplicate_group")[["is_conflict", "is_leak"]].any()
    num = len(groups)
    parts = [f"{num:,} {'groups of images are' if num > 1 else 'group of images is'} the same or nearly so"]
    if conflicts := int(groups["is_conflict"].sum()):
        parts.append(f"{conflicts:,} with different labels")
    if leaks := int(groups["is_leak"].sum()):
        parts.append(f"{leaks:,} in more than one split, which flatters the accuracy")
    return ", ".join(parts)
