"""Where the file of each example lies below its source's folder, for a manifest that names it again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from datadiet.config import DataConfig
from datadiet.data.keys import key_of_name, name_of_key
from datadiet.data.sources.columns import find_columns
from datadiet.data.sources.csv_table import read_csv
from datadiet.errors import DataError
from datadiet.pipeline.run_files import RunFiles

HAVE_FILES = ("folder", "manifest")  # kinds of source whose images are files of their own


def manifest_paths(files: RunFiles, kept_ids: Sequence[int]) -> pd.Series[str]:
    """Return the path of each kept example's file by example_id, missing where it has none of its own.

    A source key is the path, but for a table with an id column: its paths are read from it again, since the
    workspace keeps the ids alone.

    Args:
        files: Of the run.
        kept_ids: example_id of each kept example.

    Raises:
        DataError: The table is not where it was or has other rows now, or a name is not UTF-8, so that no
            table can hold it.
        SourceError: The table cannot be read.
    """
    examples = files.images.examples
    keys = examples.set_index("example_id")["source_key"].reindex(list(kept_ids))
    kind, config = files.images.document["source_kind"], files.config.data
    if kind not in HAVE_FILES:
        return keys.mask(keys.notna())
    if kind == "manifest" and config.id_column is not None:
        return _paths_of_ids(keys, files.document["source_path"], config)
    paths = [name_of_key(str(key)) for key in keys]
    _refuse_unwritable(keys, paths)
    return pd.Series(paths, index=keys.index, dtype=object)


def _paths_of_ids(keys: pd.Series[str], place: str | None, config: DataConfig) -> pd.Series[str]:
    """Return the path of each id in the table that was audited."""
    if place is None or not Path(place).is_file():
        raise DataError(
            f"The examples are named by their {config.id_column}, and the table with their paths is no "
            f"longer at {place}. Put it back, or export kept instead, as an index list."
        )
    paths = keys.map(_path_by_id(Path(place), config))
    if num := int(paths.isna().sum()):
        raise DataError(
            f"{num} of {len(keys)} kept examples have no row in {place} any more, by their "
            f"{config.id_column}. Put back the table that was audited, or export kept instead, as an index "
            "list."
        )
    return paths


def _path_by_id(place: Path, config: DataConfig) -> dict[str, str]:
    table = _parquet_columns(place) if place.suffix.lower() == ".parquet" else read_csv(place)
    columns = find_columns(list(table), config, where=place.name)
    ids = table[str(columns.id)]
    return {key_of_name(str(key)): path for key, path in zip(ids, table[columns.image], strict=True)}


def _parquet_columns(place: Path) -> dict[str, list[str]]:
    try:
        table = pq.read_table(place)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{place} cannot be read as Parquet: {str(error)[:200]}.") from error
    return {name: table.column(name).to_pylist() for name in table.column_names}


def _refuse_unwritable(keys: pd.Series[str], paths: Sequence[str]) -> None:
    """Refuse names that are not UTF-8, which show as lone surrogates: tables are UTF-8."""
    bad = keys[[_has_surrogate(path) for path in paths]]
    if len(bad):
        raise DataError(
            f"{len(bad)} of {len(keys)} kept examples have file names that are not UTF-8, the first "
            f"{bad.iloc[0][:80]!r}, which no manifest can hold. Rename those files and audit them again, or "
            "export kept instead, as an index list."
        )


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= each <= "\udfff" for each in text)
