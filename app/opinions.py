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
from datadiet.pipeline.seen_decisions import as_seen
from datadiet.store.reviews import read_reviews
from datadiet.triage.reviews import active, holding, latest, matched

UNDO_STEPS = 400  # that a tab can go back beyond its own


@dataclass
class OpinionBook:
    """The reviews of a workspace as they bear on one data set; shared by all sessions."""

    files: RunFiles
    sequence: int = 0  # of the last review read
    reviews: pd.DataFrame = field(default_factory=REVIEWS.empty)
    matched: pd.DataFrame = field(default_factory=lambda: REVIEWS.empty().assign(example_id=0))
    opinions: pd.DataFrame = field(default_factory=OPINIONS.empty)
    decided: pd.DataFrame = field(default_factory=DECIDED.empty)
    _lock: Lock = field(default_factory=Lock)

    def refresh(self) -> int:
        """Read what was added; return the sequence of the last review."""
        with self._lock:
            added = read_reviews(self.files.workspace, after=self.sequence)
            if len(added):
                found = self._matched_to(added)
                if self.sequence:
                    added = pd.concat([self.reviews, added], ignore_index=True)
                    found = pd.concat([self.matched, found], ignore_index=True)
                self.reviews, self.matched = added, found
                in_force = found["operation_id"].isin(active(added)["operation_id"])
                self.opinions = as_seen(latest(found[in_force]), self.files)
                self.decided = holding(self.opinions)
                self.sequence = int(added["sequence"].max())
            return self.sequence

    def _matched_to(self, added: pd.DataFrame) -> pd.DataFrame:
        """Return reviews with their example_id; looks only among the examples they could belong to."""
        examples = self.files.images.examples
        may_match = examples["source_key"].isin(added["source_key"])
        may_match |= examples["image_hash"].isin(added["image_hash"])
        return matched(added, examples[may_match])

    def changed_after(self, sequence: int) -> list[list[Any]]:
        """Return the opinions on every example that was reviewed after ``sequence``.

        Returns:
            A pair each: example_id, and a list of [reviewer, decision, new class, note, is it disputed]; an
            example whose decisions were all undone has an empty list.
        """
        touched = self.matched.loc[self.matched["sequence"] > sequence, "example_id"].unique()
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
        found = mine.merge(self.matched[["operation_id", "example_id"]], on="operation_id")
        found = as_seen(found.sort_values("sequence"), self.files)
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
