"""Any source to blocks of pixels, rows, problems and thumbnails; nothing is written here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.data.decoding import Decoders
from datadiet.data.plan import Plan
from datadiet.data.sources.record import Picture, Problem, Source, SourceRecord
from datadiet.data.wire import Outcome, Task
from datadiet.errors import ImageDecodeError, SourceError
from datadiet.frames.examples import EXAMPLES, PROBLEMS, SPLITS

BLOCK_BYTES = 16 * 2**20  # of prepared pixels in a block
BLOCK_ROWS = 2048  # at most
_BATCH_PICTURES, _BATCH_BYTES = 64, 8 * 2**20  # of one errand to a decoding process


@dataclass(frozen=True)
class PreparedBlock:
    """Some examples in source order, and what was skipped among them.

    Attributes:
        images: (b, H, W, C), uint8.
        rows: The b rows of the table of examples.
        problems: Rows of the table of problems, any number.
        thumbnails: b encoded thumbnails; empty where the prepared pixels are the whole picture.
        num_done: Records of the source that are done, skipped ones included.
    """

    images: NDArray[np.uint8]
    rows: pd.DataFrame
    problems: pd.DataFrame
    thumbnails: list[bytes]
    num_done: int


@dataclass
class Summary:
    """Counts of a preparation, complete when its blocks are."""

    num_examples: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SPLITS, 0))
    num_problems: Counter[str] = field(default_factory=Counter)  # by kind
    num_skipped: int = 0  # examples that got a number and no row
    num_notes: Counter[str] = field(default_factory=Counter)  # examples by rule applied
    class_counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))  # of train
    reasons: list[str] = field(default_factory=list)  # the first few skipped, for a message


class Preparation:
    """The blocks of a source, once, and their summary.

    Example:
        >>> from datadiet.config import DataConfig
        >>> from datadiet.data.plan import plan
        >>> from datadiet.data.sources import open_source
        >>> source = open_source("digits", DataConfig())
        >>> with Decoders(1) as decoders:
        ...     preparation = prepare(source, plan(source, DataConfig(), decoders), decoders)
        ...     sum(len(block.rows) for block in preparation)
        1797
        >>> preparation.summary.num_skipped
        0
    """

    def __init__(
        self, source: Source, plan: Plan, decoders: Decoders, on_done: Callable[[int], None] | None = None
    ) -> None:
        self._source, self.plan, self._decoders = source, plan, decoders
        self._on_done = on_done
        self.summary = Summary(class_counts=np.zeros(len(plan.class_names), np.int64))

    def __iter__(self) -> Iterator[PreparedBlock]:
        """Yield the blocks in source order.

        Raises:
            SourceError: More is skipped than allowed, or a class lost its last train example.
        """
        self._count_problems(self._source.problems)
        pending = _Pending(problems=list(self._source.problems))
        limit = _block_rows(self.plan)
        task = _task(self.plan)
        for opened, outcomes in self._decoders.run(task, _batches(self._source, _batch_pictures(self.plan))):
            self._take(pending, opened, outcomes)
            if self._on_done is not None:
                self._on_done(pending.num_done)
            if len(pending.rows) >= limit:
                yield self._block(pending)
                pending = pending.emptied()
        self._check_end()
        yield self._block(pending)

    def document(self) -> dict[str, Any]:
        """Return what dataset.json says about this preparation; complete after the last block."""
        plan, summary = self.plan, self.summary
        notes = [
            f"{count} image{'' if count == 1 else 's'}: {note}."
            for note, count in sorted(summary.num_notes.items())
        ]
        return {
            "source_name": plan.source_name,
            "source_kind": plan.source_kind,
            "signature": plan.signature,
            "options": plan.config.model_dump(mode="json"),
            "class_names": plan.class_names,
            "image_size": plan.image_size,
            "channels": plan.channels,
            "num_examples": dict(summary.num_examples),
            "num_skipped": summary.num_skipped,
            "num_problems": dict(sorted(summary.num_problems.items())),
            "num_groups": plan.num_groups,
            "rules": [*plan.rules, *notes],
        }

    def _take(self, pending: _Pending, opened: list[_Opened], outcomes: list[Outcome]) -> None:
        skipped = []
        for record, outcome in _joined(opened, outcomes):
            if outcome.reason:
                problem = Problem(record.position, record.source_key, outcome.kind, outcome.reason)
                skipped.append(problem)
            else:
                pending.add(self._row(record, outcome), outcome)
        pending.problems += skipped
        pending.num_done += len(opened)
        self._count_skipped(skipped)

    def _row(self, record: SourceRecord, outcome: Outcome) -> tuple[Any, ...]:
        plan, summary = self.plan, self.summary
        split = SPLITS[plan.splits[record.position]]
        label = int(plan.labels[record.position])
        summary.num_examples[split] += 1
        summary.class_counts[label] += split == "train"
        summary.num_notes.update(note for note in outcome.note.split("; ") if note)
        return (
            record.position,
            record.source_key,
            split,
            label,
            _class_index(record.true_label, plan.class_names),
            record.group or "",
            outcome.image_hash,
            outcome.width,
            outcome.height,
            outcome.note,
        )

    def _count_problems(self, problems: Sequence[Problem]) -> None:
        self.summary.num_problems.update(problem.kind for problem in problems)

    def _count_skipped(self, problems: Sequence[Problem]) -> None:
        """Count examples that cannot be read, and stop as soon as they are too many."""
        summary, plan = self.summary, self.plan
        self._count_problems(problems)
        summary.num_skipped += len(problems)
        summary.reasons += [f"{p.source_key}: {p.reason}" for p in problems[: 3 - len(summary.reasons)]]
        allowed = plan.config.max_skipped_fraction
        if summary.num_skipped > allowed * plan.num_records:
            enough = ceil(100 * summary.num_skipped / plan.num_records) / 100
            raise SourceError(
                f"At least {summary.num_skipped} of {plan.num_records} images of {plan.source_name} "
                f"cannot be read; max_skipped_fraction allows {allowed:g} of all. "
                f"The first: {'; '.join(summary.reasons)}. "
                f"Repair or remove them, or go on without them: --max-skipped {enough:g}."
            )

    def _check_end(self) -> None:
        planned = np.bincount(self.plan.labels[self.plan.splits == 0], minlength=len(self.plan.class_names))
        emptied = np.flatnonzero((planned > 0) & (self.summary.class_counts == 0))
        if len(emptied):
            raise SourceError(
                f"No train image of class {self.plan.class_names[emptied[0]]!r} can be read. "
                f"The first problems: {'; '.join(self.summary.reasons)}."
            )

    def _block(self, pending: _Pending) -> PreparedBlock:
        plan = self.plan
        shape = (len(pending.pixels), plan.image_size, plan.image_size, plan.channels)
        images = np.stack(pending.pixels) if pending.pixels else np.zeros(shape, np.uint8)
        return PreparedBlock(
            images=images,
            rows=EXAMPLES.conform(pd.DataFrame(pending.rows, columns=EXAMPLES.column_names)),
            problems=PROBLEMS.conform(pd.DataFrame(pending.problems, columns=PROBLEMS.column_names)),
            thumbnails=pending.thumbnails,
            num_done=pending.num_done,
        )


@dataclass
class _Pending:
    """What is collected for the next block."""

    problems: list[Problem] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    pixels: list[NDArray[np.uint8]] = field(default_factory=list)
    thumbnails: list[bytes] = field(default_factory=list)
    num_done: int = 0

    def add(self, row: tuple[Any, ...], outcome: Outcome) -> None:
        """Take an example that was read."""
        if outcome.pixels is not None:
            self.rows.append(row)
            self.pixels.append(outcome.pixels)
            self.thumbnails.append(outcome.thumbnail)

    def emptied(self) -> _Pending:
        """Return a new collection that goes on counting."""
        return _Pending(num_done=self.num_done)


def prepare(
    source: Source,
    plan: Plan,
    decoders: Decoders,
    *,
    on_done: Callable[[int], None] | None = None,
) -> Preparation:
    """Return the preparation of ``source``: iterate it for blocks, then ask for counts.

    Args:
        source: The source that was planned.
        plan: What :func:`datadiet.data.plan.plan` returned for it.
        decoders: Decode the images, until the last block; the result does not depend on their number.
        on_done: Hears how many records are done, several times a block.
    """
    return Preparation(source, plan, decoders, on_done)


def _task(plan: Plan) -> Task:
    config = plan.config
    return Task(plan.image_size, plan.channels, config.resize, config.min_side, config.thumbnail_size)


def _block_rows(plan: Plan) -> int:
    return max(1, min(BLOCK_ROWS, BLOCK_BYTES // (plan.image_size**2 * plan.channels)))


def _batch_pictures(plan: Plan) -> int:
    """Return how many pictures an errand may hold: what comes back of it is no larger than a block."""
    return min(_BATCH_PICTURES, _block_rows(plan))


def _batches(source: Source, most: int) -> Iterator[tuple[list[_Opened], list[Picture]]]:
    """Yield errands: up to ``most`` opened records and a size, those that cannot be opened among them."""
    opened: list[_Opened] = []
    pictures: list[Picture] = []
    num_bytes = 0
    for record in source.records():
        try:
            picture = record.open()
        except ImageDecodeError as error:
            opened.append(_Opened(record, Outcome(kind=error.kind, reason=str(error))))
        else:
            opened.append(_Opened(record, None))
            pictures.append(picture)
            num_bytes += len(picture) if isinstance(picture, bytes) else picture.nbytes
        if len(opened) >= most or num_bytes >= _BATCH_BYTES:
            yield opened, pictures
            opened, pictures, num_bytes = [], [], 0
    if opened:
        yield opened, pictures


@dataclass(frozen=True, slots=True)
class _Opened:
    """A record, and what became of it where it could not even be opened."""

    record: SourceRecord
    failure: Outcome | None


def _joined(opened: list[_Opened], outcomes: list[Outcome]) -> Iterator[tuple[SourceRecord, Outcome]]:
    """Yield each record with its outcome; decoded outcomes fill the places of those that were opened."""
    decoded = iter(outcomes)
    for item in opened:
        yield item.record, item.failure or next(decoded)


def _class_index(label: int | str | None, names: list[str]) -> int | None:
    return names.index(label) if isinstance(label, str) else label
