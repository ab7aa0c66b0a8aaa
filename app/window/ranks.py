"""The training images in the order of a score, as columns for the browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from app import state
from datadiet.errors import DataError
from datadiet.scores.registry import find_method
from datadiet.selection.counts import kept_count, nearest_count
from datadiet.selection.pool import ranked_pool

FLIPPED, SUSPECT, SETTLED = 1, 2, 4  # bits of ``flags``
NUM_BARS = 160
_KEPT, _SECONDS = 4, 3600.0


@dataclass(frozen=True)
class Ranks:
    """Rank 0 is the easiest training image; row i of every column is rank i."""

    version: str
    example_ids: NDArray[np.int64] = field(repr=False)  # (N,)
    labels: NDArray[np.uint16] = field(repr=False)  # (N,), class index trained on
    flags: NDArray[np.uint8] = field(repr=False)  # (N,), planted flip and suspect; decisions come apart
    heights: list[float]  # mean score of each bar, from 0 (lowest) to 1 (highest)
    has_flips: bool
    has_suspects: bool  # triage has been there

    def __len__(self) -> int:
        return len(self.example_ids)

    def bounds(self, keep: float, offset: float) -> tuple[int, int]:
        """Return first rank of a window and the rank after its last, as a selection has them."""
        kept = kept_count(keep, len(self))
        start = min(nearest_count(offset, len(self)), len(self) - kept)
        return start, start + kept

    def with_decisions(self, held: pd.DataFrame) -> NDArray[np.uint8]:
        """Return the flags, those of images that somebody decided on raised.

        Args:
            held: A DECIDED table.
        """
        decided = held.loc[held["decision"] != "unsure", "example_id"].to_numpy(np.int64)
        is_settled = np.isin(self.example_ids, decided)
        return self.flags | (is_settled.astype(np.uint8) * np.uint8(SETTLED))


def ranks_of(scores: pd.DataFrame, score: str, version: str) -> Ranks:
    """Return the training rows of ``Run.scores()`` from easy to hard, ties in example_id order.

    Args:
        scores: A row an example.
        score: Its column.
        version: Of what is asked for; what is returned adds a digest of the order.

    Raises:
        DataError: Some training image has no score.
    """
    train = scores[scores["split"] == "train"].sort_values("example_id", kind="stable")
    values = train[score].to_numpy(np.float64, na_value=np.nan)
    if num_missing := int(np.isnan(values).sum()):
        raise DataError(f"{score} is missing for {num_missing:,} of {len(train):,} training images.")
    ids = train["example_id"].to_numpy(np.int64)
    sign = -1.0 if find_method(score).direction == "low" else 1.0
    ordered = ranked_pool(ids, sign * values, num_all=len(ids)).example_ids
    rows = np.searchsorted(ids, ordered)
    flags = train["is_flipped"].to_numpy(np.bool_).astype(np.uint8) * np.uint8(FLIPPED)
    has_suspects = "is_suspect" in train
    if has_suspects:
        flags |= train["is_suspect"].to_numpy(np.bool_, na_value=False).astype(np.uint8) * np.uint8(SUSPECT)
    return Ranks(
        f"{version}/{crc32(ordered.tobytes()):08x}",
        ordered,
        train["label"].to_numpy(np.uint16)[rows],
        flags[rows],
        _heights(sign * values[rows]),
        has_flips=bool(train["is_flipped"].any()),
        has_suspects=has_suspects,
    )


def _heights(difficulty: NDArray[np.float64]) -> list[float]:
    """Return the mean of each bar between the first percentile and the last, cut off outside."""
    bars = np.array_split(difficulty, min(NUM_BARS, len(difficulty)))
    means = np.array([float(np.mean(bar)) for bar in bars])
    low, high = means.min(), means.max()
    return [round(float(each), 4) for each in (means - low) / max(high - low, 1e-12)]


def read_ranks(run_id: str, stamp: str, score: str) -> Ranks:
    """Return the ranks of a run on a score.

    Raises:
        DataError: Some training image has no score.
    """
    return _read(state.workspace_root(), run_id, stamp, score)


@st.cache_resource(max_entries=_KEPT, ttl=_SECONDS, show_spinner=False)
def _read(root: Path, run_id: str, stamp: str, score: str) -> Ranks:
    scores = state.read_scores(root, run_id, stamp).scores
    return ranks_of(scores, score, f"{run_id}/{score}")
