"""Parquet: hub-style images in the file (one file, a glob, a folder of shards), or a table of paths."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from datadiet.config import DataConfig
from datadiet.data.keys import key_of_name, path_bytes
from datadiet.data.sources.columns import (
    Columns,
    find_columns,
    group_names,
    id_texts,
    refuse_repeated,
    split_names,
)
from datadiet.data.sources.labels import class_labels, refuse_alike
from datadiet.data.sources.manifest import ManifestSource, true_labels
from datadiet.data.sources.record import Picture, Problem, SourceRecord
from datadiet.errors import ImageDecodeError, SourceError

_BATCH_ROWS = 256  # images held at a time
_SPLIT_IN_NAME = re.compile(r"(?:^|[^a-z])(train|validation|valid|val|test)(?:[^a-z]|$)", re.IGNORECASE)
_SPLITS = {
    "train": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
}


def parquet_source(paths: Sequence[Path], config: DataConfig, *, name: str) -> ParquetSource | ManifestSource:
    """Return the reader of Parquet files: of images where they hold bytes, else of a table of paths.

    Args:
        paths: The files; shards of one data set.
        config: Column names and data root.
        name: What the user called them.

    Raises:
        SourceError: A file is no Parquet, is cut, has no rows, or its columns are not image and label.
    """
    ordered = sorted(paths, key=lambda path: path_bytes(str(path)))
    schema = _opened(ordered[0]).schema_arrow
    columns = find_columns(schema.names, config, where=ordered[0].name)
    image_type = schema.field(columns.image).type
    if pa.types.is_string(image_type) or pa.types.is_large_string(image_type):
        return _manifest(ordered, columns, config)
    _check_image_type(image_type, columns.image, ordered[0].name)
    return ParquetSource(ordered, columns, name=name)


def _manifest(paths: Sequence[Path], columns: Columns, config: DataConfig) -> ManifestSource:
    if len(paths) > 1:
        raise SourceError(f"{paths[0].name} is a table of paths; give one such file, not {len(paths)}.")
    table = _columns_of(paths[0], [columns.image, *columns.beside_image])
    names, rules = _declared_names(_opened(paths[0]).schema_arrow, columns.label, paths[0].name)
    source = ManifestSource(paths[0], table, columns, config, names)
    source.rules += rules
    return source


def _check_image_type(kind: pa.DataType, column: str, where: str) -> None:
    is_bytes = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    if pa.types.is_struct(kind):
        children = {kind.field(index).name: kind.field(index).type for index in range(kind.num_fields)}
        inner = children.get("bytes")
        is_bytes = inner is not None and (pa.types.is_binary(inner) or pa.types.is_large_binary(inner))
    if not is_bytes:
        raise SourceError(
            f"Column {column!r} of {where} is of type {kind}; an image must be bytes, struct{{bytes, path}}, "
            "or the path of a file as text. Name another column with --image-column."
        )


def _opened(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read as Parquet: {_one_line(error)}.") from None
    if not file.metadata.num_rows:
        raise SourceError(f"{path} holds no rows.")
    return file


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")


def _columns_of(path: Path, names: Sequence[str]) -> dict[str, list[Any]]:
    """Return small columns of a file as Python values."""
    file = _opened(path)
    try:
        if missing := [name for name in names if name not in file.schema_arrow.names]:
            raise SourceError(f"{path} has no column {missing[0]!r}, which the files beside it have.")
        for name in names:
            kind = file.schema_arrow.field(name).type
            if pa.types.is_nested(kind) or isinstance(kind, pa.BaseExtensionType):
                raise SourceError(f"Column {name!r} of {path.name} is of type {kind}; it must be plain.")
        table = file.read(columns=list(names))
        return {name: table.column(name).to_pylist() for name in names}
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} holds text that is not UTF-8: {error.reason}.") from None
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{path} is damaged: {_one_line(error)}.") from None


def _declared_names(schema: pa.Schema, label: str, where: str) -> tuple[list[str] | None, list[str]]:
    """Return the class names that ``huggingface`` metadata give the label column, if any, and what to say.

    A label column that the metadata describe without class names, or not at all, is an ordinary one.
    """
    raw = (schema.metadata or {}).get(b"huggingface")
    if raw is None:
        return None, []
    try:
        features = json.loads(raw)["info"]["features"]
        described = features.get(label) or {}
        names = described.get("names") if isinstance(described, dict) else None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {_one_line(error)}"
    else:
        if names is None or (isinstance(names, list) and all(isinstance(name, str) for name in names)):
            return names, []
        reason = f"the names of {label!r} are not a list of texts"
    return None, [f"The huggingface metadata of {where} give no class names ({reason}): labels name classes."]


@dataclass(frozen=True, slots=True)
class _Shard:
    path: Path
    start: int  # row of the data set at which it begins
    num_rows: int


class ParquetSource:
    """Images in Parquet; source keys are its id column, else ``file:row``."""

    kind = "parquet"

    def __init__(self, paths: Sequence[Path], columns: Columns, *, name: str) -> None:
        """Read labels and the other small columns; images are read when they are opened."""
        self.name, self._columns = name, columns
        self.problems: list[Problem] = []
        self.rules: list[str] = []
        self._shards: list[_Shard] = []
        table: dict[str, list[Any]] = {column: [] for column in columns.beside_image}
        declared: list[str] | None = None
        for path in paths:
            file = _opened(path)
            declared = self._same_names(declared, file.schema_arrow, path)
            _check_image_type(_image_field(file, columns.image, path), columns.image, path.name)
            for column, values in _columns_of(path, columns.beside_image).items():
                table[column] += values
            start = self._shards[-1].start + self._shards[-1].num_rows if self._shards else 0
            self._shards.append(_Shard(path, start, file.metadata.num_rows))
        self._labels, self.class_names = class_labels(table[columns.label], declared, where=name)
        if declared is None:
            refuse_alike(self.class_names)
        self._true = None
        if columns.true_label is not None:
            self._true = true_labels(table[columns.true_label], self.class_names, where=name)
        self._groups = None if columns.group is None else group_names(table[columns.group])
        self._ids = None if columns.id is None else self._keys(table[columns.id])
        self._splits = self._all_splits(table)

    def _same_names(self, declared: list[str] | None, schema: pa.Schema, path: Path) -> list[str] | None:
        names, rules = _declared_names(schema, self._columns.label, path.name)
        self.rules += rules
        if self._shards and names != declared:
            raise SourceError(f"{path.name} declares other class names than the files before it.")
        return names

    def _keys(self, values: list[Any]) -> list[str]:
        keys = [key_of_name(text) for text in id_texts(values, where=self.name)]
        refuse_repeated(keys, what="id", where=self.name)
        return keys

    def _all_splits(self, table: dict[str, list[Any]]) -> list[str] | None:
        """Return the split of each row: by the split column, else by the names of several files."""
        if self._columns.split is not None:
            return split_names(table[self._columns.split], where=self.name)
        found = [_SPLIT_IN_NAME.search(shard.path.name) for shard in self._shards]
        if len(self._shards) < 2 or not any(found):
            return None
        if missing := [s.path.name for s, match in zip(self._shards, found, strict=True) if match is None]:
            raise SourceError(f"{missing[0]} does not say its split, as the files beside it do; rename it.")
        splits = [_SPLITS[match[1].lower()] for match in found if match is not None]
        self.rules.append("The split of an image is in the name of its file.")
        return [
            split for split, shard in zip(splits, self._shards, strict=True) for _ in range(shard.num_rows)
        ]

    def signature(self) -> str:
        """Return a hash of files (name, size, time) and of the columns that are read."""
        digest = sha256(repr((self._columns, self.class_names)).encode("utf-8", "surrogatepass"))
        for shard in self._shards:
            status = shard.path.stat()
            digest.update(f"{key_of_name(shard.path.name)} {status.st_size} {status.st_mtime_ns}\n".encode())
        return digest.hexdigest()[:32]

    def records(self) -> Iterator[SourceRecord]:
        """Yield a record a row in file order, rows of the test split last."""
        position = 0
        passes = (False, True) if self._splits is not None and "test" in self._splits else (None,)
        for wants_test in passes:
            for shard in self._shards:
                cursor = _Cursor(shard.path, self._columns.image)
                for row in range(shard.num_rows):
                    place = shard.start + row
                    split = None if self._splits is None else self._splits[place]
                    if wants_test is None or (split == "test") is wants_test:
                        yield self._record(position, shard, row, cursor)
                        position += 1

    def _record(self, position: int, shard: _Shard, row: int, cursor: _Cursor) -> SourceRecord:
        place = shard.start + row
        key = f"{key_of_name(shard.path.name)}:{row}" if self._ids is None else self._ids[place]
        return SourceRecord(
            position=position,
            source_key=key,
            split=None if self._splits is None else self._splits[place],
            label=int(self._labels[place]),
            true_label=None if self._true is None else self._true[place],
            group=None if self._groups is None else self._groups[place],
            open=partial(cursor.picture, row),
        )


def _image_field(file: pq.ParquetFile, column: str, path: Path) -> pa.DataType:
    if column not in file.schema_arrow.names:
        raise SourceError(f"{path} has no column {column!r}, which the files beside it have.")
    return file.schema_arrow.field(column).type


class _Cursor:
    """Reads the images of one file in order, a small batch at a time; going back starts anew."""

    def __init__(self, path: Path, column: str) -> None:
        self._path, self._column = path, column
        self._file: pq.ParquetFile | None = None
        self._starts: list[int] = []  # first row of each row group
        self._batches: Iterator[pa.RecordBatch] = iter(())
        self._start, self._values = 0, pa.array([], pa.binary())

    def picture(self, row: int) -> Picture:
        """Return the encoded bytes of a row.

        Raises:
            ImageDecodeError: The row holds no bytes.
            SourceError: The file cannot be read at that place.
        """
        try:
            value = self._value(row)
        except (pa.ArrowException, OSError) as error:
            raise SourceError(f"{self._path} is damaged near row {row}: {_one_line(error)}.") from None
        if isinstance(value, dict):
            value = value.get("bytes")
        if value is None:
            raise ImageDecodeError("the row holds no image bytes", kind="missing_file")
        return bytes(value)

    def _value(self, row: int) -> Any:
        if self._file is None:
            self._file = pq.ParquetFile(self._path, page_checksum_verification=True, pre_buffer=False)
            metadata = self._file.metadata
            self._starts = [0]
            for group in range(metadata.num_row_groups):
                self._starts.append(self._starts[-1] + metadata.row_group(group).num_rows)
        if not self._start <= row < self._start + len(self._values):
            self._seek(row)
        return self._values[row - self._start].as_py()

    def _seek(self, row: int) -> None:
        group = max(index for index, start in enumerate(self._starts[:-1]) if start <= row)
        is_behind = row < self._start or self._starts[group] >= self._start + len(self._values) + _BATCH_ROWS
        if is_behind or not self._advance():
            self._restart(group)
        while row >= self._start + len(self._values):
            if not self._advance():
                raise pa.ArrowInvalid("the file holds fewer rows than it declares")

    def _restart(self, group: int) -> None:
        if self._file is None:
            return
        self._batches = self._file.iter_batches(
            batch_size=_BATCH_ROWS,
            row_groups=range(group, len(self._starts) - 1),
            columns=[self._column],
            use_threads=False,
        )
        self._start, self._values = self._starts[group], pa.array([], pa.binary())

    def _advance(self) -> bool:
        batch = next(self._batches, None)
        if batch is None:
            return False
        self._start += len(self._values)
        self._values = batch.column(0)
        return True
