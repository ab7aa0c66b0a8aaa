"""A CSV read strictly: UTF-8, one delimiter, as many fields in every row as in the header, all text."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from datadiet.errors import SourceError

_DELIMITERS = (",", ";", "\t", "|")
_FIELD_CHARACTERS = 2**20
_BYTE_ORDER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def read_csv(path: Path) -> dict[str, list[str]]:
    """Return the columns of a CSV file by name; no value is interpreted, ``NA`` stays ``NA``.

    Raises:
        SourceError: The file is no UTF-8, has no rows, an unclosed quote, a NUL, old Mac line ends, a
            row of another length, or a header that is empty or names a column twice.
    """
    where = path.name
    text = _text(path)
    rows = _rows(text, _delimiter(text, where), where)
    header, body = [name.strip() for name in rows[0][1]], rows[1:]
    if "" in header or len(set(header)) < len(header):
        shown = next((name for name in header if header.count(name) > 1), "")
        raise SourceError(f"The header of {where} has the name {shown!r} empty or twice: {header[:20]}.")
    for line, row in body:
        if len(row) != len(header):
            raise SourceError(
                f"Line {line} of {where} has {len(row)} fields, the header has {len(header)}; "
                "quote fields that contain the delimiter."
            )
    if not body:
        raise SourceError(f"{where} has a header and no rows.")
    return {name: [row[index] for _, row in body] for index, name in enumerate(header)}


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from None
    if encoding := _BYTE_ORDER_MARKS.get(data[:2]):
        raise SourceError(f"{path.name} is {encoding}; save it as UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path.name} is not UTF-8 (byte {error.start} is 0x{data[error.start]:02X}; perhaps Latin-1); "
            "save it as UTF-8."
        ) from None
    if "\0" in text:
        raise SourceError(f"{path.name} holds a NUL character (perhaps UTF-16); save it as UTF-8 text.")
    if "\r" in text and "\n" not in text:
        raise SourceError(f"{path.name} ends lines with CR alone; save it with LF or CRLF line ends.")
    if not text.strip():
        raise SourceError(f"{path.name} is empty.")
    return text


def _delimiter(text: str, where: str) -> str:
    """Return the delimiter of the header line: the one that splits it most."""
    header = text.lstrip("\r\n").split("\n", 1)[0]
    counts = {mark: _num_fields(header, mark) for mark in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda mark: counts[mark])
    rivals = [mark for mark in _DELIMITERS if counts[mark] == counts[best]]
    if counts[best] < 2 or len(rivals) > 1:
        raise SourceError(
            f"The header of {where} is {header.strip()[:100]!r}; it must be at least two names "
            "divided by one of comma, semicolon, tab or bar."
        )
    return best


def _num_fields(header: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([header], delimiter=delimiter, strict=True), []))
    except csv.Error:
        return 0


def _rows(text: str, delimiter: str, where: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        for row in reader:
            if row:
                rows.append((reader.line_num, row))
    except csv.Error as error:
        raise SourceError(
            f"{where} cannot be read as CSV near line {reader.line_num}: {error}; is a quote not closed?"
        ) from None
    return rows
