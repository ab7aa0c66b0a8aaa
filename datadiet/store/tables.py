"""Tables as Parquet: the same bytes for the same rows, text kept exactly, verified on reading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from datadiet.errors import CorruptFileError, DataError
from datadiet.frames.table import Table
from datadiet.store.publish import publish_file, verified_bytes

NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}  # integers above 2**53 stay exact
ROW_GROUP = 1 << 18  # rows; fixed, since it decides the bytes


def write_table(path: Path, frame: pd.DataFrame, table: Table | None = None) -> None:
    """Write ``frame`` to a file inside an attempt, or where :func:`publish_file` says.

    Text that no UTF-8 can hold (file names of other encodings) is kept as its bytes.

    Args:
        path: Where to write.
        frame: The rows; its index is not stored.
        table: What it must conform to; None takes it as it is.

    Raises:
        DataError: The frame does not conform.
    """
    frame = frame if table is None else table.conform(frame)
    columns = {str(name): _arrow(frame[name]) for name in frame.columns}
    pq.write_table(
        pa.table(columns),
        path,
        compression="zstd",
        row_group_size=ROW_GROUP,
        write_page_checksum=True,
        store_schema=True,
    )


def publish_table(final: Path, frame: pd.DataFrame, table: Table | None = None) -> bool:
    """Publish ``frame`` as the file ``final``; return whether it was the first.

    Raises:
        DataError: The frame does not conform.
        StoreError: The disk refuses.
    """
    return publish_file(final, lambda path: write_table(path, frame, table))


def read_table(path: Path, table: Table | None = None) -> pd.DataFrame:
    """Return the rows of a published table, in the dtypes of ``table`` where that is given.

    Raises:
        NotFoundError: There is no such file.
        CorruptFileError: It is not what was written, or holds another table.
    """
    data = verified_bytes(path)
    try:
        stored = pq.read_table(pa.BufferReader(data), page_checksum_verification=True)
    except (pa.ArrowException, OSError):
        raise CorruptFileError.wrong_digest(path) from None
    frame = pd.DataFrame({name: _series(stored.column(name)) for name in stored.column_names})
    if table is None:
        return frame
    try:
        return table.conform(frame)
    except DataError as error:
        raise CorruptFileError(f"{path} holds another table than {table.name}: {error}") from error


def _arrow(series: pd.Series[Any]) -> pa.Array:
    is_text = pd.api.types.is_string_dtype(series.dtype)
    if not is_text:
        return pa.Array.from_pandas(series)
    values = [None if pd.isna(value) else str(value) for value in series]
    try:
        return pa.array(values, type=pa.string())
    except UnicodeEncodeError:
        raw = [None if value is None else value.encode("utf-8", "surrogatepass") for value in values]
        return pa.array(raw, type=pa.binary())


def _series(column: pa.ChunkedArray) -> pd.Series[Any]:
    if pa.types.is_binary(column.type):
        values = [
            None if value is None else value.decode("utf-8", "surrogatepass") for value in column.to_pylist()
        ]
        return pd.Series(values, dtype=pd.StringDtype("python"))
    mapper = NULLABLE.get if column.null_count else None
    series: pd.Series[Any] = column.to_pandas(types_mapper=mapper)
    return series
