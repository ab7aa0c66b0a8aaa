"""Where the triage of a set of seeds lies: derived over seeds, so it is named by them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from datadiet.errors import NotFoundError
from datadiet.frames.table import Table
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.documents import read_json
from datadiet.store.publish import is_published
from datadiet.store.tables import read_table


def triage_folder(files: RunFiles, seeds: Sequence[int]) -> Path:
    """Return the folder of the triage over ``seeds``, such as ``triage/seeds_0_1_2``."""
    return files.workspace.triage_dir(files.run_id) / ("seeds_" + "_".join(map(str, sorted(seeds))))


def read_triage(files: RunFiles, seeds: Sequence[int], name: str, table: Table) -> pd.DataFrame:
    """Return one table of the triage over ``seeds``.

    Raises:
        NotFoundError: The triage over these seeds is not there.
    """
    path = triage_folder(files, seeds) / f"{name}.parquet"
    if not is_published(path):
        raise NotFoundError(
            f"Run {files.run_id} has no {name} over seeds {', '.join(map(str, seeds))} yet; "
            "run its audit again, to the end."
        )
    return read_table(path, table)


def read_estimate(files: RunFiles, seeds: Sequence[int]) -> dict[str, Any]:
    """Return the estimate of how many labels are wrong: num_wrong, low, high and how it was made.

    Raises:
        NotFoundError: The triage over these seeds is not there.
    """
    folder = triage_folder(files, seeds)
    if not is_published(folder):
        raise NotFoundError(f"Run {files.run_id} has no estimate yet; run its audit again to end.")
    estimate: dict[str, Any] = read_json(folder / "estimate.json")
    return estimate
