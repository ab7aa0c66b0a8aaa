"""Which column of a table is the image, the label, the split: as the user says, else found by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from datadiet.config import DataConfig
from datadiet.errors import SourceError

_IMAGE = ("image", "img", "path", "file", "filename", "file_name", "filepath", "image_path", "image_file")
_LABEL = ("label", "labels", "class", "class_name", "label_name", "target", "category", "fine_label")
_SPLITS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}


@dataclass(frozen=True)
class Columns:
    """Names of the columns that are read; None where there is none."""

    image: str
    label: str
    true_label: str | None
    split: str | None
    id: str | None
    group: str | None

    @property
    def beside_image(self) -> list[str]:
        """Return the names of all columns but the image, each once."""
        names = [self.label, self.true_label, self.split, self.id, self.group]
        return list(dict.fromkeys(name for name in names if name is not None))


def find_columns(names: Sequence[str], config: DataConfig, *, where: str) -> Columns:
    """Return which of ``names`` are read.

    A column that the user names must be there. Image and label are otherwise found by usual names, split
    and true label by exactly ``split`` and ``true_label``; id and group only when named.

    Raises:
        SourceError: A name stands twice or is empty, or a column is not there.
    """
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise SourceError(f"{where} has the column {twice[0]!r} twice; rename one of them.")
    return Columns(
        image=_required(names, config.image_column, _IMAGE, "image", where),
        label=_required(names, config.label_column, _LABEL, "label", where),
        true_label=_optional(names, config.true_label_column, "true_label", where),
        split=_optional(names, config.split_column, "split", where),
        id=_optional(names, config.id_column, None, where),
        group=_optional(names, config.group_column, None, where),
    )


def _required(names: Sequence[str], asked: str | None, usual: Sequence[str], what: str, where: str) -> str:
    if asked is not None:
        return _named(names, asked, where)
    by_lower = {name.lower(): name for name in reversed(names)}
    for name in usual:
        if name in by_lower:
            return by_lower[name]
    raise SourceError(
        f"{where} has no column for the {what}; its columns are {', '.join(map(repr, names[:20]))}. "
        f"Name one with --{what}-column."
    )


def _optional(names: Sequence[str], asked: str | None, usual: str | None, where: str) -> str | None:
    if asked is not None:
        return _named(names, asked, where)
    return usual if usual in names else None


def _named(names: Sequence[str], asked: str, where: str) -> str:
    if asked not in names:
        raise SourceError(
            f"{where} has no column {asked!r}; its columns are {', '.join(map(repr, names[:20]))}."
        )
    return asked


def split_names(values: Sequence[object], *, where: str) -> list[str]:
    """Return each value as train, validation or test.

    Raises:
        SourceError: A value is another, with its row, counted from 0.
    """
    names = []
    for row, value in enumerate(values):
        split = _SPLITS.get(str(value).strip().lower())
        if split is None:
            raise SourceError(
                f"{where} has the split {value!r} in row {row}; it must be train, validation or test. "
                "Name another column with --split-column."
            )
        names.append(split)
    return names


def id_texts(values: Sequence[object], *, where: str) -> list[str]:
    """Return the ids of a column as text.

    Raises:
        SourceError: One is missing, with its row, counted from 0.
    """
    if (row := next((row for row, value in enumerate(values) if is_missing(value)), None)) is not None:
        raise SourceError(
            f"{where} has no id in row {row} (counted from 0): it is {values[row]!r}. Give every row an id, "
            "or leave --id-column out."
        )
    return [str(value) for value in values]


def group_names(values: Sequence[object]) -> list[str | None]:
    """Return the group of each row as text, None where the cell is missing: that image is a group alone."""
    return [None if is_missing(value) else str(value) for value in values]


def is_missing(value: object) -> bool:
    """Return whether a cell of a table holds nothing: null, NaN or the empty text."""
    return value is None or value == "" or value != value


def refuse_repeated(keys: Sequence[str], *, what: str, where: str) -> None:
    """Check that no key stands twice.

    Raises:
        SourceError: One does; both rows are named, counted from 0.
    """
    seen: dict[str, int] = {}
    for row, key in enumerate(keys):
        first = seen.setdefault(key, row)
        if first != row:
            raise SourceError(
                f"{where} has the {what} {key!r} in rows {first} and {row} (counted from 0); "
                "remove one, or name a column of unique ids with --id-column."
            )
