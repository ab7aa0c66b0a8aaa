"""Who pays for a selection: accuracy of every group, and of the worst one, before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from datadiet.frames.groups import GROUP_ACCURACY
from datadiet.study.verdict import Mean, signed_points

_ALIKE = 1.96  # standard errors within which a change is what seeds scatter


@dataclass(frozen=True)
class Worst:
    """The group with the lowest accuracy of a point."""

    group: str
    accuracy: Mean


def group_accuracy(by_seed: pd.DataFrame) -> pd.DataFrame:
    """Return the accuracy of every group at every point, and its change against all data.

    Seeds are compared with themselves: a change is the mean, over the seeds that both have, of the
    difference of one seed.

    Args:
        by_seed: A row a point, seed and group: ``point_id``, ``title``, ``rule``, ``labels``, ``seed``,
            ``group``, ``num_held_out``, ``accuracy``. All data is the rule ``all`` on the labels ``trained``.

    Returns:
        A GROUP_ACCURACY frame, points in the order they come in, groups by name.
    """
    is_before = (by_seed["rule"] == "all") & (by_seed["labels"] == "trained")
    before = by_seed[is_before].set_index(["seed", "group"])["accuracy"]
    rows = []
    for (point_id, group), found in by_seed.groupby(["point_id", "group"], sort=False):
        mine = found.set_index(["seed", "group"])["accuracy"]
        change = (mine - before).dropna() if not is_before[found.index].all() else mine.head(0)
        rows.append({
            "point_id": point_id,
            "title": found["title"].iloc[0],
            "group": group,
            "num_held_out": found["num_held_out"].iloc[0],
            "accuracy": mine.mean(),
            "standard_error": _error(mine),
            "num_seeds": len(mine),
            "change": change.mean() if len(change) else np.nan,
            "change_se": _error(change),
        })
    table = GROUP_ACCURACY.from_rows(rows)
    places = {point_id: place for place, point_id in enumerate(dict.fromkeys(by_seed["point_id"]))}
    order = table.assign(place=table["point_id"].map(places)).sort_values(["place", "group"], kind="stable")
    return GROUP_ACCURACY.conform(order.drop(columns="place"))


def _error(values: pd.Series[float]) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


def worst_of(rows: pd.DataFrame) -> Worst:
    """Return the group with the lowest mean accuracy, ties by name.

    Args:
        rows: Of a GROUP_ACCURACY frame, at least one, all of one point.
    """
    row = rows.sort_values(["accuracy", "group"]).iloc[0]
    return Worst(str(row["group"]), _mean(row))


def losers(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the groups that lost more than seeds scatter (1.96 standard errors), the most first.

    Args:
        rows: Of a GROUP_ACCURACY frame.
    """
    found: pd.DataFrame = rows[rows["change"] < -_ALIKE * rows["change_se"]]
    return found.sort_values("change", kind="stable", ignore_index=True)


def fairness_verdict(table: pd.DataFrame) -> list[str]:
    """Return a sentence or two a point: its worst group, before and after, and who lost.

    Names are as the data have them: a screen has to make them plain.

    Args:
        table: A GROUP_ACCURACY frame.
    """
    return [_sentence(rows) for _, rows in table.groupby("point_id", sort=False)]


def _sentence(rows: pd.DataFrame) -> str:
    worst, title = worst_of(rows), str(rows["title"].iloc[0])
    row = rows[rows["group"] == worst.group].iloc[0]
    told = f"{title}: lowest accuracy {worst.group}, {worst.accuracy.words()}"
    if np.isnan(row["change"]):
        return f"{told}."
    told += f" ({_points(row)} against all data)."
    lost = losers(rows)
    if rows["change_se"].isna().all():
        return f"{told} One seed cannot say which groups lost."
    if lost.empty:
        return f"{told} No group lost more than seeds scatter."
    most = lost.iloc[0]
    many = f"{len(lost)} of {len(rows)} groups" if len(lost) > 1 else f"One of {len(rows)} groups"
    return f"{told} {many} lost more than seeds scatter, {most['group']} the most: {_points(most)}."


def _points(row: pd.Series[float]) -> str:
    doubt = "" if np.isnan(row["change_se"]) else f" ± {100 * row['change_se']:.1f}"
    return f"{signed_points(row['change'])}{doubt}"


def _mean(row: pd.Series[float]) -> Mean:
    return Mean(float(row["accuracy"]), float(row["standard_error"]), int(row["num_seeds"]))
