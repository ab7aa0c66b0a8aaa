"""How far scores agree: with one another, and with themselves from other seeds. Torch-free."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from math import ceil, comb, isnan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.frames.scores import AGREEMENT, RELIABILITY
from datadiet.scores.ensemble import Floats, hardness, mean_over_seeds
from datadiet.scores.registry import find_method

MAX_SPLITS = 20


def spearman(first: Floats, second: Floats) -> float:
    """Return the rank correlation of two arrays over the places where both are numbers.

    Ties share their mean rank. NaN where fewer than two places remain or an array is constant there.
    """
    is_known = ~(np.isnan(first) | np.isnan(second))
    if is_known.sum() < 2:
        return float("nan")
    a, b = (pd.Series(values[is_known]).rank().to_numpy() for values in (first, second))
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    return float(a @ b) / scale if scale > 0 else float("nan")


def agreement(means: Mapping[str, Floats]) -> pd.DataFrame:
    """Return the rank correlation of every pair of scores, each turned from easy to hard.

    Args:
        means: Score name (a method, or one at a step) -> shape ``(N,)``, the examples to compare on.

    Returns:
        An AGREEMENT frame with a row for every ordered pair, itself included, so that it pivots to a square.

    Raises:
        ConfigError: A name is no method.
    """
    names = list(means)
    turned = {name: hardness(means[name], find_method(name).direction) for name in names}
    pairs = {
        frozenset((a, b)): spearman(turned[a], turned[b]) for i, a in enumerate(names) for b in names[i:]
    }
    rows = [{"score": a, "other": b, "spearman": pairs[frozenset((a, b))]} for a in names for b in names]
    return AGREEMENT.from_rows(rows)


def split_half(values: Floats) -> float:
    """Return the split-half reliability of the mean over seeds.

    Seeds are split into two halves of equal size (an odd one out sits out) and the means of the halves are
    correlated by rank. The correlations of all such splits, or of 20 seeded ones where there are more, are
    averaged and stepped up to all seeds by Spearman-Brown. Where seeds leave examples out, a half counts as
    many seeds as it has for an average example.

    Args:
        values: Shape ``(S, N)``, NaN where a seed gives no value.

    Returns:
        At most 1; NaN below two seeds or where a half is constant.
    """
    found = [_half_correlation(values, first, second) for first, second in _half_splits(len(values))]
    known = [(correlation, size) for correlation, size in found if not isnan(correlation)]
    if not known:
        return float("nan")
    correlation = float(np.mean([each for each, _ in known]))
    half_seeds = float(np.mean([size for _, size in known]))
    counts = (~np.isnan(values)).sum(axis=0)
    return stepped_up(correlation, float(counts[counts > 0].mean()) / half_seeds)


def stepped_up(correlation: float, factor: float) -> float:
    """Return the reliability of ``factor`` times as many seeds, by Spearman-Brown; no gain at or below 0."""
    if correlation <= 0:
        return correlation
    return factor * correlation / (1 + (factor - 1) * correlation)


def seeds_needed(reliability: float, num_seeds: int, target: float) -> int | None:
    """Return how many seeds would reach ``target``, by Spearman-Brown; None where none would.

    Args:
        reliability: Split-half reliability of the mean over ``num_seeds``.
        num_seeds: Seeds it was stepped up to.
        target: In (0, 1).

    Example:
        >>> seeds_needed(0.75, num_seeds=3, target=0.9)
        9
    """
    if isnan(reliability) or reliability <= 0:
        return None
    if reliability >= 1:
        return 1
    factor = target * (1 - reliability) / (reliability * (1 - target))
    return max(1, ceil(factor * num_seeds - 1e-9))


def reliability_table(values: Mapping[str, Floats]) -> pd.DataFrame:
    """Return split-half reliability and the seeds that 0.90 and 0.95 would take, for each score.

    Args:
        values: Score name -> shape ``(S, N)``, NaN where a seed gives no value.

    Returns:
        A RELIABILITY frame, in the order given.
    """
    rows = []
    for name, each in values.items():
        num_seeds = int((~np.isnan(each)).any(axis=1).sum())
        reliability = split_half(each)
        needed = [seeds_needed(reliability, num_seeds, target) for target in (0.9, 0.95)]
        rows.append((name, num_seeds, reliability, *needed))
    return RELIABILITY.from_rows(rows)


def _half_correlation(values: Floats, first: tuple[int, ...], second: tuple[int, ...]) -> tuple[float, float]:
    """Return the correlation of two halves' means, and the seeds behind an average example of a half."""
    halves = [values[list(half)] for half in (first, second)]
    counts = np.stack([(~np.isnan(half)).sum(axis=0) for half in halves])  # (2, N)
    is_known = (counts > 0).all(axis=0)
    if not is_known.any():
        return float("nan"), float("nan")
    correlation = spearman(mean_over_seeds(halves[0]), mean_over_seeds(halves[1]))
    return correlation, float(counts[:, is_known].mean())


def _half_splits(num_seeds: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield pairs of disjoint halves of equal size: all of them, or MAX_SPLITS seeded ones."""
    half = num_seeds // 2
    if half == 0:
        return
    num_splits = comb(num_seeds, half) * comb(num_seeds - half, half) // 2
    if num_splits <= MAX_SPLITS:
        for first in combinations(range(num_seeds), half):
            rest = [seed for seed in range(num_seeds) if seed not in first]
            yield from ((first, second) for second in combinations(rest, half) if first < second)
        return
    generator = np.random.default_rng(0)
    for _ in range(MAX_SPLITS):
        order: NDArray[np.int64] = generator.permutation(num_seeds)
        yield tuple(order[:half].tolist()), tuple(order[half : 2 * half].tolist())
