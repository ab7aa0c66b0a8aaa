"""How the scores of a run go with one another and with themselves over epochs. Torch-free."""

from __future__ import annotations

import numpy as np
import pandas as pd

from datadiet.errors import NotFoundError
from datadiet.frames.dynamics import SETTLING
from datadiet.pipeline.ensemble import CONTROLS, Floats, ScoreKey, score_keys, seed_values
from datadiet.pipeline.run import Run
from datadiet.scores.registry import unknown_score
from datadiet.scores.settling import SeedCorrelation, correlate_seeds, settling
from datadiet.training.schedule import steps_per_epoch


def score_settling(run: Run) -> pd.DataFrame:
    """Return how far each score that is kept at several steps agrees with itself between them.

    Returns:
        A SETTLING frame over the training examples; empty where no score is kept at two steps.
    """
    is_train = (run.files.labels["split"] == "train").to_numpy()
    by_method: dict[str, list[ScoreKey]] = {}
    for key in score_keys(run.files, run.seeds, run.files.last_step):
        by_method.setdefault(key.method, []).append(key)
    frames = [SETTLING.empty()]
    for method, keys in by_method.items():
        seeds = [seed for seed in run.seeds if _has_all(run, seed, keys)]
        if len(keys) > 1 and seeds and method not in CONTROLS:
            values = {
                epoch_at(run, key.step): seed_values(run.files, key, seeds)[:, is_train] for key in keys
            }
            frames.append(settling(method, values))
    return SETTLING.conform(pd.concat(frames, ignore_index=True))


def correlation(run: Run, first: str, second: str) -> SeedCorrelation:
    """Return how two scores of a run go together on the training examples, with the seeds' own.

    Args:
        run: The run.
        first: A score's column, such as ``el2n``.
        second: Another.

    Raises:
        NotFoundError: The run has no such score, or no seed has both.
    """
    known = {key.name: key for key in score_keys(run.files, run.seeds, run.files.last_step)}
    for name in (first, second):
        if name not in known:
            raise unknown_score(name, known)
    keys = [known[first], known[second]]
    seeds = [seed for seed in run.seeds if _has_all(run, seed, keys)]
    if not seeds:
        raise NotFoundError(f"No seed of run {run.run_id} has both {first} and {second}.")
    is_train = (run.files.labels["split"] == "train").to_numpy()
    a, b = (_values(run, key, seeds)[:, is_train] for key in keys)
    return correlate_seeds(a, b)


def epoch_at(run: Run, step: int) -> int:
    """Return the epochs that are over at a step."""
    return step // steps_per_epoch(run.files.config.train, run.files.num_train)


def _values(run: Run, key: ScoreKey, seeds: list[int]) -> Floats:
    return np.asarray(seed_values(run.files, key, seeds), dtype=np.float64)


def _has_all(run: Run, seed: int, keys: list[ScoreKey]) -> bool:
    return {(key.method, key.step) for key in keys} <= set(run.files.score_steps(seed))
