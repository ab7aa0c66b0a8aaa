"""From a source to ``datasets/<dataset_id>``: prepared once, found again by the source's signature."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from datadiet.config import DataConfig
from datadiet.data.decoding import Decoders
from datadiet.data.fingerprint import DatasetFingerprint
from datadiet.data.images import LabeledImages
from datadiet.data.plan import Plan, plan
from datadiet.data.prepare import Preparation, prepare
from datadiet.data.sources import Source
from datadiet.data.thumbnails import ThumbnailWriter
from datadiet.frames.examples import EXAMPLES, PROBLEMS
from datadiet.pipeline.progress import Progress
from datadiet.store.arrays import ArrayWriter
from datadiet.store.documents import publish_json, read_json, write_json
from datadiet.store.publish import Attempt, is_published, publish_folder
from datadiet.store.tables import write_table
from datadiet.store.workspace import Workspace


def prepare_source(
    workspace: Workspace, source: Source, config: DataConfig, *, num_workers: int, progress: Progress
) -> LabeledImages:
    """Return the prepared form of ``source``; decoded only where the workspace does not hold it yet.

    Raises:
        SourceError: The source is no labelled image set, or more is unreadable than allowed.
        StoreError: The workspace cannot take it.
    """
    with Decoders(num_workers) as decoders:
        decoders.start()
        planned = plan(source, config, decoders)
        found = find_prepared(workspace, planned.signature)
        return LabeledImages.open(found or _prepared(workspace, source, planned, decoders, progress))


def _prepared(
    workspace: Workspace, source: Source, planned: Plan, decoders: Decoders, progress: Progress
) -> Path:
    """Return the folder of a source that is prepared now."""
    num_bytes = planned.num_records * planned.image_size**2 * planned.channels
    with publish_folder(workspace, workspace.datasets_dir / "unnamed", num_bytes=num_bytes) as attempt:
        progress.stage(f"Prepare {planned.source_name}", total=planned.num_records, unit="images")
        preparation = prepare(source, planned, decoders, on_done=progress.reach)
        dataset_id = _write(attempt, preparation, planned)
        attempt.final = workspace.dataset_dir(dataset_id)
    if not attempt.won and _signature(attempt.final) != planned.signature:  # copied or touched
        publish_json(_alias(attempt.final, planned.signature), {"signature": planned.signature})
    return attempt.final


def find_prepared(workspace: Workspace, signature: str) -> Path | None:
    """Return the folder of the data set that was prepared from a source of this signature, if any."""
    for folder in sorted(workspace.datasets_dir.glob("*")):
        if not is_published(folder):
            continue
        if _signature(folder) == signature or is_published(_alias(folder, signature)):
            return folder
    return None


def _signature(folder: Path) -> str:
    """Return the signature of the source that a data set was first prepared from."""
    return str(read_json(folder / "dataset.json")["signature"])


def _alias(folder: Path, signature: str) -> Path:
    """Return the file that says that a source of another signature gave the same data set."""
    return folder / f"signature_{signature}.json"


def _write(attempt: Attempt, preparation: Preparation, planned: Plan) -> str:
    """Write the blocks of a preparation into ``attempt``; return the id of what was written."""
    shape = (planned.image_size, planned.image_size, planned.channels)
    fingerprint = DatasetFingerprint(planned.class_names)
    rows: list[pd.DataFrame] = []
    problems: list[pd.DataFrame] = []
    thumbnails = ThumbnailWriter(attempt / "thumbnails")
    with ArrayWriter(attempt / "images.npy", shape, np.uint8) as images:
        for block in preparation:
            images.append(block.images)
            thumbnails.append(block.thumbnails)
            fingerprint.update(block.images, block.rows)
            rows.append(block.rows)
            problems.append(block.problems)
    dataset_id = fingerprint.dataset_id()
    write_table(attempt / "examples.parquet", _joined(rows, EXAMPLES.empty()), EXAMPLES)
    write_table(attempt / "problems.parquet", _joined(problems, PROBLEMS.empty()), PROBLEMS)
    write_json(attempt / "dataset.json", {**preparation.document(), "dataset_id": dataset_id})
    return dataset_id


def _joined(frames: list[pd.DataFrame], empty: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([empty, *frames], ignore_index=True) if frames else empty


def skipped_sentence(document: dict[str, Any], folder: Path) -> str:
    """Return what could not be used of a source, in words; empty where all could.

    Args:
        document: ``dataset.json`` of the data set.
        folder: Of the data set.
    """
    counts = document["num_problems"]
    if not counts:
        return ""
    parts = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in counts.items())
    return f"Not used: {parts}. Each is listed with its reason in {folder / 'problems.parquet'}."
