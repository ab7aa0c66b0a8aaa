"""A list of decisions made by hand or by a script, completed to reviews: who is meant is looked up."""

from __future__ import annotations

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

    The operation id follows from the example and what is decided, so that the same list can be imported
    again without doubling anything.

    Args:
        frame: Columns ``decision`` and ``source_key`` or ``example_id``; ``new_label``, ``note`` and
            ``reviewer`` where there are any.
        files: Of the run whose data set is meant.
        path: Of the file, for sentences.

    Raises:
        ConfigError: A row names no example of the data set.
    """
    examples = files.images.examples
    by = "source_key" if "source_key" in frame else "example_id"
    places = {str(each): place for place, each in enumerate(examples[by])}
    shown = files.labels["label"].to_numpy()
    rows: list[dict[str, Any]] = []
    for number, row in enumerate(frame.to_dict("records"), start=1):
        place = places.get(str(row[by]))
        if place is None:
            unknown = f"{by} is {str(row[by])[:80]!r}, and no example of this data set has it"
            raise ConfigError(f"Row {number} of {path}: {unknown}.")
        texts = {name: cell_text(row.get(name)) for name in TEXTS}
        if texts["decision"] == "relabel" and texts["new_label"] not in files.class_names:
            unknown = str(ConfigError.unknown_choice("new_label", texts["new_label"], files.class_names))
            raise ConfigError(f"Row {number} of {path}: {unknown}")
        texts["reviewer"] = texts["reviewer"] or getuser()
        decision, new_label = as_stored(files, place, texts["decision"], texts["new_label"])
        texts = {**texts, "decision": decision, "new_label": new_label}
        example = examples.iloc[place]
        key, image_hash = str(example["source_key"]), str(example["image_hash"])
        rows.append({
            **texts,
            "operation_id": f"list-{digest(key, image_hash, texts)}",
            "source_key": key,
            "image_hash": image_hash,
            "label_shown": files.class_names[int(shown[place])],
            "queue": "import",
        })
    return pd.DataFrame(rows)


def cell_text(value: Any) -> str:
    """Return a cell as text; one that is missing, in whatever way a file says so, as empty."""
    return "" if pd.api.types.is_scalar(value) and pd.isna(value) else str(value)
