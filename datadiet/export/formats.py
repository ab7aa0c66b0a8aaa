"""A table as the bytes of a file: csv, parquet, json, and for lists of ids txt and npy."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from datadiet.errors import ConfigError, DataError
from datadiet.export.header import ExportHeader

ID_KINDS = ("kept", "dropped", "suspects", "order")  # that make sense as a bare list of ids
TABLE_FORMATS = ("csv", "parquet", "json")
FORMATS = (*TABLE_FORMATS, "txt", "npy")
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")  # OWASP, CSV injection


@dataclass(frozen=True)
class Rendered:
    """The bytes of an exported file, and of the ``.json`` beside it where the format has no header."""

    data: bytes
    sidecar: bytes | None


def render(frame: pd.DataFrame, export_format: str, header: ExportHeader) -> Rendered:
    """Return ``frame`` in a file format, text exactly as it is, with its header inside or beside it.

    A missing value is empty in csv (an empty text is ``""``) and null in json. Text that is not
    Unicode, from file names of other encodings, keeps its bytes in csv.

    Args:
        frame: The table; ``txt`` and ``npy`` write its example_id alone.
        export_format: csv, parquet, json, txt or npy.
        header: What the file says of itself.

    Raises:
        ConfigError: There is no such format, or this kind of export has not got it.
        DataError: The format cannot hold a text of the table.
    """
    allowed = FORMATS if header.kind in ID_KINDS else TABLE_FORMATS
    if export_format not in allowed:
        raise ConfigError.unknown_choice(f"format of {header.kind}", export_format, allowed)
    document = header.document(columns=[str(name) for name in frame], num_rows=len(frame))
    if export_format == "parquet":
        return Rendered(_parquet(frame, document), None)
    if export_format == "json":
        return Rendered(_json(frame, document), None)
    return Rendered(_BARE[export_format](frame), _json_bytes(document, indent=1))


def for_spreadsheets(frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``frame`` with a leading quote in cells of text that a spreadsheet would run as a formula.

    It changes values, so it is never done unasked; the header's ``text`` should say so.
    """
    quoted = {str(name): _quoted(frame[name]) for name in frame if not _is_number(frame[name])}
    return frame.assign(**quoted).rename(columns=_quote)


def _quoted(column: pd.Series[Any]) -> pd.Series[Any]:
    return pd.Series([_quote(value) for value in column], index=column.index, dtype=object)


def _quote(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    columns = [[_plain(value) for value in frame[name]] for name in frame]
    return zip(*columns, strict=True)


def _plain(value: Any) -> Any:
    """Return a Python value: None where missing."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # NaN is no number
        return None
    return value.item() if isinstance(value, np.generic) else value


def _csv(frame: pd.DataFrame) -> bytes:
    lines = [",".join(_cell(str(name)) for name in frame)]
    lines += [",".join(_cell(value) for value in row) for row in _rows(frame)]
    return _utf8("".join(f"{line}\n" for line in lines))


def _cell(value: Any) -> str:
    """Return one cell; quoted where a reader could take it for something else."""
    if value is None:
        return ""
    text = str(value)
    if text and text == text.strip() and not any(sign in text for sign in ',"\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")  # bytes of a file name that is not UTF-8
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _parquet(frame: pd.DataFrame, document: dict[str, Any]) -> bytes:
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except (UnicodeEncodeError, pa.ArrowException) as error:
        raise DataError(
            "Parquet cannot hold a text of this table that is not Unicode; use csv or json."
        ) from error
    metadata = {**(table.schema.metadata or {}), b"datadiet": _json_bytes(document)}
    buffer = io.BytesIO()
    pq.write_table(
        table.replace_schema_metadata(metadata), buffer, compression="zstd", write_page_checksum=True
    )
    return buffer.getvalue()


def _json(frame: pd.DataFrame, document: dict[str, Any]) -> bytes:
    names = [str(name) for name in frame]
    rows = [_json_bytes(dict(zip(names, row, strict=True))) for row in _rows(frame)]
    return b'{"header": ' + _json_bytes(document) + b',\n"rows": [\n' + b",\n".join(rows) + b"\n]}\n"


def _json_bytes(value: Any, *, indent: int | None = None) -> bytes:
    return json.dumps(value, indent=indent, allow_nan=False, ensure_ascii=True).encode("ascii")


def _txt(frame: pd.DataFrame) -> bytes:
    return "".join(f"{int(value)}\n" for value in frame["example_id"]).encode("ascii")


def _npy(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, frame["example_id"].to_numpy(np.int64), allow_pickle=False)
    return buffer.getvalue()


_BARE: dict[str, Callable[[pd.DataFrame], bytes]] = {"csv": _csv, "txt": _txt, "npy": _npy}
