"""What a pipeline verb tells while it works; the command line draws it, a job stores it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Progress(Protocol):
    """Somebody who wants to know how far the work is. Raising from any method stops the work."""

    def stage(self, name: str, *, total: float, unit: str) -> None:
        """Hear that a stage of ``total`` units begins; it ends the stage before."""

    def reach(self, done: float) -> None:
        """Hear that ``done`` of the stage's units are behind, which never falls within a stage."""

    def parts(self, shares: Mapping[str, float]) -> None:
        """Hear how far each part of the stage is, such as ``seed 0``: its share done, in [0, 1]."""

    def works_on(self, run_id: str) -> None:
        """Hear which run the work is for."""

    def say(self, text: str) -> None:
        """Hear a sentence for a person."""


class Silent:
    """Progress that nobody listens to."""

    def stage(self, name: str, *, total: float, unit: str) -> None:
        """Ignore the stage."""

    def reach(self, done: float) -> None:
        """Ignore the amount."""

    def parts(self, shares: Mapping[str, float]) -> None:
        """Ignore the parts."""

    def works_on(self, run_id: str) -> None:
        """Ignore the run."""

    def say(self, text: str) -> None:
        """Ignore the sentence."""
