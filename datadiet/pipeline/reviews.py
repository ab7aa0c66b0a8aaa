"""Where people's decisions meet runs: what holds for each example, and decisions from a file."""

from __future__ import annotations

import csv
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from datadiet.errors import ConfigError
from datadiet.frames.triage import REVIEWS
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.reviews import Review, append_reviews, read_reviews
from datadiet.triage.reviews import matched, resolve


def decisions(files: RunFiles) -> pd.DataFrame:
    """Return example_id, decision and new_label of every example; both empty where nobody decided."""
    examples = files.images.examples
    held = resolve(read_reviews(files.workspace), examples)[["example_id", "decision", "new_label"]]
    every = examples[["example_id"]].merge(held, on="example_id", how="left")
    return every.fillna({"decision": "", "new_label": ""})


def run_reviews(files: RunFiles) -> pd.DataFrame:
    """Return the REVIEWS rows that belong to an example of the run's data set, in sequence."""
    reviews = read_reviews(files.workspace)
    found = matched(reviews, files.images.examples)["operation_id"]
    undone_too = reviews["operation_id"].isin(found) | reviews["decision"].eq("undo")
    return REVIEWS.conform(reviews[undone_too])


@dataclass(frozen=True)
class Imported:
    """What an import added."""

    num_rows: int
    num_new: int
    num_matched: int

    def headline(self) -> dict[str, Any]:
        """Return what ``datadiet reviews import --json`` prints."""
        return {"num_rows": self.num_rows, "num_new": self.num_new, "num_matched": self.num_matched}

    def text(self) -> str:
        """Return it in words."""
        return (
            f"{self.num_new:,} of {self.num_rows:,} reviews are new; "
            f"{self.num_matched:,} belong to images of this data set."
        )


def import_reviews(files: RunFiles, path: Path) -> Imported:
    """Append the reviews of a file to the workspace; those that are there already are left alone.

    Args:
        files: Of the run, which fills in where the file names none.
        path: As ``datadiet export RUN reviews`` writes it: csv, json or parquet.

    Raises:
        ConfigError: The file cannot be read, has another form, or holds something that is no decision.
        DatabaseError: The workspace cannot take them; none is appended then.
    """
    frame = read_review_file(path)
    workspace = files.workspace
    known = set(read_reviews(workspace)["operation_id"])
    numbered = enumerate(frame.to_dict("records"), start=1)
    rows = [_review(row, files.run_id, number) for number, row in numbered]
    append_reviews(workspace, rows)
    num_new = len({row.operation_id for row in rows} - known)
    return Imported(
        len(rows), num_new, len(matched(REVIEWS.conform(_with_sequence(frame)), files.images.examples))
    )


def read_review_file(path: Path) -> pd.DataFrame:
    """Return the rows of a reviews file, text exactly as it is.

    Raises:
        ConfigError: The file cannot be read, or lacks a column.
    """
    readers = {".csv": _read_csv, ".json": _read_json, ".parquet": _read_parquet}
    if path.suffix.lower() not in readers:
        raise ConfigError.unknown_choice("the ending of the reviews file", path.name, readers)
    try:
        frame = readers[path.suffix.lower()](path)
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise ConfigError(f"The reviews file {path} cannot be read: {error}.") from error
    needed = [
        name
        for name in REVIEWS.column_names
        if name not in {"sequence", "time", "reviewer", "note", "run_id"}
    ]
    if missing := [name for name in needed if name not in frame]:
        raise ConfigError(
            f"The reviews file {path} lacks the column {missing[0]}; export a run's reviews to see one."
        )
    return frame


def _read_csv(path: Path) -> pd.DataFrame:
    """Return the rows, strictly: as many fields in each as in the header, bytes that are no UTF-8 kept."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        header, *rows = [row for row in csv.reader(file, strict=True) if row] or [[]]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise ValueError(f"row {number} has {len(row)} fields, the header has {len(header)}")
    return pd.DataFrame(rows, columns=header, dtype=object)


def _read_json(path: Path) -> pd.DataFrame:
    import json

    document = json.loads(path.read_text(encoding="utf-8"))
    return pd.DataFrame(document["rows"] if isinstance(document, dict) else document)


def _read_parquet(path: Path) -> pd.DataFrame:
    frame: pd.DataFrame = pq.read_table(path).to_pandas()
    return frame


def _with_sequence(frame: pd.DataFrame) -> pd.DataFrame:
    filled = {name: frame.get(name, "") for name in REVIEWS.column_names if name != "sequence"}
    return pd.DataFrame({"sequence": range(len(frame)), **filled})


def _review(row: Mapping[Hashable, Any], run_id: str, number: int) -> Review:
    text = {name: str(row.get(name, "") or "") for name in REVIEWS.column_names}
    try:
        return Review(
            operation_id=text["operation_id"],
            source_key=text["source_key"],
            image_hash=text["image_hash"],
            label_shown=text["label_shown"],
            decision=text["decision"],
            new_label=text["new_label"],
            queue=text["queue"] or "import",
            note=text["note"],
            reviewer=text["reviewer"] or getuser(),
            run_id=text["run_id"] or run_id,
            **({"time": text["time"]} if text["time"] else {}),
        )
    except ConfigError as error:
        raise ConfigError(f"Row {number} of the reviews file: {error}") from error
