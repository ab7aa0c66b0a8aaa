"""From what the user wrote to the reader of that kind of source."""

from __future__ import annotations

from collections.abc import Mapping
from glob import glob
from pathlib import Path

import pandas as pd

from datadiet.config import DataConfig
from datadiet.data.paths import named_path
from datadiet.data.sources.arrays import ArraySource
from datadiet.data.sources.cifar import CIFAR_SETS
from datadiet.data.sources.columns import find_columns
from datadiet.data.sources.csv_table import read_csv
from datadiet.data.sources.digits import digits_source
from datadiet.data.sources.folder import FolderSource
from datadiet.data.sources.manifest import ManifestSource
from datadiet.data.sources.mapped import MappedSource
from datadiet.data.sources.npz import NpzSource
from datadiet.data.sources.parquet import parquet_source
from datadiet.data.sources.record import Source
from datadiet.data.sources.torchvision_sets import SETS, set_name, torchvision_source
from datadiet.data.sources.unread import refuse_unread
from datadiet.data.sources.with_test import WithTest
from datadiet.errors import SourceError


def open_source(source: object, config: DataConfig) -> Source:
    """Return the reader of ``source``, its test source joined to it.

    Args:
        source: Text as in the manual (``digits``, a torchvision name, a path, a glob), a path, a Source,
            a pair of arrays (images, labels), or a map-style data set: ``len``, and ``[i]`` giving image
            and label.
        config: Column names, data root, test source.

    Raises:
        SourceError: The name is empty, there is nothing of it, or it is no labelled image set.
        ConfigError: A setting is given that no source of this kind reads.
    """
    opened = _open_one(source, config)
    if config.test_source is None:
        refuse_unread(config, [opened])
        return opened
    test = _open_one(config.test_source, config)
    refuse_unread(config, [opened, test])
    return WithTest(opened, test)


def _open_one(source: object, config: DataConfig) -> Source:
    if isinstance(source, str | Path):
        return _open_text(str(source), config)
    if all(hasattr(source, name) for name in ("records", "signature", "class_names")):
        return source  # type: ignore[return-value]  # checked by its attributes
    if isinstance(source, tuple) and len(source) == 2:
        return ArraySource(*source)
    is_table = isinstance(source, Mapping | pd.DataFrame)  # [i] of one is no example
    if hasattr(source, "__len__") and hasattr(source, "__getitem__") and not is_table:
        return MappedSource(source)
    raise SourceError(
        f"A source of type {type(source).__name__} is not known; give text, a path, arrays (images, labels), "
        "or a data set with len() and [i] giving image and label."
    )


def _open_text(text: str, config: DataConfig) -> Source:
    if text == "digits":
        return digits_source()
    path = named_path(text)
    if path.is_dir():
        return _open_folder(path, config)
    if path.exists():
        return _open_file(path, config)
    if name := set_name(text):
        return torchvision_source(name, config)
    if any(mark in text for mark in "*?[") and (found := _matches(text)):
        return _open_matches(found, config, text)
    names = ", ".join(sorted(("digits", *CIFAR_SETS, *SETS)))
    raise SourceError(f"Source {text!r} does not exist. It must be a file, a folder, or one of {names}.")


def _matches(text: str) -> list[Path]:
    return [Path(name) for name in glob(text)]  # ruff: ignore[glob]  # Path.glob takes no absolute pattern


def _open_folder(path: Path, config: DataConfig) -> Source:
    shards = sorted(path.glob("*.parquet")) or sorted((path / "data").glob("*.parquet"))
    if shards:
        return parquet_source(shards, config, name=path.name or str(path))
    return FolderSource(path, allow_empty_class=config.allow_empty_class)


def _open_file(path: Path, config: DataConfig) -> Source:
    if not path.is_file():
        raise SourceError(f"{path} is not a regular file.")
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return parquet_source([path], config, name=path.name)
    if suffix in {".csv", ".tsv", ".txt"}:
        table = read_csv(path)
        return ManifestSource(path, table, find_columns(list(table), config, where=path.name), config)
    if suffix == ".npz":
        return NpzSource(path)
    raise SourceError(
        f"{path.name} is no source that is known; it must be a .csv, .parquet or .npz file, or a folder."
    )


def _open_matches(paths: list[Path], config: DataConfig, text: str) -> Source:
    if any(path.suffix.lower() != ".parquet" for path in paths):
        raise SourceError(f"{text!r} matches files that are not Parquet; a glob names Parquet files.")
    return parquet_source(paths, config, name=text)
