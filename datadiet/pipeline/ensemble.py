"""From the files of each seed to one value an example: derived on reading, never stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.pipeline.run_files import RunFiles
from datadiet.scores.ensemble import mean_over_seeds, standard_error, summarise
from datadiet.scores.registry import find_method

Floats = NDArray[np.float64]

CONTROLS = ("random", "input_norm")  # the same for every seed, so that the first one's are kept


@dataclass(frozen=True)
class ScoreKey:
    """A method at a step; its name carries the step where it is not the last one."""

    method: str
    step: int
    is_last: bool

    @property
    def name(self) -> str:
        """Return the column's name: ``el2n``, or ``el2n_step_000390`` before the last step."""
        return self.method if self.is_last else f"{self.method}_step_{self.step:06d}"


def score_keys(files: RunFiles, seeds: Sequence[int], last_step: int) -> list[ScoreKey]:
    """Return the scores that each of ``seeds`` has, methods at the last step first.

    What some of them have, such as a first look, is no score of the ensemble. The controls are the same
    for every seed, so that one has them for all.
    """
    counts = Counter(key for seed in seeds for key in files.score_steps(seed))
    found = [key for key, num in counts.items() if num == len(seeds) or key[0] in CONTROLS]
    order = list(_method_order())
    keys = [ScoreKey(method, step, step == last_step) for method, step in found if method in order]
    return sorted(keys, key=lambda key: (not key.is_last, order.index(key.method), key.step))


def _method_order() -> list[str]:
    from datadiet.scores.registry import METHODS

    return list(METHODS)


def seed_values(files: RunFiles, key: ScoreKey, seeds: Sequence[int]) -> Floats:
    """Return the values of each seed that has the score, shape (S', N), NaN where it did not train on one.

    A score that needs no training (random, input norm) has a value for every example.
    """
    reads = find_method(key.method).reads
    arrays = []
    for seed in seeds:
        if (key.method, key.step) not in files.score_steps(seed):
            continue
        values = files.score(seed, key.method, key.step)
        if reads not in {"input", "none"}:
            values = np.where(files.trained_by(seed), values, np.nan)
        arrays.append(values)
    return np.stack(arrays)


def held_out_mean(files: RunFiles, key: ScoreKey, seeds: Sequence[int]) -> Floats:
    """Return the mean over the seeds that did not train on each example, shape (N,); NaN where all did."""
    arrays = [
        np.where(
            files.trained_by(seed),
            np.nan,
            files.score(seed, key.method, key.step),
        )
        for seed in seeds
        if (key.method, key.step) in files.score_steps(seed)
    ]
    return mean_over_seeds(np.stack(arrays))


def summary(files: RunFiles, key: ScoreKey, seeds: Sequence[int]) -> pd.DataFrame:
    """Return the SUMMARY frame of one score: mean, standard error, percentile, number of seeds."""
    ids = files.labels["example_id"].to_numpy(dtype=np.int64)
    is_train = (files.labels["split"] == "train").to_numpy()
    direction = find_method(key.method).direction
    return summarise(seed_values(files, key, seeds), is_train, example_ids=ids, direction=direction)


@dataclass(frozen=True)
class MeanAndError:
    """A mean over seeds with its standard error and their number; accuracy in [0, 1]."""

    mean: float
    standard_error: float
    num_seeds: int

    def percent(self) -> str:
        """Return it as a person reads it: ``83.4 ± 0.3 % (3 seeds)``."""
        if np.isnan(self.mean):
            return "not measured"
        seeds = f"{self.num_seeds} seed{'s' if self.num_seeds != 1 else ''}"
        doubt = "" if np.isnan(self.standard_error) else f" ± {100 * self.standard_error:.1f}"
        return f"{100 * self.mean:.1f}{doubt} % ({seeds})"


def final_accuracy(histories: Sequence[pd.DataFrame], split: str) -> MeanAndError:
    """Return the accuracy on ``validation`` or ``test`` after the last step, over seeds.

    A seed that is known at its initialisation alone has none.

    Args:
        histories: HISTORY of each seed; no rows before the first epoch ended.
        split: ``validation`` or ``test``.
    """
    columns = [history[f"{split}_accuracy"] for history in histories]
    last = [column.iloc[-1] if len(column) else np.nan for column in columns]
    values = np.asarray(last, dtype=np.float64)[:, None]  # (S, 1)
    return MeanAndError(
        float(mean_over_seeds(values)[0]), float(standard_error(values)[0]), int((~np.isnan(values)).sum())
    )
