"""Train, validation and test, and folds: stratified by label, seeded, groups kept together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.config import DataConfig
from datadiet.data.draws import Draws
from datadiet.errors import ConfigError, DataError
from datadiet.frames.examples import SPLITS


def assign_splits(frame: pd.DataFrame, config: DataConfig) -> NDArray[np.object_]:
    """Return the split of each example: the source's where it names one, drawn where it does not.

    Without a test split, ``test_fraction`` of all examples is drawn from the train ones; without a
    validation split, ``validation_fraction`` of the then remaining train ones. Draws are stratified by
    label with the total rounded once, depend on ``split_seed`` alone, keep groups together, and never take
    the last train example of a class. A source that is all of one split is taken as having none.

    Args:
        frame: ``label`` (class index), ``split`` (name or missing) and ``group`` (text or missing), in
            source order.
        config: Fractions and seed.

    Returns:
        Shape (N,), ``train``, ``validation`` or ``test``.

    Raises:
        DataError: A split has another name, or there are validation and test examples and none to train on.
    """
    named = frame["split"].fillna("train").to_numpy(dtype=object, copy=True)
    if unknown := sorted({str(name) for name in set(named) - set(SPLITS)}):
        raise DataError(f"Unknown split {unknown[0]!r}; it must be one of {', '.join(SPLITS)}.")
    splits = np.full(len(named), "train", dtype=object) if sole_split(named) else named
    if len(splits) and not (splits == "train").any():
        raise DataError(
            "The source has validation and test examples and none to train on. Add its training part, "
            "or leave the splits out (rename the column split, or name another with --split-column)."
        )
    labels = frame["label"].to_numpy(dtype=np.int64)
    groups = group_codes(frame["group"])
    for split, fraction, base in (
        ("test", config.test_fraction, len(splits)),
        ("validation", config.validation_fraction, None),
    ):
        if not (splits == split).any():
            candidates = np.flatnonzero(splits == "train")
            count = _asked(fraction, base or len(candidates))
            draws = Draws(config.split_seed, f"split {split}")
            chosen = _draw(labels[candidates], groups[candidates], count, draws)
            splits[candidates[chosen]] = split
    return splits


def _asked(fraction: float, count: int) -> int:
    return int(np.floor(fraction * count + 0.5))


def drawn_sentence(split: str, fraction: float, num_drawn: int, num_all: int, *, has_groups: bool) -> str:
    """Return what became of a split that the source lacks, in words.

    Args:
        split: ``test`` or ``validation``.
        fraction: What was to be drawn.
        num_drawn: Examples that were.
        num_all: Examples they were drawn from.
        has_groups: Whether examples had to stay together.

    Example:
        >>> drawn_sentence("test", 0.2, 24, 120, has_groups=False)
        'The source has no test split: 20% of the examples were drawn.'
        >>> drawn_sentence("validation", 0.1, 0, 4, has_groups=False)
        'The source has no validation split: none of 4 train examples were drawn, not 10%: they are too few.'
    """
    lacks = f"The source has no {split} split:"
    asked = _asked(fraction, num_all)
    is_as_asked = num_drawn == asked or f"{num_drawn / num_all:.0%}" == f"{fraction:.0%}"
    if is_as_asked and (asked or not fraction):
        of = "the examples were" if split == "test" else "train was"
        return f"{lacks} {fraction:.0%} of {of} drawn."
    why = "no class may lose its last train example" if asked else "they are too few"
    if asked and has_groups:
        why = f"groups stay whole, and {why}"
    examples = "examples" if split == "test" else "train examples"
    verb = "was" if num_drawn == 1 else "were"
    return f"{lacks} {num_drawn or 'none'} of {num_all} {examples} {verb} drawn, not {fraction:.0%}: {why}."


def sole_split(splits: Iterable[str | None]) -> str | None:
    """Return the split that all examples are of, where that is not train; None otherwise.

    Example:
        >>> sole_split(["test", "test"]), sole_split(["test", None]), sole_split(["train"])
        ('test', None, None)
    """
    names = set(splits)
    return next(iter(names)) if len(names) == 1 and not names & {"train", None} else None


def group_codes(groups: Sequence[object] | pd.Series) -> NDArray[np.int64]:
    """Return a number a group; missing or empty ones are groups of their own.

    Args:
        groups: One text or missing value an example.
    """
    series = pd.Series(groups, dtype=object)
    codes, names = pd.factorize(series.where(series.notna() & (series != ""), None))
    codes = np.asarray(codes, dtype=np.int64)
    alone = codes < 0
    codes[alone] = len(names) + np.arange(int(alone.sum()))
    return codes


def assign_folds(
    labels: NDArray[np.int64], groups: Sequence[object] | pd.Series, num_folds: int, seed: int
) -> NDArray[np.int64]:
    """Return the fold that leaves each example out, in [0, ``num_folds``).

    Folds differ by at most one example in size, and by at most one in each class, where there are no groups;
    a group goes whole to the fold that has the fewest of its commonest label.

    Args:
        labels: Shape (N,), the class index folds are stratified by.
        groups: Shape (N,), text or missing.
        num_folds: K, at least 2.
        seed: Of the draw.

    Raises:
        ConfigError: ``num_folds`` is below 2 or above the number of groups.
    """
    codes = group_codes(groups)
    num_groups = len(np.unique(codes))
    if not 2 <= num_folds <= num_groups:
        what = "train examples" if num_groups == len(labels) else "groups of train examples"
        several = f", or from 2 to {num_groups}, the number of {what}" if num_groups >= 2 else ""
        raise ConfigError.out_of_range("--folds", num_folds, f"0, for none{several}")
    draws = Draws(seed, "folds")
    if num_groups == len(labels):
        order = _by_label(labels, draws)
        folds = np.empty(len(labels), dtype=np.int64)
        folds[order] = np.arange(len(labels)) % num_folds
        return folds
    return _group_folds(labels, codes, num_folds, draws)


def _by_label(labels: NDArray[np.int64], draws: Draws) -> NDArray[np.int64]:
    """Return an order by label, random inside a label."""
    order = draws.order(len(labels))
    return np.asarray(order[np.argsort(labels[order], kind="stable")], dtype=np.int64)


def _group_folds(
    labels: NDArray[np.int64], codes: NDArray[np.int64], num_folds: int, draws: Draws
) -> NDArray[np.int64]:
    members = _members(codes)
    counts = np.zeros((num_folds, int(labels.max()) + 1), dtype=np.int64)
    folds = np.empty(len(labels), dtype=np.int64)
    shuffled = [members[index] for index in draws.order(len(members))]
    for rows in sorted(shuffled, key=len, reverse=True):  # stable: ties stay in random order
        values, sizes = np.unique(labels[rows], return_counts=True)
        commonest = values[np.argmax(sizes)]
        fold = int(np.lexsort((counts.sum(axis=1), counts[:, commonest]))[0])
        folds[rows] = fold
        counts[fold, values] += sizes
    return folds


def _members(codes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the rows of each group, groups by their first row."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order])) + 1
    parts = [np.asarray(part, dtype=np.int64) for part in np.split(order, starts)]
    return sorted(parts, key=lambda rows: int(rows[0])) if len(codes) else []


def _draw(
    labels: NDArray[np.int64], groups: NDArray[np.int64], count: int, draws: Draws
) -> NDArray[np.int64]:
    """Return about ``count`` positions, stratified by label, whole groups, no class emptied."""
    if count == 0 or not len(labels):
        return np.zeros(0, dtype=np.int64)
    wanted = _shares(np.bincount(labels), count, draws)
    if len(np.unique(groups)) == len(groups):
        order = _by_label(labels, draws)
        sizes = np.bincount(labels)
        rank = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return np.sort(order[rank < np.repeat(wanted, sizes)])
    return _draw_groups(labels, groups, wanted, draws)


def _shares(sizes: NDArray[np.int64], count: int, draws: Draws) -> NDArray[np.int64]:
    """Return how many each class gives: proportional, largest remainders first, at least one stays."""
    exact = np.asarray(sizes * (count / sizes.sum()), dtype=np.float64)
    shares: NDArray[np.int64] = np.minimum(np.floor(exact).astype(np.int64), np.maximum(sizes - 1, 0))
    order = draws.order(len(sizes))
    by_remainder = order[np.argsort(-(exact - shares)[order], kind="stable")]
    room = by_remainder[(shares < sizes - 1)[by_remainder]]
    shares[room[: max(0, count - int(shares.sum()))]] += 1
    return shares


def _draw_groups(
    labels: NDArray[np.int64], groups: NDArray[np.int64], wanted: NDArray[np.int64], draws: Draws
) -> NDArray[np.int64]:
    """Return whole groups, in random order, that bring each class nearer to what is wanted."""
    members = _members(groups)
    left, taken = np.bincount(labels, minlength=len(wanted)), np.zeros_like(wanted)
    chosen: list[NDArray[np.int64]] = []
    for index in draws.order(len(members)):
        rows = members[index]
        values, sizes = np.unique(labels[rows], return_counts=True)
        gap = wanted[values] - taken[values]
        if np.abs(gap - sizes).sum() < np.abs(gap).sum() and (left[values] > sizes).all():
            taken[values] += sizes
            left[values] -= sizes
            chosen.append(rows)
    return np.sort(np.concatenate(chosen)) if chosen else np.zeros(0, dtype=np.int64)
