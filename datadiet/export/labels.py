"""Corrected labels: the given label and what people decided; a planted flip never enters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from datadiet.errors import DataError
from datadiet.frames.exports import CORRECTED_LABELS

_UNTOUCHED = ("", "keep", "unsure")
_CLASSLESS = ("drop", "no_class")
_NAMING = ("relabel", "new_class")


@dataclass(frozen=True)
class CorrectedLabels:
    """The labels after the reviews, the class names with new ones at the end, and counts."""

    frame: pd.DataFrame  # table CORRECTED_LABELS
    class_names: tuple[str, ...]
    counts: dict[str, int]
    remarks: tuple[str, ...] = ()  # what was understood in a way that a person should know


def corrected_labels(
    examples: pd.DataFrame, decisions: pd.DataFrame, *, class_names: Sequence[str]
) -> CorrectedLabels:
    """Return the given labels with the decisions applied.

    ``keep`` and ``unsure`` leave the given label, ``relabel`` and ``new_class`` put another in its
    place, ``drop`` and ``no_class`` leave no class. A ``relabel`` to a name that is no class of this set,
    as one made in a run that knows more classes, makes a new class too, and a remark says so. New classes
    are numbered after the source's, in the order of their first example.

    Args:
        examples: example_id, source_key, split and given_label, of all examples.
        decisions: example_id, decision and new_label (a class name): at most one row an example.
        class_names: Name of each class index.

    Raises:
        DataError: An example is decided twice or unknown, a relabel has no name, or a decision is not one
            of the words.
    """
    rows = examples.sort_values("example_id", ignore_index=True)
    by_id = _decisions_by_id(decisions, set(rows["example_id"].tolist()))
    names = list(class_names)
    indices = {name: index for index, name in enumerate(names)}
    corrected: list[int | None] = []
    remarks = _remarks(by_id, set(names))
    for example_id, given in zip(rows["example_id"].tolist(), rows["given_label"].tolist(), strict=True):
        decision, new_label = by_id.get(example_id, ("", ""))
        if decision in _NAMING and new_label and new_label not in indices:
            indices[new_label] = len(names)
            names.append(new_label)
        corrected.append(_label_after(decision, new_label, given, indices))
    frame = _table(rows, corrected, by_id, names)
    return CorrectedLabels(frame, tuple(names), _counts(frame), remarks)


def _decisions_by_id(decisions: pd.DataFrame, known: set[int]) -> dict[int, tuple[str, str]]:
    ids = decisions["example_id"].tolist()
    if len(set(ids)) < len(ids):
        raise DataError("An example has more than one decision; resolve the reviews first.")
    if strangers := sorted(set(ids) - known):
        raise DataError(
            f"Decisions name {len(strangers)} examples that are not in the set, the first {strangers[0]}."
        )
    new_labels = ["" if pd.isna(label) else str(label) for label in decisions["new_label"]]
    pairs = zip(decisions["decision"].tolist(), new_labels, strict=True)
    return dict(zip(ids, pairs, strict=True))


def _label_after(decision: str, new_label: str, given: int, indices: dict[str, int]) -> int | None:
    if decision in _UNTOUCHED:
        return given
    if decision in _CLASSLESS:
        return None
    if decision not in _NAMING:
        raise DataError(
            f"A review decides {decision!r}; it must be keep, relabel, new_class, drop, no_class or unsure."
        )
    if new_label not in indices:
        raise DataError(f"A review decides {decision} and names no class.")
    return indices[new_label]


def _remarks(by_id: dict[int, tuple[str, str]], known: set[str]) -> tuple[str, ...]:
    named = [name for decision, name in by_id.values() if decision == "relabel" and name not in known]
    return tuple(
        f"{num:,} relabelled to {name!r}, which is no class of this set: taken as a new class."
        for name, num in sorted(Counter(named).items())
    )


def _table(
    rows: pd.DataFrame,
    corrected: list[int | None],
    by_id: dict[int, tuple[str, str]],
    names: Sequence[str],
) -> pd.DataFrame:
    given = rows["given_label"].tolist()
    columns = rows.assign(
        class_name=[names[label] for label in given],
        corrected_label=pd.array(corrected, dtype="Int64"),
        corrected_class_name=pd.array(
            [pd.NA if label is None else names[label] for label in corrected], dtype="string"
        ),
        decision=[by_id.get(example_id, ("", ""))[0] for example_id in rows["example_id"].tolist()],
        is_changed=[after != before for after, before in zip(corrected, given, strict=True)],
    )
    return CORRECTED_LABELS.conform(columns[CORRECTED_LABELS.column_names])


def _counts(frame: pd.DataFrame) -> dict[str, int]:
    is_classless = frame["corrected_label"].isna()
    return {
        "num_examples": len(frame),
        "num_decided": int((frame["decision"] != "").sum()),
        "num_relabelled": int((frame["is_changed"] & ~is_classless).sum()),
        "num_without_class": int(is_classless.sum()),
    }
