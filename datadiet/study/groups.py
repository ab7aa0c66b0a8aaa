"""Groups of examples: how hard each is, what a selection leaves of it, and a warning where one starves."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.frames.groups import GROUPS

STARVED = 0.5  # times the share of all that is kept, below which a group starves
SURE = 2.0  # standard deviations of a random choice, within which a loss is chance
HARDEST = 0.9  # percentile from which on examples are the hardest tenth


def group_table(
    scores: pd.DataFrame,
    groups: pd.Series[str],
    *,
    score: str,
    kept: set[int] | None = None,
    correct: NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """Return how hard each group is, and what a selection keeps of it.

    Args:
        scores: What ``run.scores()`` returns.
        groups: Group of each row of ``scores``; the same length.
        score: Whose values and ranks are told.
        kept: example_ids that a selection keeps; None for no selection.
        correct: Share of seeds that name each row's given label, shape ``(N,)``, NaN where the row is not
            held out; None where it is not known.

    Returns:
        A GROUPS frame, the largest group first, ties by name.
    """
    known = np.full(len(scores), np.nan) if correct is None else correct
    frame = scores.assign(_group=groups.to_numpy(), _correct=known)
    rows = [
        _row(str(name), found, score=score, kept=kept)
        for name, found in frame.groupby("_group", sort=True)
        if (found["split"] == "train").any()
    ]
    table = GROUPS.from_rows(rows)
    return table.sort_values(["num_train", "group"], ascending=[False, True], ignore_index=True)


def _row(name: str, found: pd.DataFrame, *, score: str, kept: set[int] | None) -> dict[str, object]:
    train = found[found["split"] == "train"]
    percentile = train[f"{score}_percentile"]
    held_out = found["_correct"].dropna()
    num_kept = None if kept is None else int(train["example_id"].isin(kept).sum())
    return {
        "group": name,
        "num_train": len(train),
        "mean_score": train[score].mean(),
        "mean_percentile": percentile.mean(),
        "hardest_tenth": (percentile >= HARDEST).mean(),
        "suspects": train["is_suspect"].astype(float).mean() if "is_suspect" in train else np.nan,
        "accuracy": held_out.mean() if len(held_out) else np.nan,
        "num_held_out": len(held_out),
        "num_kept": num_kept,
        "kept_fraction": np.nan if num_kept is None else num_kept / len(train),
    }


def kept_of_groups(groups: pd.Series[str], is_kept: NDArray[np.bool_]) -> pd.DataFrame:
    """Return how many examples of each group there are, and how many a selection keeps.

    Args:
        groups: Group of each training example, shape ``(N,)``.
        is_kept: Which of them are kept, shape ``(N,)``.

    Returns:
        Columns ``group``, ``num_train``, ``num_kept`` and ``kept_fraction``, as in GROUPS, groups by name.
    """
    found = pd.DataFrame({"group": groups.to_numpy(), "is_kept": is_kept})
    table = found.groupby("group", as_index=False).agg(
        num_train=("is_kept", "size"), num_kept=("is_kept", "sum")
    )
    return table.assign(kept_fraction=table["num_kept"] / table["num_train"])


def starved_groups(table: pd.DataFrame, *, starved: float = STARVED) -> pd.DataFrame:
    """Return the groups of which a selection keeps less than half the share that it keeps of all.

    A loss that a random choice of the same size gives easily (2 standard deviations) does not count.

    Args:
        table: A GROUPS frame with a selection.
        starved: Of the share of all, below which a group starves.
    """
    if table["num_kept"].isna().any() or table.empty:
        return table.head(0)
    overall = float(table["num_kept"].sum()) / float(table["num_train"].sum())
    expected = table["num_train"] * overall
    deviation = np.sqrt(expected * max(1.0 - overall, 0.0))
    is_rare = table["num_kept"].astype(float) < expected - SURE * deviation
    found: pd.DataFrame = table[(table["kept_fraction"] < starved * overall) & is_rare]
    return found.sort_values("kept_fraction", kind="stable", ignore_index=True)


def group_warning(table: pd.DataFrame, *, starved: float = STARVED) -> str:
    """Return a sentence on the groups that a selection starves; empty where it starves none.

    Names are as the data have them: a screen has to make them plain.

    Args:
        table: A GROUPS frame with a selection.
        starved: Of the share of all, below which a group starves.
    """
    found = starved_groups(table, starved=starved)
    if found.empty:
        return ""
    overall = float(table["num_kept"].sum()) / float(table["num_train"].sum())
    named = [f"{row['group']} ({_percent(row['kept_fraction'])})" for _, row in found.head(3).iterrows()]
    more = len(found) - len(named)
    others = f" and {more} more" if more else ""
    return (
        f"Keeps {_percent(overall)} of all, but far less of {', '.join(named)}{others}; "
        "a quota keeps each its share."
    )


def worst_group(table: pd.DataFrame) -> tuple[str, float] | None:
    """Return the group with the lowest held-out accuracy, and that accuracy; None where none is known."""
    known = table[table["accuracy"].notna()]
    if known.empty:
        return None
    row = known.sort_values(["accuracy", "group"]).iloc[0]
    return str(row["group"]), float(row["accuracy"])


def group_text(table: pd.DataFrame, score: str) -> str:
    """Return the table for a person, a line a group, with the worst group and a warning at the end."""
    table = table.assign(group=table["group"].astype(str).str.replace("\n", "\\n"))
    width = max([len("group"), *(len(str(name)) for name in table["group"])])
    lines = [f"{'group':<{width}}  train  mean {score}  rank  hardest tenth  accuracy    kept"]
    for _, row in table.iterrows():
        lines.append(
            f"{row['group']:<{width}}  {row['num_train']:>5,}  {row['mean_score']:>{5 + len(score)}.3f}  "
            f"{row['mean_percentile']:>4.2f}  {_percent(row['hardest_tenth']):>13}  "
            f"{_percent(row['accuracy']):>8}  {_percent(row['kept_fraction']):>6}"
        )
    worst = worst_group(table)
    lines += [f"Lowest accuracy: {worst[0]}, {_percent(worst[1])}."] if worst else []
    warning = group_warning(table)
    return "\n".join([*lines, *([warning] if warning else [])])


def _percent(fraction: float) -> str:
    return "-" if math.isnan(fraction) else f"{100 * fraction:.0f} %"
