"""Who pays for a selection: accuracy of every group, and of the worst one, before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from datadiet.frames.groups import GROUP_ACCURACY
from datadiet.study.verdict import Mean, signed_points

FEWEST_SEEDS = 3  # two have one degree of freedom: where both moved alike, they seem to be sure
_SURE = 0.95  # coverage of the interval within which a change is what seeds scatter


@dataclass(frozen=True)
class Worst:
    """The group with the lowest accuracy of a point."""

    group: str
    accuracy: Mean


def group_accuracy(by_seed: pd.DataFrame) -> pd.DataFrame:
    """Return the accuracy of every group at every point, and its change against all data.

    Seeds are compared with themselves: accuracy, that of all data and the change between them are means over
    the seeds that both have, so that they add up. Where they share none, accuracy is over the point's own.

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
        known = before.head(0) if is_before[found.index].all() else before
        rows.append({
            "point_id": point_id,
            "title": found["title"].iloc[0],
            "group": group,
            "num_held_out": found["num_held_out"].iloc[0],
            **_compared(mine, known),
        })
    table = GROUP_ACCURACY.from_rows(rows)
    places = {point_id: place for place, point_id in enumerate(dict.fromkeys(by_seed["point_id"]))}
    order = table.assign(place=table["point_id"].map(places)).sort_values(["place", "group"], kind="stable")
    return GROUP_ACCURACY.conform(order.drop(columns="place"))


def _compared(mine: pd.Series[float], before: pd.Series[float]) -> dict[str, float]:
    """Return the accuracy of a group at a point beside that on all data, over the seeds that both have."""
    shared = mine.index.intersection(before.index)
    after = mine.loc[shared] if len(shared) else mine
    change = mine.loc[shared] - before.loc[shared]
    return {
        "accuracy": after.mean(),
        "standard_error": _error(after),
        "num_seeds": len(after),
        "all_data": before.loc[shared].mean() if len(shared) else np.nan,
        "change": change.mean() if len(shared) else np.nan,
        "change_se": _error(change),
    }


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
    """Return the groups that lost more than seeds scatter, the most first; none below three seeds.

    A loss counts where the 95 % interval of the change (Student's t, paired by seed) lies below 0.

    Args:
        rows: Of a GROUP_ACCURACY frame.
    """
    known = rows[rows["num_seeds"] >= FEWEST_SEEDS]
    widths = stdtrit(known["num_seeds"].to_numpy(np.float64) - 1.0, (1.0 + _SURE) / 2.0)
    found: pd.DataFrame = known[known["change"] < -widths * known["change_se"]]
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
    num = worst.accuracy.num_seeds
    seeds = f"({num} seed{'' if num == 1 else 's'})"
    if np.isnan(row["change"]):
        return f"{told} {seeds}."
    told += f" against {100 * row['all_data']:.1f} on all data, {_points(row)} {seeds}."
    lost = losers(rows)
    if num < FEWEST_SEEDS:
        return f"{told} {'One seed' if num == 1 else 'Two seeds'} cannot say which groups lost."
    if lost.empty:
        return f"{told} No group lost more than seeds scatter."
    most = lost.iloc[0]
    many = f"{len(lost)} of {len(rows)} groups" if len(lost) > 1 else f"One of {len(rows)} groups"
    return f"{told} {many} lost more than seeds scatter, {most['group']} the most: {_points(most)}."


def _points(row: pd.Series[float]) -> str:
    doubt = f" ± {100 * row['change_se']:.1f}" if row["num_seeds"] >= FEWEST_SEEDS else ""
    return f"{signed_points(row['change'])}{doubt}"


def _mean(row: pd.Series[float]) -> Mean:
    return Mean(float(row["accuracy"]), float(row["standard_error"]), int(row["num_seeds"]))
