"""What every source gives: records in source order, each with a way to open its image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from datadiet.data.decode import Picture


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One example before its image is opened; it never holds pixels.

    Attributes:
        position: Number in source order, the training part first, then test; becomes the example_id.
        source_key: How the source names it, valid Unicode.
        split: ``train``, ``validation`` or ``test`` where the source says, else None.
        label: Class index where the source knows its class names, else the class name.
        true_label: Known truth, in the form of ``label``, else None.
        group: Examples of one group stay in one split and fold; None is a group of its own.
        open: Returns encoded bytes or pixels; raises ImageDecodeError where it cannot.
    """

    position: int
    source_key: str
    split: str | None
    label: int | str
    true_label: int | str | None
    group: str | None
    open: Callable[[], Picture]


@dataclass(frozen=True, slots=True)
class Problem:
    """A row of the table of problems."""

    example_id: int | None
    source_key: str
    kind: str
    reason: str


class Source(Protocol):
    """A labelled image set as somebody has it; reading it again gives the same records."""

    @property
    def name(self) -> str:
        """Return what the user called it."""
        ...

    @property
    def kind(self) -> str:
        """Return the kind of source, one word."""
        ...

    @property
    def class_names(self) -> list[str] | None:
        """Return the names that label indices stand for, or None where labels are names themselves."""
        ...

    @property
    def problems(self) -> list[Problem]:
        """Return what is in the source and never becomes a record."""
        ...

    @property
    def rules(self) -> list[str]:
        """Return sentences on how this source was read, for dataset.json."""
        ...

    def signature(self) -> str:
        """Return a hash that changes when the listing (path, size, time) or an array does."""
        ...

    def records(self) -> Iterator[SourceRecord]:
        """Yield the records in source order, the training part first, then test."""
        ...


__all__ = ["Picture", "Problem", "Source", "SourceRecord"]
