"""The map of a run's features: made once for a set of seeds, kept with the run, read by the dashboard."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from datadiet.errors import ConfigError, NotFoundError
from datadiet.frames.triage import MAP
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.triage_files import seeds_name
from datadiet.store.documents import read_json, write_json
from datadiet.store.publish import is_published, publish_folder
from datadiet.store.tables import read_table, write_table
from datadiet.triage.feature_map import MAPS, FeatureMap, has_umap
from datadiet.triage.nearest import unit_vectors


def map_folder(files: RunFiles, seeds: Sequence[int], method: str) -> Path:
    """Return the folder of a map over ``seeds``, such as ``triage/map_pca_seeds_0_1_2``."""
    return files.workspace.triage_dir(files.run_id) / f"map_{method}_{seeds_name(seeds)}"


def available_maps() -> list[str]:
    """Return the methods that can be made here: pca, and umap where umap-learn is installed."""
    return [method for method in MAPS if method != "umap" or has_umap()]


def stored_maps(files: RunFiles, seeds: Sequence[int]) -> list[str]:
    """Return the methods whose map over ``seeds`` is kept with the run."""
    return [method for method in MAPS if is_published(map_folder(files, seeds, method))]


def publish_map(files: RunFiles, seeds: Sequence[int], method: str) -> None:
    """Make a map of the features of all examples and keep it with the run, unless it is there.

    Args:
        files: Of the run.
        seeds: Whose features are pooled.
        method: pca or umap.

    Raises:
        ConfigError: There is no such method, or its package is not installed.
        NotFoundError: A seed has no features.
        StoreError: The workspace cannot take it.
    """
    if method not in MAPS:
        raise ConfigError.unknown_choice("map", method, MAPS)
    folder = map_folder(files, seeds, method)
    if is_published(folder):
        return
    with threadpool_limits(limits=files.config.train.num_threads):  # decides the last bits of a product
        found = MAPS[method](unit_vectors([files.evaluation(seed, "features") for seed in seeds]))
    with publish_folder(files.workspace, folder) as attempt:
        write_table(attempt / "map.parquet", _table(files, found), MAP)
        explained = None if math.isnan(found.explained) else found.explained
        write_json(attempt / "map.json", {"method": found.method, "explained": explained})


def read_map(files: RunFiles, seeds: Sequence[int], method: str) -> FeatureMap:
    """Return a map that is kept with the run, rows in the order of its labels.

    Raises:
        NotFoundError: It was not made.
        CorruptFileError: It is not what was written.
    """
    folder = map_folder(files, seeds, method)
    if not is_published(folder):
        raise NotFoundError(
            f"Run {files.run_id} has no {method} map yet; run its audit again, or open Compare."
        )
    table, document = read_table(folder / "map.parquet", MAP), read_json(folder / "map.json")
    explained = document["explained"]
    points = table[["x", "y"]].to_numpy(dtype=np.float32)
    return FeatureMap(points, document["method"], math.nan if explained is None else float(explained))


def _table(files: RunFiles, found: FeatureMap) -> pd.DataFrame:
    return pd.DataFrame({
        "example_id": files.labels["example_id"],
        "x": found.points[:, 0].astype(np.float64),
        "y": found.points[:, 1].astype(np.float64),
    })
