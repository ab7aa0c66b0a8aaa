"""Queues of images to judge: which, in which order; the order depends on the run alone, not on decisions."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pandas as pd
import streamlit as st

from app import state
from datadiet.frames.examples import DUPLICATES
from datadiet.pipeline.run import Run
from datadiet.store.publish import is_published
from datadiet.store.tables import read_table

QUEUES = {"mislabels": "Mislabels", "outliers": "Outliers", "duplicates": "Duplicates"}
FEWEST = 200  # cards in a queue, where the data set has them
MOST = 20_000
OUTLIER_SHARE = 0.05  # of the images, the most unlike


@dataclass(frozen=True)
class Queue:
    """Cards in the order in which they are judged."""

    name: str  # of QUEUES
    version: str  # changes with the cards or their order
    cards: tuple[tuple[int, ...], ...]  # example_ids: one, or the members of a group of duplicates
    num_likely: int  # cards at the front that look wrong by the estimate, or conflict
    marks: tuple[tuple[str, ...], ...] = ()  # of groups: conflict, leak, exact or near

    @property
    def is_grouped(self) -> bool:
        """Return whether a card is a group of images."""
        return self.name == "duplicates"

    def place_of(self, example_id: int) -> int | None:
        """Return the card that shows an example, None where none does."""
        return next((place for place, ids in enumerate(self.cards) if example_id in ids), None)


@st.cache_resource(max_entries=12, ttl=3600.0, show_spinner=False)
def read_queue(root: Path, run_id: str, stamp: str, name: str) -> Queue:
    """Return a queue of a run.

    Args:
        root: Folder of the workspace.
        run_id: Whole id.
        stamp: From :func:`app.state.run_stamp`.
        name: One of ``QUEUES``.
    """
    scored = state.read_scores(root, run_id, stamp)
    version = sha256(f"{run_id}/{stamp}/{name}".encode()).hexdigest()[:16]
    if name == "duplicates":
        return _duplicates(scored.run, version)
    return ranked_queue(scored.scores, name, version)


def ranked_queue(scores: pd.DataFrame, name: str, version: str) -> Queue:
    """Return the images that look wrong, or the most unlike the others, worst first.

    The mislabels go on behind the estimate to twice its number, the outliers to a twentieth of the images;
    both hold 200 cards at least.

    Args:
        scores: Of ``run.scores()``.
        name: mislabels or outliers.
        version: Of the queue.
    """
    column = {"mislabels": "mislabel_score", "outliers": "outlier_score"}[name]
    if column not in scores:
        return Queue(name, version, (), 0)
    rows = scores[scores[column].notna()]
    if name == "mislabels":
        num_likely = int(rows["is_suspect"].sum())
        wanted = 2 * num_likely
    else:
        num_likely = wanted = int(OUTLIER_SHARE * len(rows))
    worst = rows.sort_values([column, "example_id"], ascending=[False, True], kind="stable")
    ids = worst["example_id"].head(min(MOST, max(FEWEST, wanted))).tolist()
    return Queue(name, version, tuple((int(each),) for each in ids), num_likely)


def _duplicates(run: Run, version: str) -> Queue:
    path = run.files.workspace.dataset_dir(run.files.images.dataset_id) / "duplicates.parquet"
    return grouped_queue(read_table(path, DUPLICATES) if is_published(path) else DUPLICATES.empty(), version)


def grouped_queue(duplicates: pd.DataFrame, version: str) -> Queue:
    """Return the groups of duplicates: one picture under two labels first, then the same, then across splits.

    Args:
        duplicates: A DUPLICATES table.
        version: Of the queue.
    """
    groups = [rows for _, rows in duplicates.groupby("duplicate_group")]
    groups.sort(key=lambda rows: (_rank(rows), int(rows["duplicate_group"].iloc[0])))
    return Queue(
        "duplicates",
        version,
        tuple(tuple(int(each) for each in rows["example_id"]) for rows in groups[:MOST]),
        sum(bool(rows["is_conflict"].any()) for rows in groups),
        tuple(_marks(rows) for rows in groups[:MOST]),
    )


def _rank(rows: pd.DataFrame) -> tuple[bool, bool, bool]:
    return (
        not rows["is_conflict"].any(),
        not (rows["kind"] == "exact").all(),
        not rows["is_leak"].any(),
    )


def _marks(rows: pd.DataFrame) -> tuple[str, ...]:
    is_exact = (rows["kind"] == "exact").all()
    marks = [
        ("different labels", rows["is_conflict"].any()),
        ("in more than one split", rows["is_leak"].any()),
        ("the same picture", is_exact),
        ("nearly the same picture", not is_exact),
    ]
    return tuple(word for word, holds in marks if holds)
