"""What a table is: its columns with dtype and meaning, and a check that a frame keeps to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from datadiet.errors import DataError

Dtype = Literal["int64", "Int64", "float64", "float32", "bool", "boolean", "string"]

DTYPES = {"string": pd.StringDtype("python")}  # Arrow's strings cannot hold file names that are not UTF-8


@dataclass(frozen=True)
class Column:
    """One column: name, pandas dtype, and what a value means, unit or range included."""

    name: str
    dtype: Dtype
    meaning: str


@dataclass(frozen=True)
class Table:
    """One kind of table: its name, what a row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> list[str]:
        """Return the names of the columns, in order."""
        return [column.name for column in self.columns]

    def empty(self) -> pd.DataFrame:
        """Return a frame with these columns and no row."""
        return self.conform(pd.DataFrame({name: [] for name in self.column_names}))

    def from_rows(self, rows: Sequence[object]) -> pd.DataFrame:
        """Return the frame of dataclass instances or dictionaries, in order."""
        frame = pd.DataFrame(list(rows), columns=self.column_names, dtype=object)
        return self.conform(frame)

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return ``frame`` with exactly these columns, in this order, in these dtypes.

        Raises:
            DataError: A column is missing or unknown, or a value does not fit its dtype.
        """
        missing = [name for name in self.column_names if name not in frame]
        unknown = [str(name) for name in frame if name not in self.column_names]
        if missing or unknown:
            raise DataError(f"Table {self.name}: columns missing {missing}, unknown {unknown}.")
        ordered = frame[self.column_names]
        wanted = {column.name: DTYPES.get(column.dtype, column.dtype) for column in self.columns}
        other = {name: dtype for name, dtype in wanted.items() if ordered[name].dtype != dtype}
        try:
            typed = ordered.astype(other)
        except (ValueError, TypeError) as error:
            raise DataError(f"Table {self.name}: a value does not fit its column: {error}.") from error
        return typed.reset_index(drop=True)
