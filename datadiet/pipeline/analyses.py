"""Analyses of a run, read: which examples they look at, what was found. Torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.config import FrozenConfig, digest
from datadiet.dynamics.barriers import barrier
from datadiet.errors import ConfigError, DataError
from datadiet.frames.dynamics import BARRIERS, PATHS, VELOCITY
from datadiet.pipeline.run import Run
from datadiet.pipeline.run_files import RunFiles
from datadiet.scores.registry import check_score
from datadiet.store.documents import publish_json, read_json
from datadiet.store.publish import is_published
from datadiet.store.tables import read_table

ALPHAS = tuple(round(place / 10, 1) for place in range(11))
SETS = ("hardest", "easiest", "random")


class NtkSettings(FrozenConfig):
    """Whose kernel velocity is computed, and when."""

    kernel: Literal["ntk", "ntk_sum_of_logits"] = "ntk"
    score: str = "el2n"  # whose order the groups are adjacent in
    group_size: int = 100  # examples
    num_groups: int = 10  # spread evenly from the easiest to the hardest
    epochs: tuple[int, ...] = ()  # epochs done before each velocity; none: every epoch


class PathSettings(FrozenConfig):
    """Between which children errors are computed, and on what."""

    score: str = "el2n"  # whose ends are the hardest and easiest
    set_size: int = 1000  # examples of each set, at most a fifth of the training examples
    spawn_epochs: tuple[int, ...] = ()  # none: every kept epoch but the last
    alphas: tuple[float, ...] = ALPHAS  # weights of the first child; 0 and 1 must be among them


@dataclass(frozen=True)
class Analysis:
    """One analysis of a run: its settings, and the folder of what was found."""

    kind: Literal["ntk", "connectivity"]
    analysis_id: str
    folder: Path
    document: dict[str, Any]


def begin_analysis(
    files: RunFiles, kind: Literal["ntk", "connectivity"], document: dict[str, Any]
) -> Analysis:
    """Publish what an analysis looks at, unless it is there; return it."""
    analysis_id = digest(kind, document)
    folder = files.folder / kind / analysis_id
    publish_json(folder / "analysis.json", document)
    return Analysis(kind, analysis_id, folder, document)


def list_analyses(files: RunFiles, kind: Literal["ntk", "connectivity"]) -> list[Analysis]:
    """Return the analyses of a kind, in the order of their ids."""
    paths = sorted((files.folder / kind).glob("*/analysis.json"))
    return [
        Analysis(kind, path.parent.name, path.parent, read_json(path)) for path in paths if is_published(path)
    ]


def velocities(analysis: Analysis) -> pd.DataFrame:
    """Return the VELOCITY table of what is done so far."""
    paths = sorted(path for path in analysis.folder.glob("seed_*/group_*.parquet") if is_published(path))
    frames = [read_table(path, VELOCITY) for path in paths]
    return VELOCITY.conform(pd.concat([VELOCITY.empty(), *frames], ignore_index=True))


def paths_between(analysis: Analysis) -> pd.DataFrame:
    """Return the PATHS table of what is done so far."""
    found = sorted(path for path in analysis.folder.glob("seed_*/paths_*.parquet") if is_published(path))
    frames = [read_table(path, PATHS) for path in found]
    return PATHS.conform(pd.concat([PATHS.empty(), *frames], ignore_index=True))


def barriers(paths: pd.DataFrame) -> pd.DataFrame:
    """Return the BARRIERS table of a PATHS table."""
    rows = []
    for (seed, spawn_epoch, examples), group in paths.groupby(["seed", "spawn_epoch", "examples"]):
        rows.append({
            "seed": seed,
            "spawn_epoch": spawn_epoch,
            "examples": examples,
            "barrier": barrier(group["alpha"].tolist(), group["error"].tolist()),
        })
    return BARRIERS.from_rows(rows)


def groups_of(run: Run, settings: NtkSettings) -> list[list[int]]:
    """Return the example_ids of each group, the easiest group first.

    Raises:
        ConfigError: A setting is not allowed, or the groups would overlap.
        NotFoundError: The run has no such score.
    """
    ids = ordered_ids(run, settings.score)
    size, num = settings.group_size, settings.num_groups
    if size < 2 or num < 1:
        raise ConfigError("group_size must be at least 2 and num_groups at least 1.")
    if size * num > len(ids):
        raise ConfigError(
            f"{num} groups of {size} need {num * size:,} training examples with a score, and there are "
            f"{len(ids):,}; lower --group-size or --groups."
        )
    starts = np.linspace(0, len(ids) - size, num).round().astype(int)
    return [[int(each) for each in ids[start : start + size]] for start in starts]


def sets_of(run: Run, settings: PathSettings) -> dict[str, list[int]]:
    """Return the example_ids of the hardest, easiest and random sets.

    Raises:
        NotFoundError: The run has no such score.
        DataError: There are too few training examples.
    """
    ids = ordered_ids(run, settings.score)
    size = min(settings.set_size, len(ids) // 5)
    if size < 1:
        raise DataError(f"{len(ids)} training examples are too few for sets of the hardest and easiest.")
    random = np.random.default_rng(0).permutation(ids)[:size]
    chosen = {"hardest": ids[-size:], "easiest": ids[:size], "random": random}
    return {name: sorted(int(each) for each in chosen[name]) for name in SETS}


def ordered_ids(run: Run, score: str) -> NDArray[np.int64]:
    """Return the training examples that have the score, from easy to hard, ties by example_id.

    Raises:
        NotFoundError: The run has no such score.
    """
    table = run.scores()
    check_score(score, table)
    train = table[(table["split"] == "train") & table[f"{score}_percentile"].notna()]
    order = train.sort_values([f"{score}_percentile", "example_id"], kind="stable")
    return order["example_id"].to_numpy(dtype=np.int64)


def epochs_of(files: RunFiles, wanted: Sequence[int]) -> list[int]:
    """Return epochs after which another one follows, rising; all of them where none is wanted.

    Raises:
        ConfigError: An epoch lies outside the training.
    """
    last = files.config.train.num_epochs
    for epoch in wanted:
        if not 0 <= epoch < last:
            raise ConfigError.out_of_range("epoch", epoch, f"in [0, {last - 1}]")
    return sorted(set(wanted)) or list(range(last))
