"""Rule ``list``: an index list from outside, read and matched with the examples of a run."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from datadiet.errors import ConfigError, DataError

LIST_FORMATS = ("csv", "parquet", "json", "txt", "npy")
_KEYS = ("example_id", "source_key")
_SHOWN = 5  # row numbers named in a refusal
_LONGEST = 60  # characters of one entry in a refusal
_LONGEST_REASON = 240
_DIGITS = re.compile(r"[0-9]+")  # ASCII: int() takes digits of every script, spaces and underscores


class Named(NamedTuple):
    """A row of a table with both columns; they must name one example."""

    example_id: int
    source_key: str  # empty where the row has none

    def __repr__(self) -> str:
        """Return it as a refusal shows it."""
        return f"example_id {self.example_id}, source_key {self.source_key!r}"


def resolve_references(examples: pd.DataFrame, listed: Sequence[object]) -> NDArray[np.int64]:
    """Return the example ids that a list names, rising.

    Integers are example ids and texts are source keys; a list is all of one or all of the other. Of a row
    that has both, the source key must be that of the example id.

    Args:
        examples: example_id, source_key and split of every example, of all splits.
        listed: One reference a row.

    Raises:
        DataError: The list is empty or mixed, or a row is unknown, named twice, not for training, or names
            two examples.
            The sentence gives row numbers, from 1.
    """
    if not len(listed):
        raise DataError("The list is empty; it must name at least one training example.")
    listed = _agreeing(examples, listed)
    column = _kind_of(listed)
    known = dict(zip(examples[column].tolist(), examples["example_id"].tolist(), strict=True))
    training = set(examples.loc[examples["split"] == "train", "example_id"].tolist())
    _refuse_rows(listed, [item not in known for item in listed], f"no {column} of this run")
    _refuse_rows(listed, _repeats(listed), "named before in the list")
    ids = [known[item] for item in listed]
    _refuse_rows(listed, [item not in training for item in ids], "not a training example")
    return np.sort(np.array(ids, dtype=np.int64))


def _agreeing(examples: pd.DataFrame, listed: Sequence[object]) -> Sequence[object]:
    """Return the list with rows of both columns as their example ids; refuse those that contradict."""
    keys = dict(zip(examples["example_id"].tolist(), examples["source_key"].tolist(), strict=True))
    is_bad = [isinstance(item, Named) and not _is_one(item, keys.get(item.example_id)) for item in listed]
    _refuse_rows(listed, is_bad, "of two examples, one by example_id and another by source_key")
    return [item.example_id if isinstance(item, Named) else item for item in listed]


def _is_one(item: Named, key: str | None) -> bool:
    """Return whether the row contradicts nothing; a spreadsheet's export has a quote before some keys."""
    return key is None or item.source_key in {"", key, f"'{key}"}


def _kind_of(listed: Sequence[object]) -> str:
    kinds = {isinstance(item, str) for item in listed}
    if len(kinds) > 1:
        raise DataError("The list holds numbers and texts; it must be all example ids or all source keys.")
    return "source_key" if kinds.pop() else "example_id"


def _repeats(listed: Sequence[object]) -> list[bool]:
    return pd.Series(list(listed), dtype=object).duplicated().tolist()


def _refuse_rows(listed: Sequence[object], is_bad: list[bool], reason: str) -> None:
    rows = [index for index, bad in enumerate(is_bad) if bad]
    if not rows:
        return
    shown = ", ".join(f"{index + 1} ({_cut(repr(listed[index]), _LONGEST)})" for index in rows[:_SHOWN])
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    have = "1 row that is" if len(rows) == 1 else f"{len(rows)} rows that are"
    raise DataError(f"The list has {have} {reason}: row {shown}{more}.")


def parse_index_list(data: bytes, list_format: str) -> list[Any]:
    """Return the references of an index list, one a row: example ids as int, source keys as str, or both.

    A table needs a column example_id or source_key; where it has both, a row is a :class:`Named`. A line of
    a text list is an example id where all lines are integers, and a source key otherwise. Reads what
    ``datadiet export RUN kept`` writes.

    Args:
        data: The file's bytes.
        list_format: csv, parquet, json, txt or npy.

    Raises:
        ConfigError: The format is none of these.
        DataError: The bytes are not such a list.
    """
    readers = dict(
        zip(LIST_FORMATS, (_from_csv, _from_parquet, _from_json, _from_text, _from_npy), strict=True)
    )
    if list_format not in readers:
        raise ConfigError.unknown_choice("list format", list_format, LIST_FORMATS)
    try:
        return readers[list_format](data)
    except (ValueError, KeyError, TypeError, RecursionError, pa.ArrowException, csv.Error, OSError) as error:
        reason = _cut(str(error), _LONGEST_REASON)
        raise DataError(f"The list is not a {list_format} file that names examples: {reason}.") from error


def _cut(text: str, longest: int) -> str:
    """Return text from a file that may be anything: what does not print escaped, and not too much of it."""
    shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text[:longest])
    return shown if len(text) <= longest else f"{shown[:longest]}…"


def _from_csv(data: bytes) -> list[Any]:
    text = data.decode("utf-8-sig", "surrogateescape")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    header = rows[0] if rows else []
    columns = _columns_of(header)
    ragged = [str(index) for index, row in enumerate(rows[1:], start=2) if len(row) != len(header)]
    if ragged:
        raise ValueError(f"line {', '.join(ragged[:_SHOWN])} has another number of fields than the header")
    places = [header.index(column) for column in columns]
    return _entries(columns, [[row[place] for row in rows[1:]] for place in places])


def _from_parquet(data: bytes) -> list[Any]:
    file = pq.ParquetFile(io.BytesIO(data))
    columns = _columns_of(file.schema_arrow.names)
    table = file.read(columns=columns)
    return _entries(columns, [table.column(column).to_pylist() for column in columns])


def _from_json(data: bytes) -> list[Any]:
    content = json.loads(data)
    rows = content["rows"] if isinstance(content, dict) else content
    if rows and isinstance(rows[0], dict):
        columns = _columns_of(list(rows[0]))
        return _entries(columns, [[row[column] for row in rows] for column in columns])
    return _typed("source_key" if rows and isinstance(rows[0], str) else "example_id", rows)


def _from_text(data: bytes) -> list[Any]:
    lines = [line.removesuffix("\r") for line in data.decode("utf-8-sig", "surrogateescape").split("\n")]
    values = lines[:-1] if lines and not lines[-1] else lines
    is_number = all(value.isascii() and value.isdigit() for value in values)
    return _typed("example_id" if is_number else "source_key", values)


def _from_npy(data: bytes) -> list[Any]:
    values = np.load(io.BytesIO(data), allow_pickle=False)
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise ValueError(f"it holds {values.dtype} of shape {values.shape}, not one row of integers")
    return _typed("example_id", values.tolist())


def _columns_of(names: Sequence[str]) -> list[str]:
    """Return which of the columns that name examples there are, example_id first."""
    columns = [column for column in _KEYS if column in names]
    if not columns:
        raise ValueError(
            f"it has the columns {', '.join(map(str, names)) or 'none'}; one must be example_id or source_key"
        )
    if repeated := [column for column in columns if names.count(column) > 1]:
        raise ValueError(f"it has the column {repeated[0]} more than once")
    return columns


def _entries(columns: Sequence[str], values: Sequence[Sequence[Hashable]]) -> list[Any]:
    """Return an entry a row of these columns."""
    named = _typed(columns[0], values[0])
    if len(columns) == 1:
        return named
    keys = ["" if key is None else str(key) for key in values[1]]
    return [Named(example_id, key) for example_id, key in zip(named, keys, strict=True)]


def _typed(column: str, values: Sequence[Hashable]) -> list[Any]:
    if column == "source_key":
        return [_text(value) for value in values]
    return [_integer(value) for value in values]


def _text(value: Hashable) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a source key")
    return value


def _integer(value: Hashable) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"{value!r} is not an example_id")
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError(f"{value!r} is not an example_id, which is written in the digits 0 to 9 alone")
    return int(value)
