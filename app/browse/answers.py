"""What Browse answers to a question of the browser: columns once, then sheets, scores and details on demand.

A question is anybody's text: every number is looked up, every list cut, and what is not known is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from app import decisions
from app.browse import details, listing, readers
from app.browse.background import BACKGROUND
from app.browse.columns import BrowseTable, described, hardest_first, packed_decisions, score_columns
from app.browse.place import SIZES
from app.browse.readers import Opened
from app.browse.saved_views import saved_views
from app.components.image_grid.sheets import draw_sheet
from app.components.image_grid.wire import pack_message
from app.opinions import OpinionBook, read_opinions
from app.row_masks import rows_of
from app.text import plain_name
from app.words import weak_words
from datadiet.frames.examples import SPLITS
from datadiet.store.reviews import read_reviews

SHEET_SIZE = 60  # thumbnails
MOST_SHEETS, MOST_DETAILS, MOST_SCORES = 8, 6, 2  # in one answer
_FIRST_SHEETS = 2  # sent with the columns, for the order that the page opens with


@dataclass
class Answer:
    """A message in the making: parts that the header describes, and their bytes in the same order."""

    header: dict[str, Any]
    parts: list[dict[str, Any]] = field(default_factory=list)
    blobs: list[bytes] = field(default_factory=list)

    def add(self, kind: str, blobs: Sequence[bytes] = (), **described: Any) -> None:
        """Add a part; its bytes are the next ones of the message."""
        self.parts.append({"kind": kind, "num": len(blobs), **described})
        self.blobs.extend(blobs)

    def packed(self) -> bytes:
        """Return the message."""
        return pack_message({**self.header, "parts": self.parts}, self.blobs)


def add_columns(answer: Answer, opened: Opened, score: str) -> None:
    """Add what the browser keeps of a run: columns, names, decisions, views, and the first pictures."""
    table, run = opened.table, opened.run
    names, blobs = described(table.columns)
    book, who = _book(opened), decisions.reviewer()
    answer.add(
        "columns",
        blobs,
        columns=names,
        numRows=len(table.scores),
        runId=run.run_id,
        classNames=[plain_name(name) for name in run.class_names],
        exactNames=run.class_names,  # for decisions; never drawn
        scores=[[each.name, each.title] for each in table.names],
        splits=list(SPLITS),
        sizes=list(SIZES),
        isTriaged="is_suspect" in table.scores,
        weak=weak_words(run),
        hasFlips=bool(table.scores["is_flipped"].any()),
        hasTruth=bool(table.scores["true_label"].notna().any()),
        numGroups=int(table.columns["group"].max(initial=-1)) + 1,
        held=packed_decisions(book.decided, run.class_names),
        undo=[[operation_id, example_id] for operation_id, example_id, *_ in book.undo_stack(who)],
        reviewer=plain_name(who),
        storageKey=decisions.store_key(run.files.workspace),
    )
    add_score(answer, table, score)
    add_views(answer, opened)


def add_first_sheets(answer: Answer, opened: Opened, place: Mapping[str, Any], score: str) -> None:
    """Add the pictures that a page without filters opens on; with filters the browser asks for its own."""
    if (
        set(place) - {"score", "split", "size", "example", "order", "truth"}
        or place.get("order") == "easiest"
    ):
        return
    split = opened.table.columns["split"]
    chosen = split == SPLITS.index(place["split"]) if "split" in place else np.ones(len(split), np.bool_)
    _, percentile = score_columns(opened.table, score)
    rows = hardest_first(percentile, np.flatnonzero(chosen), _FIRST_SHEETS * SHEET_SIZE)
    ids = [int(opened.table.example_ids[row]) for row in rows]
    for start in range(0, len(ids), SHEET_SIZE):
        add_sheet(answer, opened, ids[start : start + SHEET_SIZE])


def add_score(answer: Answer, table: BrowseTable, name: str) -> None:
    """Add the values and percentiles of a score."""
    values, percentile = score_columns(table, name)
    answer.add("score", [values.tobytes(), percentile.tobytes()], name=name)


def add_sheet(answer: Answer, opened: Opened, ids: Sequence[int]) -> None:
    """Add a sheet of thumbnails."""
    sheet = draw_sheet(opened.run.files.images.pictures(ids))
    answer.add("sheet", [sheet.data], ids=list(ids), places=sheet.places, isSmall=sheet.is_small)


def add_views(answer: Answer, opened: Opened) -> None:
    """Add the saved views, their names as text to be shown."""
    views = [{**view, "name": plain_name(str(view["name"]))} for view in saved_views(opened.run.files)]
    answer.add("views", views=views)


def add_asked(answer: Answer, opened: Opened, asked: Mapping[str, Any]) -> None:
    """Add what the browser asks for beside the columns."""
    for ids in _lists(asked.get("sheets"))[:MOST_SHEETS]:
        if known := _ids(ids, opened.table)[:SHEET_SIZE]:
            add_sheet(answer, opened, known)
    names = {each.name for each in opened.table.names}
    for name in [name for name in _lists(asked.get("scores"), str) if name in names][:MOST_SCORES]:
        add_score(answer, opened.table, name)
    _add_examples(answer, opened, asked)
    if "list" in asked:
        _add_list(answer, opened, asked["list"])


def _add_examples(answer: Answer, opened: Opened, asked: Mapping[str, Any]) -> None:
    wanted = _ids(asked.get("details"), opened.table)[:MOST_DETAILS]
    reviews = read_reviews(opened.run.files.workspace) if wanted else pd.DataFrame()
    for example_id in wanted:
        answer.add("detail", detail=details.detail(opened, _row(opened, example_id), reviews))
    for example_id in _ids(asked.get("depths"), opened.table)[:MOST_DETAILS]:
        add_depth(answer, opened, example_id)
    for example_id in _ids(asked.get("originals"), opened.table)[:1]:
        add_original(answer, opened, example_id)


def add_depth(answer: Answer, opened: Opened, example_id: int) -> None:
    """Add what takes reading every seed; the first one of a run is said to be pending meanwhile."""
    row = _row(opened, example_id)
    found = BACKGROUND.poll(("depth", opened.version, example_id), lambda: details.depth(opened, row))
    answer.add("depth", depth={"id": example_id, "isPending": True} if found is None else found)


def add_original(answer: Answer, opened: Opened, example_id: int) -> None:
    """Add the original picture of an example, or the sentence that says why there is none."""
    example = opened.run.files.images.examples.iloc[_row(opened, example_id)]
    reader = readers.originals(opened.run, opened.run.run_id, opened.stamp)
    key, image_hash = str(example["source_key"]), str(example["image_hash"])
    work = ("original", opened.version, example_id)
    found = BACKGROUND.poll(work, lambda: reader.read(example_id, key, image_hash))
    if found is None:
        answer.add("original", id=example_id, isPending=True)
        return
    blobs = [] if found.data is None else [found.data]
    answer.add("original", blobs, id=example_id, reason=found.reason, width=found.width, height=found.height)


def _add_list(answer: Answer, opened: Opened, asked: object) -> None:
    """Add an index list as a file for the browser to save."""
    if not isinstance(asked, Mapping):
        return
    names = {each.name for each in opened.table.names}
    score = asked.get("score")
    rows = rows_of(asked.get("mask"), len(opened.table.scores))
    if len(rows) and isinstance(score, str) and score in names:
        name, data = listing.index_list(opened, rows, score)
        answer.add("file", [data], name=name, mime="text/csv", turn=str(asked.get("turn", ""))[:40])


def _book(opened: Opened) -> OpinionBook:
    """Return what people decided, read up to now."""
    book = read_opinions(opened.root, opened.run.run_id, opened.stamp)
    book.refresh()
    return book


def _row(opened: Opened, example_id: int) -> int:
    row = opened.table.row(example_id)
    if row is None:  # ids were looked up before
        raise KeyError(example_id)
    return row


def _lists(value: object, kind: type = list) -> list[Any]:
    return [each for each in value if isinstance(each, kind)] if isinstance(value, list) else []


def _ids(value: object, table: BrowseTable) -> list[int]:
    """Return the examples of a list that the run has, each once."""
    numbers = (
        [each for each in value if type(each) is int and 0 <= each < 2**31] if isinstance(value, list) else []
    )
    return [each for each in dict.fromkeys(numbers) if table.row(each) is not None]


def held_of(opened: Opened, operations: object) -> list[list[Any]]:
    """Return what holds now for the examples of operations; one without a decision comes alone."""
    sent = operations if isinstance(operations, list) else []
    touched = _ids([each.get("example_id") for each in sent if isinstance(each, dict)], opened.table)
    held = _book(opened).decided
    rows = packed_decisions(held[held["example_id"].isin(touched)], opened.run.class_names)
    known = {row[0] for row in rows}
    return [*rows, *([example_id] for example_id in touched if example_id not in known)]
