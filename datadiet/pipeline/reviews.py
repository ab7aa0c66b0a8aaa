"""Where people's decisions meet runs: what holds for each example, and decisions from a file."""

from __future__ import annotations

import csv
import re
import secrets
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from datadiet.errors import ConfigError, NotFoundError
from datadiet.export.labels import corrected_labels
from datadiet.frames.triage import REVIEWS
from datadiet.pipeline.decision_lists import cell_text, completed, is_decision_list
from datadiet.pipeline.import_checks import check_rows
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.reviews import Review, append_reviews, read_reviews
from datadiet.triage.decision_truth import DecisionTruth, decision_truth
from datadiet.triage.reviews import active, matched, opinions, resolve

MOST_NAMED = 12  # columns of a file that a refusal names
MERGE = "merge."  # begins the operation ids of one merge
_UNHOLDABLE = re.compile(r"[\x00\ud800-\udfff]")  # in a note: no export can hold it, U+FFFD takes its place


def decisions(files: RunFiles) -> pd.DataFrame:
    """Return example_id, decision and new_label of every example; both empty where nobody decided."""
    examples = files.images.examples
    held = resolve(read_reviews(files.workspace), examples)[["example_id", "decision", "new_label"]]
    every = examples[["example_id"]].merge(held, on="example_id", how="left")
    return every.fillna({"decision": "", "new_label": ""})


def run_reviews(files: RunFiles) -> pd.DataFrame:
    """Return the REVIEWS rows that belong to an example of the run's data set, and their undoing."""
    reviews = read_reviews(files.workspace)
    is_undo = reviews["decision"] == "undo"
    own = set(matched(reviews[~is_undo], files.images.examples)["operation_id"])
    undoes = reviews[is_undo].sort_values("sequence")
    for operation_id, undone in zip(undoes["operation_id"], undoes["new_label"], strict=True):
        if undone in own:  # an undo names an operation, not an image
            own.add(operation_id)
    return REVIEWS.conform(reviews[reviews["operation_id"].isin(own)])


def decisions_against_truth(files: RunFiles) -> dict[str, DecisionTruth]:
    """Return how many decisions were right, by reviewer, and under ``""`` of those that hold.

    Empty where the run knows no true label: neither planted noise nor a column of the source.
    """
    if files.labels["true_label"].isna().all():
        return {}
    reviews, examples = read_reviews(files.workspace), files.images.examples
    held = {"": resolve(reviews, examples)}
    held |= {str(who): rows for who, rows in opinions(reviews, examples).groupby("reviewer")}
    return {who: decision_truth(rows, files.labels, files.class_names) for who, rows in held.items()}


@dataclass(frozen=True)
class Merge:
    """Two classes made one, by a decision on every image of the first."""

    merge_id: str  # begins the operation ids of its reviews
    source: str
    target: str
    num_images: int


def merge_candidates(files: RunFiles, source: str) -> pd.DataFrame:
    """Return the EXAMPLES rows whose class is ``source`` after the decisions so far, all splits.

    Raises:
        NotFoundError: There is no such class.
    """
    examples = files.images.examples
    held = resolve(read_reviews(files.workspace), examples)
    corrected = corrected_labels(examples, held, class_names=files.class_names)
    if source not in corrected.class_names:
        raise NotFoundError(f"There is no class called {source!r} in run {files.run_id}.")
    index = corrected.class_names.index(source)
    ids = corrected.frame.loc[corrected.frame["corrected_label"] == index, "example_id"]
    return examples[examples["example_id"].isin(ids)]


def merge_classes(files: RunFiles, source: str, target: str, *, reviewer: str) -> Merge:
    """Give every image of class ``source`` the class ``target``, as reviews in one transaction.

    An image that was relabelled to another class, dropped or said to be of no class is left alone; one
    that was relabelled to ``source`` goes along.

    Args:
        files: Of a run on the data set.
        source: Name of the class that ends.
        target: Name of the class that goes on; a name that is no class yet makes a new one.
        reviewer: Who decides.

    Raises:
        ConfigError: Both are the same, or the target has no name.
        NotFoundError: There is no class ``source``, or it has no image left.
        DatabaseError: The workspace cannot take them; none is stored then.
    """
    if source == target or not target.strip():
        raise ConfigError("Merging needs two classes with different names.")
    rows = merge_candidates(files, source)
    if rows.empty:
        raise NotFoundError(f"Class {source!r} has no image left to merge into {target!r}.")
    merge_id = f"{MERGE}{secrets.token_hex(6)}"
    shown = files.labels.set_index("example_id")["label"]
    append_reviews(
        files.workspace,
        [
            Review(
                operation_id=f"{merge_id}-{number}",
                source_key=str(key),
                image_hash=str(image_hash),
                label_shown=files.class_names[int(shown[example_id])],
                decision="relabel" if target in files.class_names else "new_class",
                new_label=target,
                note=f"{source} merged into {target}",
                reviewer=reviewer,
                run_id=files.run_id,
            )
            for number, (example_id, key, image_hash) in enumerate(
                zip(rows["example_id"], rows["source_key"], rows["image_hash"], strict=True)
            )
        ],
    )
    return Merge(merge_id, source, target, len(rows))


def merges(files: RunFiles) -> list[Merge]:
    """Return the merges on the run's data set that hold, wholly or in part, the newest last."""
    found = matched(active(read_reviews(files.workspace)), files.images.examples)
    found = found[found["operation_id"].str.startswith(MERGE)]
    merge_ids = found["operation_id"].str.replace(r"-\d+$", "", regex=True)
    groups = found.groupby(merge_ids, sort=False)
    return [
        Merge(
            str(merge_id),
            str(rows["note"].iloc[0]).rpartition(" merged into ")[0],
            str(rows["new_label"].iloc[0]),
            len(rows),
        )
        for merge_id, rows in groups
    ]


def undo_merge(files: RunFiles, merge_id: str, *, reviewer: str) -> int:
    """Take back what still holds of a merge, in one transaction; return of how many images.

    Raises:
        NotFoundError: No such merge holds.
        DatabaseError: The workspace cannot take it; nothing is stored then.
    """
    holding = active(read_reviews(files.workspace))
    rows = holding[holding["operation_id"].str.startswith(f"{merge_id}-")]
    if rows.empty or not merge_id.startswith(MERGE):
        raise NotFoundError("This merge was undone already.")
    append_reviews(
        files.workspace,
        [
            Review(
                operation_id=f"un{row['operation_id']}",
                source_key=row["source_key"],
                image_hash=row["image_hash"],
                label_shown=row["label_shown"],
                decision="undo",
                new_label=row["operation_id"],
                reviewer=reviewer,
                run_id=files.run_id,
            )
            for row in rows.to_dict("records")
        ],
    )
    return len(rows)


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
        path: As ``datadiet export RUN reviews`` writes it, or a list of decisions with the columns
            ``source_key`` (or ``example_id``), ``decision`` and, for a relabel, ``new_label``: csv, json or
            parquet.

    Raises:
        ConfigError: The file cannot be read, has another form, or holds something that is no decision.
        DatabaseError: The workspace cannot take them; none is appended then.
    """
    frame = read_review_file(path)
    if is_decision_list(frame):
        frame = completed(frame, files, path)
    workspace = files.workspace
    stored = read_reviews(workspace)
    known = set(stored["operation_id"])
    numbered = enumerate(frame.to_dict("records"), start=1)
    rows = [_review(row, files.run_id, number) for number, row in numbered]
    check_rows(rows, files, stored)
    append_reviews(workspace, rows)
    num_new = len({row.operation_id for row in rows} - known)
    return Imported(
        len(rows), num_new, len(matched(REVIEWS.conform(_with_sequence(frame)), files.images.examples))
    )


def read_review_file(path: Path) -> pd.DataFrame:
    """Return the rows of a reviews file, text exactly as it is.

    Raises:
        ConfigError: The file cannot be read, lacks a column, or has one twice.
    """
    readers = {".csv": _read_csv, ".json": _read_json, ".parquet": _read_parquet}
    if path.suffix.lower() not in readers:
        raise ConfigError.unknown_choice("the ending of the reviews file", path.name, readers)
    try:
        frame = readers[path.suffix.lower()](path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise ConfigError(f"The reviews file {path} cannot be read: {error}.") from error
    except RecursionError:
        raise ConfigError(f"The reviews file {path} cannot be read: it is nested too deeply.") from None
    _refuse_lacking(frame, path)
    return frame


def _refuse_repeated(names: list[str], path: Path) -> None:
    if repeated := [name for name in names if names.count(name) > 1]:
        raise ConfigError(f"The reviews file {path} has the column {repeated[0]} more than once. Keep one.")


def _refuse_lacking(frame: pd.DataFrame, path: Path) -> None:
    """Refuse a table that is neither exported reviews nor a list of decisions, with what was found."""
    needed = [
        name
        for name in REVIEWS.column_names
        if name not in {"sequence", "time", "reviewer", "note", "run_id"}
    ]
    missing = [] if is_decision_list(frame) else [name for name in needed if name not in frame]
    if missing:
        found = ", ".join(str(name)[:80] for name in list(frame)[:MOST_NAMED]) or "none"
        commas = ", separated by commas" if path.suffix.lower() == ".csv" else ""
        raise ConfigError(
            f"The reviews file {path} lacks the column {missing[0]}; its columns are: {found}. "
            "Export a run's reviews to see one, or write a list with the columns source_key, decision and "
            f"new_label{commas}."
        )


def _read_csv(path: Path) -> pd.DataFrame:
    """Return the rows, strictly: as many fields in each as in the header, bytes that are no UTF-8 kept."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        header, *rows = [row for row in csv.reader(file, strict=True) if row] or [[]]
    _refuse_repeated(header, path)
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise ValueError(f"row {number} has {len(row)} fields, the header has {len(header)}")
    return pd.DataFrame(rows, columns=header, dtype=object)


def _read_json(path: Path) -> pd.DataFrame:
    import json

    document = json.loads(path.read_text(encoding="utf-8"))
    return pd.DataFrame(document["rows"] if isinstance(document, dict) else document)


def _read_parquet(path: Path) -> pd.DataFrame:
    _refuse_repeated(pq.ParquetFile(path).schema_arrow.names, path)
    frame: pd.DataFrame = pq.read_table(path).to_pandas()
    return frame


def _with_sequence(frame: pd.DataFrame) -> pd.DataFrame:
    filled = {name: frame.get(name, "") for name in REVIEWS.column_names if name != "sequence"}
    return pd.DataFrame({"sequence": range(len(frame)), **filled})


def _review(row: Mapping[Hashable, Any], run_id: str, number: int) -> Review:
    text = {name: cell_text(row.get(name)) for name in REVIEWS.column_names}
    try:
        return Review(
            operation_id=text["operation_id"],
            source_key=text["source_key"],
            image_hash=text["image_hash"],
            label_shown=text["label_shown"],
            decision=text["decision"],
            new_label=text["new_label"],
            queue=text["queue"] or "import",
            note=_UNHOLDABLE.sub("\ufffd", text["note"]),
            reviewer=text["reviewer"] or getuser(),
            run_id=text["run_id"] or run_id,
            **({"time": text["time"]} if text["time"] else {}),
        )
    except ConfigError as error:
        raise ConfigError(f"Row {number} of the reviews file: {error}") from error
