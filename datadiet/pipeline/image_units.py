"""What the images of a data set say without any model, as units: quality flags and groups of duplicates.

No seed is needed, so they fill a processor that has nothing to train, and stand before triage begins.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from datadiet.execution.units import Tell, Unit
from datadiet.frames.examples import DUPLICATES, QUALITY
from datadiet.frames.table import Table
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.work import FORWARD_COST
from datadiet.store.publish import is_published
from datadiet.store.tables import publish_table
from datadiet.store.workspace import Workspace
from datadiet.triage.duplicates import find_duplicates
from datadiet.triage.quality import quality_flags

Found = Callable[..., pd.DataFrame]  # of pixels and examples
TABLES: dict[str, tuple[Found, Table]] = {  # file -> what finds it, and its columns
    "quality": (quality_flags, QUALITY),
    "duplicates": (find_duplicates, DUPLICATES),
}


def image_units(files: RunFiles) -> list[Unit]:
    """Return a unit for each table that the data set of a run lacks, the longest first."""
    units = [
        Unit(
            key=f"find {name}",
            final=image_table_path(files, name),
            function="datadiet.pipeline.image_units:image_unit",
            arguments={"workspace": str(files.workspace.root), "run_id": files.run_id, "name": name},
            cost=len(files.labels) * FORWARD_COST,
        )
        for name in reversed(TABLES)
    ]
    return [unit for unit in units if not is_published(unit.final)]


def image_table_path(files: RunFiles, name: str) -> Path:
    """Return where a table of the data set lies or will lie."""
    return files.workspace.dataset_dir(files.images.dataset_id) / f"{name}.parquet"


def image_unit(tell: Tell, *, workspace: str, run_id: str, name: str) -> None:
    """Publish one of TABLES for the data set of a run."""
    tell(0.0, "")
    publish_image_table(RunFiles(Workspace.existing(Path(workspace)), run_id), name)


def publish_image_table(files: RunFiles, name: str) -> None:
    """Publish one of TABLES, unless it is there."""
    path, (find, table) = image_table_path(files, name), TABLES[name]
    if not is_published(path):
        with threadpool_limits(limits=files.config.train.num_threads):  # decides the last bits of a product
            found = find(files.images.images, files.images.examples)
        publish_table(path, found, table)
