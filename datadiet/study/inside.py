"""What analyses of a training found, averaged over seeds and in words: kernel velocity, error barriers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from datadiet.frames.dynamics import BARRIER_MEANS, PATH_MEANS, VELOCITY_MEANS

SURE = 1.96  # standard errors of a difference above which it is no chance


def velocity_means(table: pd.DataFrame) -> pd.DataFrame:
    """Return the velocity of each group and epoch over seeds.

    Args:
        table: A VELOCITY frame.

    Returns:
        A VELOCITY_MEANS frame, by epoch and group.
    """
    rows = []
    for (epoch, group), found in table.groupby(["epoch", "group"]):
        rows.append({
            "group": group,
            "epoch": epoch,
            "percentile": found["percentile"].iloc[0],
            "velocity": found["velocity"].mean(),
            "standard_error": _error(found["velocity"]),
            "num_seeds": len(found),
            "flipped_fraction": found["flipped_fraction"].mean(),
        })
    return VELOCITY_MEANS.from_rows(rows)


def path_means(table: pd.DataFrame) -> pd.DataFrame:
    """Return the error along the path over seeds: a PATH_MEANS frame of a PATHS frame."""
    return PATH_MEANS.from_rows(_means(table, ["spawn_epoch", "examples", "alpha"], "error"))


def barrier_means(table: pd.DataFrame) -> pd.DataFrame:
    """Return the barrier over seeds: a BARRIER_MEANS frame of a BARRIERS frame."""
    return BARRIER_MEANS.from_rows(_means(table, ["spawn_epoch", "examples"], "barrier"))


def _means(table: pd.DataFrame, keys: list[str], value: str) -> list[dict[str, object]]:
    return [
        {
            **dict(zip(keys, names, strict=True)),
            value: found[value].mean(),
            "standard_error": _error(found[value]),
            "num_seeds": len(found),
        }
        for names, found in table.groupby(keys)
    ]


def _error(values: pd.Series[float]) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


def velocity_verdict(table: pd.DataFrame, epoch: int) -> list[str]:
    """Return whether velocity rises with the score at an epoch, and whether it drops at the very top.

    Groups are compared within seeds; a difference counts from 1.96 standard errors on.

    Args:
        table: A VELOCITY frame.
        epoch: One of its epochs.
    """
    mine = table[table["epoch"] == epoch].pivot(index="seed", columns="group", values="velocity").dropna()
    if mine.empty or mine.shape[1] < 2:
        return ["Fewer than two groups are there that all seeds have."]
    groups = list(mine.columns)
    easiest, hardest = groups[0], groups[-1]
    peak = groups[int(mine.mean().to_numpy().argmax())]
    compared = _compared(mine[hardest], mine[easiest], "higher", "lower")
    told = [
        f"After epoch {epoch} the kernel turns by {_spread(mine[easiest])} in the easiest group and by "
        f"{_spread(mine[hardest])} in the hardest: {compared}."
    ]
    if peak == hardest:
        return [*told, "The highest is the hardest group itself."]
    if peak == easiest:
        return told
    drop = _compared(mine[hardest], mine[peak], "lies higher", "lies lower", alike="lies no lower")
    return [
        *told,
        f"The highest is group {groups.index(peak) + 1} of {len(groups)}; the very hardest {drop}.",
    ]


def barrier_verdict(table: pd.DataFrame) -> list[str]:
    """Return what is left of the barrier, at the latest spawn epoch, on easy and hard examples.

    Args:
        table: A BARRIERS frame.
    """
    if table.empty:
        return ["No pair of children has been compared yet."]
    last = int(table["spawn_epoch"].max())
    sets = table[table["spawn_epoch"] == last].pivot(index="seed", columns="examples", values="barrier")
    if not {"easiest", "hardest"} <= set(sets):
        return ["The hardest and easiest examples have not been compared yet."]
    sets = sets[["easiest", "hardest"]].dropna()
    compared = _compared(sets["hardest"], sets["easiest"], "higher", "lower")
    return [
        f"Children that part after epoch {last} have a barrier of {_points(sets['easiest'])} on the easiest "
        f"examples and of {_points(sets['hardest'])} on the hardest: {compared}."
    ]


def _compared(
    mine: pd.Series[float], other: pd.Series[float], above: str, below: str, *, alike: str = "no different"
) -> str:
    """Return how values of the same seeds compare."""
    gaps = mine - other
    error = _error(gaps)
    word = above if gaps.mean() > 0 else below
    if not np.isfinite(error):
        return f"{word}, by one seed, which cannot say whether that is chance"
    if abs(float(gaps.mean())) <= SURE * error:
        return f"{alike} beyond what seeds scatter"
    return word


def _spread(values: pd.Series[float]) -> str:
    error = _error(values)
    return f"{values.mean():.2f}" + (f" ± {error:.2f}" if np.isfinite(error) else "")


def _points(values: pd.Series[float]) -> str:
    error = _error(values)
    doubt = f" ± {100 * error:.1f}" if np.isfinite(error) else ""
    return f"{100 * values.mean():.1f}{doubt} points of error"
