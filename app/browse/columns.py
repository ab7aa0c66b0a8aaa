"""A run as columns for the browser: sent once, so that sorting and filtering ask nothing of the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.text import plain_name
from datadiet.export.shown import score_title
from datadiet.frames.examples import SPLITS

NO_CLASS = 0xFFFF  # where triage has not come to a suggestion
NO_GROUP = -1
FLIPPED, SUSPECT = 1, 2  # bits of ``flags``
QUALITY = (
    "dark",
    "light",
    "blurry",
    "low_information",
    "odd_size",
    "odd_aspect_ratio",
)
_BESIDE = {  # scores without a percentile of their own -> whether high is the end to look at first
    "mislabel_score": True,
    "outlier_score": True,
    "oof_el2n": True,
    "oof_margin": False,
    "oof_label_probability": False,
    "never_learned_fraction": True,
}
_TITLES = {
    "oof_el2n": "EL2N by seeds that left it out",
    "oof_margin": "margin by seeds that left it out",
    "oof_label_probability": "p(label) by seeds that left it out",
    "outlier_score": "outlier score",
}


@dataclass(frozen=True)
class ScoreName:
    """A score that can be sorted by."""

    name: str
    title: str
    is_ranked: bool  # has a percentile in the run's table; else ranked here


@dataclass(frozen=True)
class BrowseTable:
    """What the page reads of a run; row i of every array is row i of ``scores``."""

    scores: pd.DataFrame = field(repr=False)  # of Run.scores()
    names: list[ScoreName]
    columns: dict[str, NDArray[Any]] = field(repr=False)
    example_ids: NDArray[np.int64] = field(repr=False)  # rising

    def row(self, example_id: int) -> int | None:
        """Return the row of an example, None where the run has none of that number."""
        place = int(np.searchsorted(self.example_ids, example_id))
        is_there = place < len(self.example_ids) and int(self.example_ids[place]) == example_id
        return place if is_there else None


def browse_table(scores: pd.DataFrame) -> BrowseTable:
    """Return the columns of what ``Run.scores()`` gives."""
    num = len(scores)
    suggested = scores.get("suggested_label", scores.get("predicted_label"))
    columns: dict[str, NDArray[Any]] = {
        **_ids(scores),
        "label": scores["label"].to_numpy(np.uint16),
        "suggested": np.full(num, NO_CLASS, np.uint16)
        if suggested is None
        else suggested.to_numpy(np.uint16),
        "group": _groups(scores["duplicate_group"]),
        "outlier": _floats(scores, "outlier_score"),
        "split": pd.Categorical(scores["split"], categories=SPLITS).codes.astype(np.uint8),
        "flags": _flags(scores),
    }
    return BrowseTable(scores, score_names(scores), columns, scores["example_id"].to_numpy(np.int64))


def _ids(scores: pd.DataFrame) -> dict[str, NDArray[np.uint32]]:
    """Return the column of ids; none where they count up from 0, as the browser then knows them."""
    ids = scores["example_id"].to_numpy(np.uint32)
    return {} if np.array_equal(ids, np.arange(len(ids))) else {"id": ids}


def _groups(groups: pd.Series[Any]) -> NDArray[Any]:
    """Return the group of duplicates of each image, -1 for none, in as few bytes as hold them."""
    numbers = groups.astype("Int64").fillna(NO_GROUP).to_numpy(np.int32)
    return numbers.astype(np.int16) if numbers.max(initial=NO_GROUP) < 2**15 else numbers


def _floats(scores: pd.DataFrame, name: str) -> NDArray[np.float32]:
    if name not in scores:
        return np.full(len(scores), np.nan, np.float32)
    return scores[name].to_numpy(np.float32)


def _flags(scores: pd.DataFrame) -> NDArray[np.uint8]:
    flags = scores["is_flipped"].to_numpy(np.bool_).astype(np.uint8) * FLIPPED
    if "is_suspect" in scores:
        flags |= scores["is_suspect"].to_numpy(np.bool_).astype(np.uint8) * np.uint8(SUSPECT)
    return flags


def score_names(scores: pd.DataFrame) -> list[ScoreName]:
    """Return the scores that can be sorted by, those of the run first."""
    ranked = [str(name).removesuffix("_percentile") for name in scores if str(name).endswith("_percentile")]
    beside = [name for name in _BESIDE if name in scores and bool(scores[name].notna().any())]
    return [
        *(ScoreName(name, title(name), is_ranked=True) for name in ranked),
        *(ScoreName(name, title(name), is_ranked=False) for name in beside),
    ]


def title(name: str) -> str:
    """Return how a score is called in the list of scores."""
    return _TITLES.get(name) or plain_name(score_title(name))


def score_columns(table: BrowseTable, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the values of a score and their percentile, easy 0 to hard 1; NaN where it gives none.

    Args:
        table: Of the run.
        name: One of ``table.names``.
    """
    values = table.scores[name].to_numpy(np.float64)
    if f"{name}_percentile" in table.scores:
        return values.astype(np.float32), table.scores[f"{name}_percentile"].to_numpy(np.float32)
    is_train = (table.scores["split"] == "train").to_numpy()
    turned = values if _BESIDE[name] else -values
    return values.astype(np.float32), place_among(turned, is_train).astype(np.float32)


def place_among(values: NDArray[np.float64], is_train: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return where each value lies among the training examples, 0 lowest to 1 highest; NaN stays NaN.

    Example:
        >>> import numpy as np
        >>> place_among(np.array([3.0, 1.0, 2.0]), np.ones(3, bool)).tolist()
        [1.0, 0.0, 0.5]
    """
    known = np.sort(values[is_train & ~np.isnan(values)])
    last = max(len(known) - 1, 1)
    middle = (np.searchsorted(known, values, "left") + np.searchsorted(known, values, "right") - 1) / 2
    return np.where(np.isnan(values), np.nan, np.clip(middle / last, 0.0, 1.0))


def hardest_first(percentile: NDArray[np.float32], rows: NDArray[np.int64], num: int) -> list[int]:
    """Return the ``num`` hardest of ``rows``, ties in row order, as the browser sorts them."""
    values = np.nan_to_num(percentile[rows], nan=-1.0)
    order = np.argsort(-values, kind="stable")[:num]
    return [int(row) for row in rows[order]]


def described(columns: dict[str, NDArray[Any]]) -> tuple[list[list[str]], list[bytes]]:
    """Return the columns' names and dtypes, and their bytes, for one message."""
    return [[name, str(values.dtype)] for name, values in columns.items()], [
        v.tobytes() for v in columns.values()
    ]


def packed_decisions(held: pd.DataFrame, class_names: Sequence[str]) -> list[list[Any]]:
    """Return example_id, decision, new class (index, or its name where it is new) and whether it is disputed.

    Args:
        held: A DECIDED table.
        class_names: By index.
    """
    index = {name: place for place, name in enumerate(class_names)}
    rows = zip(held["example_id"], held["decision"], held["new_label"], held["is_disputed"], strict=True)
    return [
        [
            int(example_id),
            str(decision),
            index.get(str(label), plain_name(str(label)) if label else ""),
            bool(disputed),
        ]
        for example_id, decision, label, disputed in rows
    ]
