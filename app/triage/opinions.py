"""What people decided on the images of a run, read on from where it was read last."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import pandas as pd
import streamlit as st

from app import state
from app.text import plain_name
from datadiet.frames.triage import DECIDED, OPINIONS, REVIEWS
from datadiet.pipeline.reviews import MERGE
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.reviews import read_reviews
from datadiet.triage.reviews import active, matched, opinions, resolve

UNDO_STEPS = 400  # that a tab can go back beyond its own


@dataclass
class OpinionBook:
    """The reviews of a workspace as they bear on one data set; shared by all sessions."""

    files: RunFiles
    sequence: int = 0  # of the last review read
    reviews: pd.DataFrame = field(default_factory=REVIEWS.empty)
    opinions: pd.DataFrame = field(default_factory=OPINIONS.empty)
    decided: pd.DataFrame = field(default_factory=DECIDED.empty)
    _lock: Lock = field(default_factory=Lock)

    def refresh(self) -> int:
        """Read what was added; return the sequence of the last review."""
        with self._lock:
            added = read_reviews(self.files.workspace, after=self.sequence)
            if len(added):
                examples = self.files.images.examples
                self.reviews = pd.concat([self.reviews, added], ignore_index=True) if self.sequence else added
                self.opinions = opinions(self.reviews, examples)
                self.decided = resolve(self.reviews, examples)
                self.sequence = int(added["sequence"].max())
            return self.sequence

    def changed_after(self, sequence: int) -> list[list[Any]]:
        """Return the opinions on every example that was reviewed after ``sequence``.

        Returns:
            A pair each: example_id, and a list of [reviewer, decision, new class, note, is it disputed]; an
            example whose decisions were all undone has an empty list.
        """
        newer = self.reviews[self.reviews["sequence"] > sequence]
        if newer.empty:
            return []
        touched = matched(newer, self.files.images.examples)["example_id"].unique()
        found: dict[int, list[Any]] = {int(each): [] for each in touched}
        rows = self.opinions[self.opinions["example_id"].isin(touched)]
        for example_id, who, decision, new_label, note in zip(
            *(rows[name] for name in ("example_id", "reviewer", "decision", "new_label", "note")), strict=True
        ):
            found[int(example_id)].append([
                plain_name(who),
                decision,
                plain_name(new_label) if new_label else "",
                plain_name(note) if note else "",
            ])
        return [[example_id, each] for example_id, each in found.items()]

    def undo_stack(self, who: str) -> list[list[Any]]:
        """Return one reviewer's last decisions that hold: [operation id, example_id, decision, new class].

        The newest is last. Merges of classes are undone as a whole elsewhere and not among them.
        """
        mine = active(self.reviews)
        mine = mine[(mine["reviewer"] == who) & ~mine["operation_id"].str.startswith(MERGE)].tail(UNDO_STEPS)
        found = matched(mine, self.files.images.examples).sort_values("sequence")
        columns = (found[name] for name in ("operation_id", "example_id", "decision", "new_label"))
        return [
            [operation_id, int(example_id), decision, plain_name(new_label) if new_label else ""]
            for operation_id, example_id, decision, new_label in zip(*columns, strict=True)
        ]


@st.cache_resource(max_entries=8, ttl=3600.0, show_spinner=False)
def read_opinions(root: Path, run_id: str, stamp: str) -> OpinionBook:
    """Return the book of a run's data set; ``refresh`` it before use.

    Args:
        root: Folder of the workspace.
        run_id: Whole id.
        stamp: From :func:`app.state.run_stamp`.
    """
    return OpinionBook(state.read_scores(root, run_id, stamp).run.files)
