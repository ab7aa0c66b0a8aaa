"""Which split, fold and label each example of a run has: the run's ``noise.parquet``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.config import AuditConfig
from datadiet.data.noise import flip_labels
from datadiet.data.splits import assign_folds
from datadiet.frames.training import LABELS
from datadiet.pipeline.corrections import Correction

EXCLUDED = "excluded"  # split of what a person dropped
FOLD_SEED = 0  # folds are part of the run, so they have one draw


def label_table(
    examples: pd.DataFrame, config: AuditConfig, *, num_classes: int, correction: Correction | None = None
) -> pd.DataFrame:
    """Return the LABELS frame of a run.

    Flips are planted into train and validation, never into test. A planted flip makes the given label the
    known truth, unless the source names one.

    Args:
        examples: EXAMPLES frame of the data set.
        config: Noise and folds.
        num_classes: C.
        correction: Labels after applied reviews; the given labels when missing. What it excludes is in
            no split: split ``excluded``, scored as held out.
    """
    given = examples["given_label"].to_numpy(dtype=np.int64)
    base = given if correction is None else correction.labels
    split = examples["split"]
    if correction is not None:
        split = split.mask(correction.is_excluded, EXCLUDED)
    eligible = split.isin(["train", "validation"]).to_numpy()
    flips = flip_labels(base, eligible, config.noise, num_classes)
    true_label = examples["true_label"]
    if config.noise.kind != "none":
        true_label = true_label.fillna(pd.Series(base, dtype="Int64"))
    return LABELS.conform(
        pd.DataFrame({
            "example_id": examples["example_id"],
            "split": split,
            "fold": _folds(split, examples["group"], flips.labels, config.num_folds),
            "given_label": given,
            "label": flips.labels,
            "true_label": true_label,
            "is_flipped": flips.is_flipped,
        })
    )


def _folds(
    split: pd.Series[str], groups: pd.Series[str], labels: NDArray[np.int64], num_folds: int
) -> NDArray[np.int64]:
    folds = np.full(len(split), -1, dtype=np.int64)
    is_train = (split == "train").to_numpy()
    if num_folds >= 2:
        folds[is_train] = assign_folds(labels[is_train], groups[is_train], num_folds, FOLD_SEED)
    return folds


@dataclass(frozen=True)
class SeedRows:
    """Rows of the images that one seed trains on, and the held-out ones."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


def trains_on(labels: pd.DataFrame, seed: int, num_folds: int) -> NDArray[np.bool_]:
    """Return the mask, shape (N,), of the rows that ``seed`` trains on: train, less its left-out fold."""
    mask = (labels["split"] == "train").to_numpy()
    if num_folds >= 2:
        mask &= (labels["fold"] != seed % num_folds).to_numpy()
    return mask


def seed_rows(labels: pd.DataFrame, seed: int, num_folds: int) -> SeedRows:
    """Return the rows of each split for ``seed``, its left-out fold left out."""
    split = labels["split"]
    return SeedRows(
        train=np.flatnonzero(trains_on(labels, seed, num_folds)),
        validation=np.flatnonzero((split == "validation").to_numpy()),
        test=np.flatnonzero((split == "test").to_numpy()),
    )
