"""A set of 90 small pictures in three classes that differ in grey, and short audits of it in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from datadiet.data.sources.arrays import ArraySource
from datadiet.pipeline.api import audit
from datadiet.pipeline.plan import AuditOptions
from datadiet.pipeline.run import Run

CLASS_NAMES = ("dark", "grey", "light")
NUM_EPOCHS = 4


def pictures(num: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 images (N, 8, 8) and their labels, the classes in turn."""
    labels = np.arange(num) % len(CLASS_NAMES)
    grain = np.random.default_rng(0).integers(0, 60, (num, 8, 8))
    return (grain + 80 * labels[:, None, None]).astype(np.uint8), labels


def source() -> ArraySource:
    """Return the set as a source."""
    return ArraySource(*pictures(), CLASS_NAMES, name="tiny")


def audited(
    workspace: Path, *, seeds: int = 2, options: dict[str, Any] | None = None, **settings: Any
) -> Run:
    """Return the run of an audit of the tiny set: two folds, symmetric noise, four epochs, kept 0, 2, 4."""
    train = {"num_epochs": NUM_EPOCHS, "checkpoint_epochs": [0, 2, 4], **settings.pop("train", {})}
    noise = settings.pop("noise", "symmetric:0.1")
    return audit(
        settings.pop("source", None) or source(),
        noise=noise,
        seeds=seeds,
        folds=settings.pop("folds", 2),
        workspace=workspace,
        progress=settings.pop("progress", None),
        settings={"train": train, **settings},
        options=AuditOptions(**{"num_workers": 0, **(options or {})}),
    )


def files_below(
    root: Path, *, suffixes: tuple[str, ...] = (".parquet", ".npy", ".safetensors", ".json")
) -> dict[str, bytes]:
    """Return the published files by their place, clocks aside."""
    found = (
        path for top in ("datasets", "runs") for path in (root / top).rglob("*") if path.suffix in suffixes
    )
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in found if "clock" not in path.parts
    }


def times_below(root: Path) -> dict[str, int]:
    """Return when each file of the data sets and runs was written, nanoseconds."""
    found = (path for top in ("datasets", "runs") for path in (root / top).rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.stat().st_mtime_ns for path in found}
