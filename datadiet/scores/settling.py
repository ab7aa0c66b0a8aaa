"""From which epoch on a score orders as it does in the end, and how it goes with another. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.frames.dynamics import SETTLING
from datadiet.scores.ensemble import Floats, mean_over_seeds, standard_error
from datadiet.scores.reliability import spearman

ENOUGH = 0.9  # rank correlation from which on one order may stand for another


@dataclass(frozen=True)
class SeedCorrelation:
    """How two scores go together: of their means over seeds, and within single seeds."""

    of_means: float  # rank correlation, in [-1, 1]
    seed_mean: float  # mean over seeds of each seed's own
    seed_error: float  # standard error of that mean; NaN below two seeds
    num_seeds: int

    def words(self) -> str:
        """Return both in a few words, such as ``0.89; within a seed 0.81 ± 0.01 (3 seeds)``."""
        doubt = f" ± {self.seed_error:.2f}" if np.isfinite(self.seed_error) else ""
        seeds = f"{self.num_seeds} seed{'' if self.num_seeds == 1 else 's'}"
        return f"{self.of_means:.2f}; within a seed {self.seed_mean:.2f}{doubt} ({seeds})"


def correlate_seeds(first: Floats, second: Floats) -> SeedCorrelation:
    """Return the rank correlation of two scores: of their means over seeds, and of each seed's own values.

    Args:
        first: Shape ``(S, N)``, NaN where a seed gives no value.
        second: The same seeds and examples.
    """
    own = np.array([spearman(a, b) for a, b in zip(first, second, strict=True)])
    known = own[np.isfinite(own)][:, None]  # (S', 1)
    if not len(known):
        return SeedCorrelation(float("nan"), float("nan"), float("nan"), 0)
    of_means = spearman(mean_over_seeds(first), mean_over_seeds(second))
    return SeedCorrelation(
        of_means, float(mean_over_seeds(known)[0]), float(standard_error(known)[0]), len(known)
    )


def settling(score: str, values: Mapping[int, Floats]) -> pd.DataFrame:
    """Return how far a score agrees with itself between epochs.

    Args:
        score: Its method's name.
        values: Epoch -> shape ``(S, N)``, the same seeds and examples at each, NaN where a seed gives none.

    Returns:
        A SETTLING frame with a row for every ordered pair of epochs.
    """
    epochs = sorted(values)
    found = {(a, b): correlate_seeds(values[a], values[b]) for i, a in enumerate(epochs) for b in epochs[i:]}
    rows = []
    for epoch in epochs:
        for other in epochs:
            pair = found[min(epoch, other), max(epoch, other)]
            rows.append((
                score,
                epoch,
                other,
                pair.of_means,
                pair.seed_mean,
                pair.seed_error,
                pair.num_seeds,
            ))
    return SETTLING.from_rows(rows)


def first_settled(table: pd.DataFrame, score: str, *, enough: float = ENOUGH) -> tuple[int, int, float]:
    """Return the first epoch that orders like the last one, the last one, and their rank correlation.

    Every epoch between has to order like the last one too, so that a chance agreement does not count. It is
    the last epoch itself, with 1, where no earlier one does.

    Args:
        table: A SETTLING frame.
        score: A method in it.
        enough: Least rank correlation that counts as alike.
    """
    mine = table[table["score"] == score]
    last = int(mine["epoch"].max())
    to_last = mine[mine["other"] == last].sort_values("epoch", ascending=False)
    found = (last, last, 1.0)
    for epoch, agreement in zip(to_last["epoch"], to_last["spearman"], strict=True):
        if epoch == last:
            continue
        if not agreement >= enough:
            break
        found = (int(epoch), last, float(agreement))
    return found


def settling_advice(table: pd.DataFrame, score: str, title: str, *, enough: float = ENOUGH) -> str:
    """Return whether scoring could have stopped earlier, in a sentence; empty for a single epoch.

    Args:
        table: A SETTLING frame.
        score: A method in it.
        title: What the score is called.
        enough: Least rank correlation that counts as alike.
    """
    mine = table[table["score"] == score]
    if mine["epoch"].nunique() < 2:
        return ""
    first, last, agreement = first_settled(table, score, enough=enough)
    if first < last:
        return (
            f"{title} at epoch {first} orders like epoch {last} ({agreement:.2f}): shorter scoring would do."
        )
    before = mine[(mine["other"] == last) & (mine["epoch"] < last)].sort_values("epoch").iloc[-1]
    return (
        f"{title} has not settled: epoch {before['epoch']} orders like epoch {last} by "
        f"{before['spearman']:.2f} only, so which epoch is read matters."
    )


@dataclass(frozen=True)
class Density:
    """Examples counted in cells of one score's rank against another's value."""

    across: Floats  # edges of the rank, shape (X + 1,), in [0, 1]
    upwards: Floats  # edges of the value, shape (Y + 1,)
    counts: NDArray[np.int64]  # shape (Y, X)
    cells: NDArray[np.int64]  # cell of each example, y * X + x; -1 where a value is missing

    def members(self, row: int, column: int) -> NDArray[np.int64]:
        """Return the places of the examples in a cell."""
        return np.flatnonzero(self.cells == row * (len(self.across) - 1) + column)


def density(percentiles: Floats, values: Floats, *, num_across: int = 20, num_up: int = 12) -> Density:
    """Return how many examples lie in each cell of rank against value.

    Args:
        percentiles: Shape ``(N,)``, in [0, 1] or NaN.
        values: Shape ``(N,)``, any unit, or NaN.
        num_across: Cells of the rank.
        num_up: Cells of the value, between its least and its greatest.
    """
    is_known = np.isfinite(percentiles) & np.isfinite(values)
    across = np.linspace(0.0, 1.0, num_across + 1)
    upwards = np.histogram_bin_edges(values[is_known], bins=num_up) if is_known.any() else np.arange(2.0)
    columns = _bins(percentiles[is_known], across)
    rows = _bins(values[is_known], upwards)
    cells = np.full(len(values), -1, dtype=np.int64)
    cells[is_known] = rows * num_across + columns
    counts = np.bincount(cells[is_known], minlength=(len(upwards) - 1) * num_across)
    return Density(across, upwards, counts.reshape(-1, num_across).astype(np.int64), cells)


def _bins(values: Floats, edges: Floats) -> NDArray[np.int64]:
    return np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2).astype(np.int64)
