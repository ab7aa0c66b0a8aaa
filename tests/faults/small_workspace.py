"""A small publication of every kind of stored file, done, read back and compared by the fault tests."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from datadiet.frames.scores import SEED_SCORES
from datadiet.store.arrays import ArrayWriter, open_array
from datadiet.store.documents import publish_json, read_json, write_json
from datadiet.store.publish import is_published, publish_file, publish_folder, verified_bytes
from datadiet.store.tables import publish_table, read_table, write_table
from datadiet.store.workspace import Workspace

SCORES = pd.DataFrame({"example_id": np.arange(50), "value": np.linspace(0, 1, 50)})
PIXELS = np.random.default_rng(0).integers(0, 255, (50, 8, 8, 3), np.uint8)


EVERY = 1 if os.environ.get("DATADIET_FAULTS") == "full" else 9  # nightly every call, else a slice


def write_array(path: Path, pixels: np.ndarray = PIXELS) -> None:
    with ArrayWriter(path, pixels.shape[1:], pixels.dtype) as writer:
        writer.append(pixels[:20])
        writer.append(pixels[20:])


def fill(root: Path) -> Workspace:
    """Publish what is missing, as a command that is run again does."""
    workspace = Workspace.open(root)
    dataset, seed = workspace.dataset_dir("d"), workspace.seed_dir("r", 0)
    if not is_published(dataset):
        with publish_folder(workspace, dataset) as attempt:
            write_array(attempt / "images.npy")
            write_table(attempt / "examples.parquet", SCORES, SEED_SCORES)
            write_json(attempt / "dataset.json", {"classes": ["a", "b"]})
            (attempt / "thumbnails").mkdir()
            (attempt / "thumbnails" / "0.bin").write_bytes(b"jpeg" * 100)
    publish_json(workspace.run_dir("r") / "config.json", {"profile": "quick"})
    publish_table(seed / "scores" / "el2n.parquet", SCORES[:30], SEED_SCORES)
    publish_file(seed / "probabilities.npy", lambda path: write_array(path, PIXELS[::-1].copy()))
    return workspace


def read(workspace: Workspace, name: str) -> None:
    """Read one file the way the program does."""
    path = workspace.root / name
    if name.endswith((".sums", "checksums.json")):
        of = path.with_name(path.name.removesuffix(".sums"))
        path = path.with_name("dataset.json") if name.endswith("checksums.json") else of
    if path.suffix == ".npy":
        open_array(path)[:]
    elif path.suffix == ".parquet":
        read_table(path)
    elif path.name == "layout.json":
        Workspace.open(workspace.root)
    elif path.suffix == ".json":
        read_json(path)
    else:
        verified_bytes(path)


def contents(root: Path) -> dict[str, bytes]:
    """Return every file by its place, the database and the mark that it was made aside."""
    aside = {"workspace.db", "workspace.db.made"}
    files = (path for path in root.rglob("*") if path.is_file() and path.name not in aside)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
