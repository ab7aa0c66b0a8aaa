"""Original pictures for the deck: larger than what was prepared, read in a thread of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.browse.background import Background
from app.browse.readers import originals
from app.triage.evidence import Evidence
from datadiet.data.originals import OriginalReader
from datadiet.pipeline.run import Run

MOST_ASKED = 2  # in a message: the image in focus, and the one after it
READING = Background()


@dataclass(frozen=True)
class Originals:
    """Where the original pictures of a run are found again."""

    reader: OriginalReader
    version: str  # names the run's source among others

    @property
    def can_be_found(self) -> bool:
        """Return whether the source has files to look in."""
        return self.reader.has_files


def open_originals(run: Run, stamp: str) -> Originals:
    """Return where the originals of a run are found; nothing is opened yet."""
    return Originals(originals(run, run.run_id, stamp), f"{run.run_id}/{stamp}")


def original_parts(
    found: Originals | None, evidence: Evidence, asked: object, blobs: list[bytes]
) -> list[dict[str, Any]]:
    """Return what is known of the originals that the browser asks for; their bytes go behind ``blobs``.

    Args:
        found: Where they are; None for nowhere.
        evidence: Of the run.
        asked: Example_ids, anything: what is no example of the run is passed over.
        blobs: Bytes of the message so far.

    Returns:
        For each ``id`` with ``isPending`` where it is still being read, else the number of its ``blob``
        (None where there is none), ``width`` and ``height`` of the source's picture, and the ``reason`` why
        there is none.
    """
    if found is None or not found.can_be_found:
        return []
    return [_part(found, evidence, each, blobs) for each in _known(evidence, asked)]


def _known(evidence: Evidence, asked: object) -> Sequence[int]:
    numbers = [each for each in asked if type(each) is int] if isinstance(asked, list) else []
    return [each for each in dict.fromkeys(numbers) if evidence.has_example(each)][:MOST_ASKED]


def _part(found: Originals, evidence: Evidence, example_id: int, blobs: list[bytes]) -> dict[str, Any]:
    example = evidence.example(example_id)
    key, image_hash = str(example["source_key"]), str(example["image_hash"])
    work = (found.version, example_id)
    picture = READING.poll(work, lambda: found.reader.read(example_id, key, image_hash))
    if picture is None:
        return {"id": example_id, "isPending": True}
    if picture.data is not None:
        blobs.append(picture.data)
    return {
        "id": example_id,
        "blob": None if picture.data is None else len(blobs) - 1,
        "width": picture.width,
        "height": picture.height,
        "reason": picture.reason,
    }
