"""What preparing a source will give, found before any pixel is kept: classes, splits, size, channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median_low
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.config import DataConfig, digest
from datadiet.data.decode_worker import process
from datadiet.data.decoding import Decoders
from datadiet.data.fingerprint import VERSION
from datadiet.data.sources.labels import refuse_alike
from datadiet.data.sources.record import Picture, Source, SourceRecord
from datadiet.data.splits import assign_splits, drawn_sentence, sole_split
from datadiet.data.wire import Outcome, Task
from datadiet.errors import ImageDecodeError, SourceError
from datadiet.frames.examples import SPLITS

LARGEST_OWN_SIZE = 64  # pixels; images of one size up to this keep it, others are brought to it
_PROBE_RUNS, _PROBE_RUN = 8, 32  # images looked at: this many runs of this many neighbours


@dataclass(frozen=True)
class Plan:
    """What will be prepared; a number an example is all that grows with the source."""

    source_name: str
    source_kind: str
    signature: str  # of the source and of every setting that decides the result
    class_names: list[str]
    image_size: int  # pixels, side of the square
    channels: int
    rules: tuple[str, ...]
    config: DataConfig = field(repr=False)
    labels: NDArray[np.int32] = field(repr=False)  # class index of each record
    splits: NDArray[np.int8] = field(repr=False)  # index into SPLITS of each record
    num_groups: int | None = None  # None: no groups

    @property
    def num_records(self) -> int:
        """Return the number of examples the source names."""
        return len(self.labels)

    def num_examples(self) -> dict[str, int]:
        """Return the number of examples of each split, before any is skipped."""
        counts = np.bincount(self.splits, minlength=len(SPLITS))
        return {name: int(count) for name, count in zip(SPLITS, counts, strict=True)}


@dataclass(frozen=True)
class _Listed:
    labels: list[int | str]
    splits: list[str | None]
    groups: list[str | None]
    probed: list[Outcome]


def plan(source: Source, config: DataConfig, decoders: Decoders) -> Plan:
    """Return what preparing ``source`` will give.

    Labels, splits and groups of all records are read, and the size of up to 256 images.

    Args:
        source: What is to be prepared.
        config: How.
        decoders: Measure the images.

    Raises:
        SourceError: The source is empty, has one class, classes that look alike, or a class without a
            train example.
    """
    listed = _listed(source, decoders)
    if not listed.labels:
        raise SourceError(f"{source.name} holds no images.")
    names = _class_names(source, listed.labels)
    labels = _indices(listed.labels, names)
    frame = pd.DataFrame({"label": labels, "split": listed.splits, "group": listed.groups}, dtype=object)
    splits = pd.Categorical(assign_splits(frame, config), categories=SPLITS).codes.astype(np.int8)
    _check_classes(source, names, labels[splits == 0], config)
    size, channels, size_rule = _size(listed.probed, config)
    grouped = any(listed.groups)
    return Plan(
        source_name=source.name,
        source_kind=source.kind,
        signature=digest(VERSION, source.kind, source.signature(), config.model_dump(mode="json")),
        class_names=names,
        image_size=size,
        channels=channels,
        rules=(*source.rules, *_split_rules(listed, splits, config), *_rare_rules(listed), size_rule),
        config=config,
        labels=labels,
        splits=splits,
        num_groups=len({group for group in listed.groups if group}) if grouped else None,
    )


def _listed(source: Source, decoders: Decoders) -> _Listed:
    listed = _Listed([], [], [], [])
    for record in source.records():
        listed.labels.append(record.label)
        listed.splits.append(record.split)
        listed.groups.append(record.group)
    listed.probed.extend(_probe(source, len(listed.labels), decoders))
    return listed


def _probe(source: Source, count: int, decoders: Decoders) -> list[Outcome]:
    """Return the sizes of some images, spread over the source in runs of neighbours."""
    starts = {count * run // _PROBE_RUNS for run in range(_PROBE_RUNS)}
    wanted = {start + step for start in starts for step in range(_PROBE_RUN)}
    pictures = list(_opened(record for record in source.records() if record.position in wanted))
    task = Task(size=None, channels=3, resize="crop", min_side=1, thumbnail_size=1)
    encoded = [picture for picture in pictures if isinstance(picture, bytes)]
    measured = [process(picture, task) for picture in pictures if not isinstance(picture, bytes)]
    batches = ((None, encoded[start : start + 16]) for start in range(0, len(encoded), 16))
    for _, outcomes in decoders.run(task, batches):
        measured += outcomes
    return [outcome for outcome in measured if not outcome.reason]


def _opened(records: Iterator[SourceRecord]) -> Iterator[Picture]:
    for record in records:
        try:
            yield record.open()
        except ImageDecodeError:
            continue


def _class_names(source: Source, labels: list[int | str]) -> list[str]:
    if source.class_names is not None:
        return source.class_names
    names = sorted({str(label) for label in labels})
    refuse_alike(names)
    return names


def _indices(labels: list[int | str], names: list[str]) -> NDArray[np.int32]:
    index = {name: number for number, name in enumerate(names)}
    return np.array([index[x] if isinstance(x, str) else x for x in labels], dtype=np.int32)


def _check_classes(source: Source, names: list[str], train_labels: NDArray[Any], config: DataConfig) -> None:
    if len(names) < 2:
        raise SourceError(
            f"{source.name} has one class, {names[0]!r}; an audit compares labels, so it needs at least two."
        )
    counts = np.bincount(train_labels, minlength=len(names))
    if (counts > 0).sum() < 2:
        raise SourceError(f"{source.name} has train examples of fewer than two classes.")
    empty = np.flatnonzero(counts == 0)
    if len(empty) and not config.allow_empty_class:
        raise SourceError(
            f"Class {names[empty[0]]!r} of {source.name} has no train example ({len(empty)} such classes). "
            "Remove it, or pass --allow-empty-class."
        )


def _split_rules(listed: _Listed, splits: NDArray[np.int8], config: DataConfig) -> list[str]:
    """Return what became of the splits that the source lacks."""
    given = set(listed.splits)
    has_groups = any(listed.groups)
    train, validation, test = np.bincount(splits, minlength=len(SPLITS)).tolist()
    rules = []
    if sole := sole_split(given):
        rules.append(f"All examples are of the split {sole}, so they were taken as a set without splits.")
        given = set()
    if "test" not in given:
        asked, count = config.test_fraction, train + validation + test
        rules.append(drawn_sentence("test", asked, test, count, has_groups=has_groups))
    if "validation" not in given:
        asked, count = config.validation_fraction, train + validation
        rules.append(drawn_sentence("validation", asked, validation, count, has_groups=has_groups))
    return rules


def _rare_rules(listed: _Listed) -> list[str]:
    rare = sum(count == 1 for count in Counter(listed.labels).values())
    have = "1 class has" if rare == 1 else f"{rare} classes have"
    return [f"{have} a single image; it stays in train."] if rare else []


def _size(probed: list[Outcome], config: DataConfig) -> tuple[int, int, str]:
    """Return image size, channels, and the rule they follow."""
    sizes = {(outcome.width, outcome.height) for outcome in probed}
    channels = max((outcome.channels for outcome in probed), default=3)
    sides = [min(outcome.width, outcome.height) for outcome in probed]
    if config.image_size is not None:
        return config.image_size, channels, _size_rule(config.image_size, config, "as asked for")
    if len(sizes) == 1 and max(max(sizes)) <= LARGEST_OWN_SIZE:
        why = f"the size of all {len(probed)} images looked at"
        return sides[0], channels, _size_rule(sides[0], config, why)
    size = min(LARGEST_OWN_SIZE, median_low(sides)) if sides else LARGEST_OWN_SIZE
    why = "images are of mixed sizes" if len(sizes) > 1 else "images are larger"
    return size, channels, _size_rule(size, config, why)


def _size_rule(size: int, config: DataConfig, why: str) -> str:
    how = "its shorter side goes to it and the centre is kept"
    if config.resize == "pad":
        how = "its longer side goes to it and the rest is black"
    return f"Images are prepared at {size} x {size} pixels ({why}); of an image of another size, {how}."
