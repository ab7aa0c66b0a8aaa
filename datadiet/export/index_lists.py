"""Lists of examples: kept, dropped, suspects, orders; always in the source's words and given labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from datadiet.errors import NotFoundError
from datadiet.frames.exports import SUSPECTS
from datadiet.frames.selections import ORDER, SELECTION
from datadiet.scores.registry import check_score
from datadiet.selection.orders import Order, in_order, stages


def dropped_list(
    scores: pd.DataFrame, kept: pd.DataFrame, *, score: str | None, class_names: Sequence[str]
) -> pd.DataFrame:
    """Return the training examples that a selection leaves out, in source order.

    Args:
        scores: What ``run.scores()`` returns.
        kept: Table ``selection``.
        score: The score that the rule read; None for rules without one.
        class_names: Name of each class index.
    """
    is_left_out = (scores["split"] == "train") & ~scores["example_id"].isin(kept["example_id"])
    rows = scores[is_left_out].sort_values("example_id")
    nothing = pd.Series(np.nan, index=rows.index)
    columns = rows.assign(
        class_name=_names(rows["given_label"], class_names),
        score=rows.get(score, nothing) if score else nothing,
        percentile=rows.get(f"{score}_percentile", nothing),
    )
    return SELECTION.conform(columns[SELECTION.column_names])


def suspects_list(scores: pd.DataFrame, *, class_names: Sequence[str]) -> pd.DataFrame:
    """Return the examples whose label looks wrong, worst first; ties in source order.

    The labels are the given one and, in a run of corrected labels, the one that was judged. Where flips were
    planted, ``is_flipped`` marks the rows whose suspicion was about a planted label; that label itself does
    not leave.

    Args:
        scores: What ``run.scores()`` returns.
        class_names: Name of each class index.

    Raises:
        NotFoundError: The run has not been triaged.
    """
    if "is_suspect" not in scores:
        raise NotFoundError("This run has no suspects yet; run datadiet audit to the end first.")
    rows = scores[scores["is_suspect"].astype(bool)]
    rows = rows.sort_values(["mislabel_score", "example_id"], ascending=[False, True])
    is_flipped = rows.get("is_flipped", pd.Series(data=False, index=rows.index)).astype(bool)
    corrected = rows["label"].mask(is_flipped, rows["given_label"])
    columns = rows.assign(
        class_name=_names(rows["given_label"], class_names),
        corrected_label=corrected,
        corrected_class_name=_names(corrected, class_names),
        is_flipped=is_flipped,
        suggested_class_name=_names(rows["suggested_label"], class_names),
        decision=rows.get("decision", pd.Series("", index=rows.index)).fillna(""),
    )
    return SUSPECTS.conform(columns[SUSPECTS.column_names])


def ordered_list(
    scores: pd.DataFrame, order: Order, *, score: str, class_names: Sequence[str]
) -> pd.DataFrame:
    """Return the training examples in the order of a curriculum; those without the score are not in it.

    Args:
        scores: What ``run.scores()`` returns.
        order: Which end comes first, and in how many stages.
        score: Whose ranks are read.
        class_names: Name of each class index.

    Raises:
        NotFoundError: The run has no such score.
        ConfigError: There are fewer examples than stages.
    """
    column = f"{score}_percentile"
    check_score(score, scores)
    rows = scores[(scores["split"] == "train") & scores[column].notna()].sort_values("example_id")
    rows = rows.iloc[in_order(rows[column].to_numpy(dtype=np.float64), order)]
    columns = rows.assign(
        position=range(len(rows)),
        stage=stages(len(rows), order.num_stages),
        class_name=_names(rows["given_label"], class_names),
        score=rows[score],
        percentile=rows[column],
    )
    return ORDER.conform(columns[ORDER.column_names])


def _names(labels: pd.Series[int], class_names: Sequence[str]) -> list[str]:
    return [class_names[int(label)] for label in labels]
