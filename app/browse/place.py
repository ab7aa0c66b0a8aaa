"""Where somebody is in Browse, as query parameters: each value is checked by hand, a bad one is left out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datadiet.frames.examples import SPLITS

SIZES = (48, 64, 96, 128)  # pixels, side of a thumbnail
DECISIONS = ("none", "any", "keep", "relabel", "drop", "unsure", "disputed")
MOST_IDS = 200  # examples named one by one in an address
_TOKEN = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True)
class Bounds:
    """What an address may name in a run."""

    score_names: Sequence[str]
    class_names: Sequence[str]
    num_groups: int
    has_example: Callable[[int], bool]


@dataclass(frozen=True)
class Place:
    """A checked place, and a quiet sentence for each value that was left out."""

    values: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def read_place(query: Mapping[str, str], bounds: Bounds) -> Place:
    """Return the place that an address names.

    Args:
        query: Query parameters as typed.
        bounds: What the run has.
    """
    place = Place()
    for name, read in _READERS.items():
        text = query.get(name)
        if text is None or text == "":
            continue
        value = read(text[:4000], bounds)
        if value is None:
            place.remarks.append(
                f"“{text[:40]}” is no {_WORDS.get(name, name)} of this run; it was left out."
            )
        else:
            place.values[name] = value
    return place


def _score(text: str, bounds: Bounds) -> str | None:
    return text if text in bounds.score_names else None


def _class(text: str, bounds: Bounds) -> int | None:
    """Return the class that ``text`` names: by its name, else by its index."""
    if text in bounds.class_names:
        return list(bounds.class_names).index(text)
    return _whole(text, len(bounds.class_names))


def _whole(text: str, stop: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 and int(text) < stop else None


def _among(*choices: str) -> Callable[[str, Bounds], str | None]:
    return lambda text, _: text if text in choices else None


def _number(text: str, _: Bounds) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _fraction(text: str, bounds: Bounds) -> float | None:
    value = _number(text, bounds)
    return value if value is not None and 0 <= value <= 1 else None


def _group(text: str, bounds: Bounds) -> str | int | None:
    return text if text == "any" else _whole(text, bounds.num_groups)


def _size(text: str, _: Bounds) -> int | None:
    return next((size for size in SIZES if str(size) == text), None)


def _example(text: str, bounds: Bounds) -> int | None:
    number = _whole(text, 2**31)
    return number if number is not None and bounds.has_example(number) else None


def _ids(text: str, bounds: Bounds) -> str | list[int] | None:
    if _TOKEN.fullmatch(text) and not text.isdigit():
        return text
    found = [_example(part, bounds) for part in text.split(",")[:MOST_IDS]]
    return None if None in found else [number for number in found if number is not None]


_READERS: dict[str, Callable[[str, Bounds], Any]] = {
    "score": _score,
    "order": _among("hardest", "easiest"),
    "class": _class,
    "predicted": _class,
    "split": _among(*SPLITS),
    "decision": _among(*DECISIONS),
    "flipped": _among("yes", "no"),
    "truth": _among("yes"),
    "suspects": _among("yes", "no"),
    "group": _group,
    "outlier": _fraction,
    "low": _number,
    "high": _number,
    "ids": _ids,
    "example": _example,
    "size": _size,
}
NAMES = tuple(_READERS)
_WORDS = {
    "predicted": "class",
    "group": "group of duplicates",
    "outlier": "outlier score",
    "low": "number",
    "high": "number",
    "ids": "list of examples",
    "flipped": "choice",
    "truth": "choice",
    "suspects": "choice",
    "size": "size",
}


def address(place: object, bounds: Bounds) -> dict[str, str]:
    """Return the query parameters of a place that came up from the browser, checked like an address."""
    if not isinstance(place, Mapping):
        return {}
    texts = {name: _text(place.get(name)) for name in NAMES}
    checked = read_place({name: text for name, text in texts.items() if text}, bounds)
    return {name: _text(value) for name, value in checked.values.items()}


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(str(each) for each in value[:MOST_IDS] if type(each) is int)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
