"""A list of decisions made by hand or by a script, completed to reviews: who is meant is looked up."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from getpass import getuser
from pathlib import Path
from typing import Any

import pandas as pd

from datadiet.config import digest
from datadiet.errors import ConfigError
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.seen_decisions import as_stored

NAMES_AN_EXAMPLE = ("source_key", "example_id")
TEXTS = ("decision", "new_label", "note", "reviewer")  # of which only the first must be there


def is_decision_list(frame: pd.DataFrame) -> bool:
    """Return whether a table is a list of decisions: an example and a decision a row, no operation ids."""
    names = set(map(str, frame))
    return "operation_id" not in names and "decision" in names and bool(names & set(NAMES_AN_EXAMPLE))


def completed(frame: pd.DataFrame, files: RunFiles, path: Path) -> pd.DataFrame:
    """Return the list with what a review needs: operation id, image hash, label shown.

    The operation id follows from the example, what is decided, and what rows before it of the same reviewer
    say of the same example: the same list can be imported again without doubling anything, and of several
    rows on one example the last holds, also where it repeats an earlier one.

    Args:
        frame: Columns ``decision`` and ``source_key`` or ``example_id`` or both; ``new_label``, ``note`` and
            ``reviewer`` where there are any.
        files: Of the run whose data set is meant.
        path: Of the file, for sentences.

    Raises:
        ConfigError: A row names no example of the data set, or two.
    """
    examples = files.images.examples
    shown = files.labels["label"].to_numpy()
    rows: list[dict[str, Any]] = []
    before: dict[tuple[int, str], list[str]] = {}  # operation id of the row before, by example and reviewer
    for number, (row, place) in enumerate(_placed(frame, examples, path), start=1):
        texts = _decided(row, files, place, f"Row {number} of {path}")
        example = examples.iloc[place]
        key, image_hash = str(example["source_key"]), str(example["image_hash"])
        who = (place, texts["reviewer"])
        operation = f"list-{digest(key, image_hash, texts, *before.get(who, []))}"
        before[who] = [operation]
        rows.append({
            **texts,
            "operation_id": operation,
            "source_key": key,
            "image_hash": image_hash,
            "label_shown": files.class_names[int(shown[place])],
            "queue": "import",
        })
    return pd.DataFrame(rows)


def _placed(
    frame: pd.DataFrame, examples: pd.DataFrame, path: Path
) -> Iterator[tuple[dict[Hashable, Any], int]]:
    """Yield each row and the place of its example; refuse one that names none, or two."""
    by = [name for name in NAMES_AN_EXAMPLE if name in frame]
    places = {name: {str(each): place for place, each in enumerate(examples[name])} for name in by}
    for number, row in enumerate(frame.to_dict("records"), start=1):
        texts = {name: text for name in by if (text := cell_text(row[name]))} or {by[0]: ""}
        found = {name: places[name].get(text) for name, text in texts.items()}
        if unknown := [name for name, place in found.items() if place is None]:
            said = f"{unknown[0]} is {texts[unknown[0]][:80]!r}, and no example of this data set has it"
            raise ConfigError(f"Row {number} of {path}: {said}.")
        meant = {place for place in found.values() if place is not None}
        if len(meant) > 1:
            said = " and ".join(f"{name} {text[:80]!r}" for name, text in texts.items())
            raise ConfigError(f"Row {number} of {path}: {said} name two examples. Correct one of them.")
        yield row, meant.pop()


def _decided(row: Mapping[Hashable, Any], files: RunFiles, place: int, where: str) -> dict[str, str]:
    """Return the texts of a row as they are stored."""
    texts = {name: cell_text(row.get(name)) for name in TEXTS}
    if texts["decision"] == "relabel" and texts["new_label"] not in files.class_names:
        unknown = str(ConfigError.unknown_choice("new_label", texts["new_label"], files.class_names))
        raise ConfigError(f"{where}: {unknown}")
    decision, new_label = as_stored(files, place, texts["decision"], texts["new_label"])
    reviewer = texts["reviewer"] or getuser()
    return {**texts, "decision": decision, "new_label": new_label, "reviewer": reviewer}


def cell_text(value: Any) -> str:
    """Return a cell as text; one that is missing, in whatever way a file says so, as empty."""
    return "" if pd.api.types.is_scalar(value) and pd.isna(value) else str(value)
