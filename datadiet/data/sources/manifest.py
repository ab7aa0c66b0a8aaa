"""A table of paths and labels: a CSV or Parquet file beside the images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from os.path import normpath, relpath
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadiet.config import DataConfig
from datadiet.data.keys import key_of_name
from datadiet.data.paths import read_image_file, refuse_leaving, resolve_under
from datadiet.data.sources.columns import (
    Columns,
    group_names,
    id_texts,
    is_missing,
    refuse_repeated,
    split_names,
)
from datadiet.data.sources.labels import class_labels
from datadiet.data.sources.record import Picture, Problem, SourceRecord
from datadiet.errors import ImageDecodeError, SourceError


class ManifestSource:
    """Rows of a table; source keys are its id column, else the path as the table writes it."""

    kind = "manifest"

    def __init__(
        self,
        path: Path,
        table: Mapping[str, Sequence[Any]],
        columns: Columns,
        config: DataConfig,
        class_names: Sequence[str] | None = None,
    ) -> None:
        """Check the table; no image is opened.

        Args:
            path: The file of the table; image paths are relative to its folder, or to the data root.
            table: Its columns by name.
            columns: Which of them are read.
            config: The data root.
            class_names: What label i is called, where the file says.

        Raises:
            SourceError: A label, split, id or path is not usable; the sentence gives the row.
        """
        where = path.name
        self.name, self._path, self._columns = path.name, path, columns
        self._root = Path(config.data_root) if config.data_root is not None else path.parent
        self.problems: list[Problem] = []
        self.rules = ["Paths are relative to the folder of the table, or to the data root."]
        self._texts = [
            _checked_text(self._root, value, row, where) for row, value in enumerate(table[columns.image])
        ]
        self._labels, self.class_names = class_labels(table[columns.label], class_names, where=where)
        self._true = _true_labels(table, columns, self.class_names, where)
        self._groups = None if columns.group is None else group_names(table[columns.group])
        self._splits = None if columns.split is None else split_names(table[columns.split], where=where)
        ids = self._texts if columns.id is None else id_texts(table[columns.id], where=where)
        refuse_repeated(ids, what="path" if columns.id is None else "id", where=where)
        if columns.id is None:  # a/b.png is ./a//b.png too, and /root/a/b.png
            refuse_repeated([_below(self._root, text) for text in ids], what="path", where=where)
        self._keys = [key_of_name(text) for text in ids]

    def signature(self) -> str:
        """Return a hash of the rows, and of the size and time of each file."""
        digest = sha256(repr((self.class_names, str(self._root.resolve()))).encode("utf-8", "surrogatepass"))
        digest.update(self._labels.tobytes())
        for row, text in enumerate(self._texts):
            listed = _listed(self._root / text)
            split = None if self._splits is None else self._splits[row]
            truth = None if self._true is None else self._true[row]
            group = None if self._groups is None else self._groups[row]
            line = repr((self._keys[row], text, split, truth, group, listed))
            digest.update(line.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:32]

    def records(self) -> Iterator[SourceRecord]:
        """Yield a record a row, rows of the test split last."""
        for position, row in enumerate(train_first(self._splits, len(self._keys))):
            yield SourceRecord(
                position=position,
                source_key=self._keys[row],
                split=None if self._splits is None else self._splits[row],
                label=int(self._labels[row]),
                true_label=None if self._true is None else self._true[row],
                group=None if self._groups is None else self._groups[row],
                open=partial(_open, self._root, self._texts[row]),
            )


def train_first(splits: Sequence[str] | None, count: int) -> Iterator[int]:
    """Yield row numbers in order, those of the test split last."""
    if splits is None:
        yield from range(count)
        return
    yield from (row for row in range(count) if splits[row] != "test")
    yield from (row for row in range(count) if splits[row] == "test")


def _below(root: Path, text: str) -> str:
    """Return a path of the table as one relative to the root, each file under one name."""
    return relpath(text, root) if Path(text).is_absolute() else normpath(text)


def _checked_text(root: Path, value: object, row: int, where: str) -> str:
    if not isinstance(value, str):
        raise SourceError(f"In {where}, the path in row {row} (counted from 0) is {value!r}, not text.")
    try:
        resolve_under(root, value)
    except ImageDecodeError:
        return value  # a link that leaves the root: skipped and listed when it is opened
    except SourceError as error:
        raise SourceError(f"In {where}, row {row} (counted from 0): {error}") from None
    return value


def _true_labels(
    table: Mapping[str, Sequence[Any]], columns: Columns, names: list[str], where: str
) -> list[int | None] | None:
    """Return the known truth of each row, missing where the cell is empty."""
    if columns.true_label is None:
        return None
    values = table[columns.true_label]
    return true_labels(values, names, where=where)


def true_labels(values: Sequence[Any], names: list[str], *, where: str) -> list[int | None]:
    """Return true labels as indices: by their name where they have one, else as indices themselves.

    Args:
        values: Of the column; None where a cell is missing.
        names: The class names.
        where: What the table is called.

    Raises:
        SourceError: One is neither.
    """
    known = [row for row, value in enumerate(values) if not is_missing(value)]
    indices = _true_indices([values[row] for row in known], names, where=f"the true labels of {where}")
    result: list[int | None] = [None] * len(values)
    for row, index in zip(known, indices.tolist(), strict=True):
        result[row] = index
    return result


def _true_indices(values: Sequence[Any], names: list[str], *, where: str) -> NDArray[np.int64]:
    texts = [str(int(v)) if isinstance(v, float) and v.is_integer() else str(v) for v in values]
    index = {name: number for number, name in enumerate(names)}
    unknown = next((text for text in texts if text not in index), None)
    if unknown is None:
        return np.array([index[text] for text in texts], dtype=np.int64)
    if named := next((text for text in texts if text in index), None):
        raise SourceError(
            f"In {where}, label {unknown!r} is not one of the class names {names[:10]}, though {named!r} is. "
            "Correct it, or leave its cell empty where the truth is not known."
        )
    return class_labels(values, names, where=where)[0]


def _listed(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _open(root: Path, text: str) -> Picture:
    path = root / text
    refuse_leaving(root, path)
    return read_image_file(path)
