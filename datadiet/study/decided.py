"""Labels of a retraining after people's decisions, and after as many random ones: the control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.seeds import derive_seed

RELABELS = ("relabel", "new_class")
DROPS = ("drop", "no_class")


@dataclass(frozen=True)
class DecidedLabels:
    """Labels to train on, and which training examples are gone."""

    labels: NDArray[np.int64]  # (N,), class index
    is_dropped: NDArray[np.bool_]  # (N,)
    class_names: tuple[str, ...]  # by index, new ones at the end


def decided_labels(labels: pd.DataFrame, decided: pd.DataFrame, class_names: Sequence[str]) -> DecidedLabels:
    """Return the labels as trained on with the decisions on training examples applied.

    Args:
        labels: A LABELS table.
        decided: A DECIDED table; what is not a training example is left alone.
        class_names: By index.
    """
    values = labels["label"].to_numpy(dtype=np.int64).copy()
    dropped = np.zeros(len(labels), dtype=bool)
    names = list(class_names)
    index: Mapping[int, int] = {int(each): row for row, each in enumerate(labels["example_id"])}
    is_train = (labels["split"] == "train").to_numpy()
    decisions = zip(decided["example_id"], decided["decision"], decided["new_label"], strict=True)
    for example_id, decision, new_label in decisions:
        row = index[int(example_id)]
        if not is_train[row]:
            continue
        if decision in RELABELS:
            if new_label not in names:
                names.append(str(new_label))
            values[row] = names.index(str(new_label))
        dropped[row] = decision in DROPS
    return DecidedLabels(values, dropped, tuple(names))


def random_labels(
    labels: pd.DataFrame, decided: pd.DataFrame, class_names: Sequence[str], *, seed: int
) -> DecidedLabels:
    """Return as many relabels and drops of random training examples: a relabel to any other class.

    Args:
        labels: A LABELS table.
        decided: The decisions whose number is copied.
        class_names: By index, at least two.
        seed: Of the draw.
    """
    values = labels["label"].to_numpy(dtype=np.int64).copy()
    dropped = np.zeros(len(labels), dtype=bool)
    train = np.flatnonzero((labels["split"] == "train").to_numpy())
    ids = set(labels["example_id"].iloc[train].tolist())
    mine = decided[decided["example_id"].isin(ids)]
    num_relabels = int(mine["decision"].isin(RELABELS).sum())
    num_drops = int(mine["decision"].isin(DROPS).sum())
    draw = np.random.default_rng(derive_seed(seed, "random decisions"))
    chosen = draw.permutation(train)[: num_relabels + num_drops]
    relabelled = chosen[:num_relabels]
    moves = draw.integers(1, len(class_names), len(relabelled))
    values[relabelled] = (values[relabelled] + moves) % len(class_names)
    dropped[chosen[num_relabels:]] = True
    return DecidedLabels(values, dropped, tuple(class_names))
