"""What a column of labels means: class indices, and the names they stand for, exactly or not at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.errors import SourceError

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_NUMBER = re.compile(
    r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z|[+-]?(nan|inf|infinity)\Z", re.IGNORECASE
)
_EXACT = 2**53  # beyond it a float no longer holds every integer
_KINDS_OF_ARRAY = "biufSUOT"  # numpy's letters: bool, integers, floats, bytes, text, objects, strings


def class_labels(
    values: NDArray[Any] | Sequence[Any], class_names: Sequence[str] | None, *, where: str
) -> tuple[NDArray[np.int64], list[str]]:
    """Return the class index of each value, and the class names.

    Integers are indices into ``class_names``; without names, the distinct integers in order are the
    classes, each named by its digits. Text that is all whole numbers counts as integers; any other text is
    the class name itself, letter for letter (``NA``, ``007`` and ``None`` included). Byte strings are read
    as UTF-8 text; truth values are the names ``False`` and ``True``.

    Args:
        values: (N,) integers, whole floats, truth values, text, or bytes.
        class_names: What index i is called, where that is known.
        where: What the labels are, for messages.

    Raises:
        SourceError: A label is missing, fractional, negative, not exact, outside the names, or of a type
            that is no label, or two texts spell one number; the sentence gives rows, counted from 0.
    """
    series = _series(values, where)
    integers = _integers(series, where)
    if integers is None:
        return _by_name([str(value) for value in series], class_names, where)
    if class_names is None:
        _refuse(integers < 0, series, where, "is negative; is the example unlabelled? Leave it out")
        distinct, indices = np.unique(integers, return_inverse=True)
        return indices.astype(np.int64), [str(value) for value in distinct]
    names = checked_names(class_names, where)
    outside = (integers < 0) | (integers >= len(names))
    _refuse(outside, series, where, f"lies outside [0, {len(names)}), the class names")
    return integers, names


def _series(values: NDArray[Any] | Sequence[Any], where: str) -> pd.Series:
    """Return the values as numbers of one type, or as objects just as they were given."""
    if isinstance(values, np.ndarray):
        if values.dtype.kind not in _KINDS_OF_ARRAY:
            raise SourceError(
                f"In {where}, labels are of type {values.dtype}; save them as integers or as text."
            )
        if values.dtype.kind in "biuf":
            return pd.Series(values)
        values = values.tolist()
    return pd.Series([_plain(value) for value in values], dtype=object)


def _integers(series: pd.Series, where: str) -> NDArray[np.int64] | None:
    """Return the labels as integers, or None where they are names."""
    kind = series.dtype.kind
    if kind == "f":
        return _whole(series.to_numpy(dtype=np.float64), series, where)
    if kind == "b":
        return None
    if kind in "iu":
        return _exact(series, series, where)
    _refuse(_is_missing(series), series, where, "is missing")
    types = {type(value) for value in series}
    if types == {bool}:
        return None
    if types <= {int, float}:
        return _exact(series, series, where) if types == {int} else _whole(_floats(series), series, where)
    other = np.array([not isinstance(value, str | int | float) for value in series], dtype=bool)
    _refuse(other, series, where, "is no label; write whole numbers or text")
    return _spelled(series.map(str), series, where)


def _spelled(texts: pd.Series, series: pd.Series, where: str) -> NDArray[np.int64] | None:
    """Return the integers that all texts spell, or None where one is a name."""
    distinct = set(texts)
    if not any(_INTEGER.match(text) for text in distinct) or not all(_is_number(t) for t in distinct):
        return None
    if all(_INTEGER.match(text) for text in distinct):
        whole = _exact(texts.map(lambda text: int(text) if len(text) < 20 else _EXACT + 1), series, where)
    else:
        whole = _whole(_floats(texts), series, where)
    _refuse_two_spellings(texts, whole, where)
    return whole


def _refuse_two_spellings(texts: pd.Series, integers: NDArray[np.int64], where: str) -> None:
    """Check that equal integers are the same text: ``1`` and ``1.0`` may have been meant as two classes."""
    seen: dict[int, tuple[str, int]] = {}
    for row, (text, integer) in enumerate(zip(texts, integers.tolist(), strict=True)):
        other, first = seen.setdefault(integer, (text, row))
        if text != other:
            raise SourceError(
                f"In {where}, labels {other!r} and {text!r} (rows {first} and {row}, counted from 0) "
                "are one number written in two ways. Write it in one way where they are one class; "
                "where they are two, name them by words."
            )


def _floats(series: pd.Series) -> NDArray[np.float64]:
    return series.map(float).to_numpy(dtype=np.float64)


def _is_missing(series: pd.Series) -> NDArray[np.bool_]:
    return series.isna().to_numpy(dtype=np.bool_) | np.array(
        [value == "" for value in series], dtype=np.bool_
    )


def _exact(integers: pd.Series, series: pd.Series, where: str) -> NDArray[np.int64]:
    """Return integers of any size as int64, refused where a table of floats could not hold them."""
    too_large = (integers > _EXACT) | (integers < -_EXACT)
    _refuse(too_large.to_numpy(dtype=bool), series, where, "is beyond 2**53; use class names")
    return integers.to_numpy(dtype=np.int64)


def _is_number(text: str) -> bool:
    leading_zero = len(text) > 1 and text[0] == "0" and text[1].isdigit()
    return _NUMBER.match(text) is not None and not leading_zero


def _whole(numbers: NDArray[np.float64], series: pd.Series, where: str) -> NDArray[np.int64]:
    exact = np.isfinite(numbers) & (np.abs(numbers) < _EXACT) & (numbers == np.rint(numbers))
    _refuse(~exact, series, where, "is not a whole number that can be held exactly")
    return numbers.astype(np.int64)


def _refuse(bad: NDArray[np.bool_], series: pd.Series, where: str, why: str) -> None:
    rows = np.flatnonzero(bad)
    if len(rows):
        shown = ", ".join(str(row) for row in rows[:5]) + (", ..." if len(rows) > 5 else "")
        raise SourceError(
            f"In {where}, label {_plain(series.iloc[rows[0]])!r} {why} (row {shown}, counted from 0; "
            f"{len(rows)} in all)."
        )


def _plain(value: Any) -> Any:
    """Return a value as Python's own; bytes as the text they spell, where they spell one."""
    item = value.item() if isinstance(value, np.generic) else value
    try:
        return item.decode("utf-8") if isinstance(item, bytes) else item
    except UnicodeDecodeError:
        return item


def _by_name(
    texts: list[str], class_names: Sequence[str] | None, where: str
) -> tuple[NDArray[np.int64], list[str]]:
    names = sorted(set(texts)) if class_names is None else checked_names(class_names, where)
    if class_names is None:
        refuse_alike(names)
    index = {name: number for number, name in enumerate(names)}
    if unknown := [text for text in dict.fromkeys(texts) if text not in index]:
        raise SourceError(f"In {where}, label {unknown[0]!r} is not one of the class names {names[:10]}.")
    return np.array([index[text] for text in texts], dtype=np.int64), names


def checked_names(class_names: Sequence[str], where: str) -> list[str]:
    """Return declared class names as a list.

    Raises:
        SourceError: They are no list of texts, one is empty, or two are the same or look alike.
    """
    is_one = isinstance(class_names, str | bytes | Mapping | Set) or not isinstance(class_names, Iterable)
    if is_one or getattr(class_names, "shape", None) == ():
        raise SourceError(
            f"In {where}, class names are {class_names!r}; they must be a list of texts, in the order of the "
            "class indices."
        )
    names = [name.item() if isinstance(name, np.generic) else name for name in class_names]
    if wrong := [name for name in names if not isinstance(name, str)]:
        raise SourceError(f"In {where}, class name {wrong[0]!r} is not text.")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise SourceError(f"In {where}, class name {twice!r} stands for two classes.")
    if (empty := next((index for index, name in enumerate(names) if not name.strip()), None)) is not None:
        raise SourceError(f"In {where}, the name of class {empty} is {names[empty]!r}; give it a name.")
    refuse_alike(names)
    return names


def refuse_alike(names: Sequence[str]) -> None:
    """Check that no two class names differ only in case, outer spaces or Unicode form.

    Raises:
        SourceError: Two do; both are named.
    """
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(unicodedata.normalize("NFC", name.strip()).casefold(), name)
        if other != name:
            raise SourceError(
                f"Classes {other!r} and {name!r} differ only in case, outer spaces or Unicode form. "
                "Rename or merge one of them."
            )
