"""What the parts of the page share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.frame import OpenedRun
from app.window.jobs import Asked
from app.window.reading import ChosenStudy, Findings
from datadiet.pipeline.studies import Protocol

USUAL_SEEDS = 3


@dataclass(frozen=True)
class Shown:
    """The run, the order that the window lies on, and the study; None before the first retraining."""

    opened: OpenedRun
    score: str
    chosen: ChosenStudy | None
    found: Findings | None
    ranked: Sequence[str]  # scores that a study may lie on

    @property
    def run_id(self) -> str:
        """Return the run's id."""
        return self.opened.run.run_id

    @property
    def stamp(self) -> str:
        """Return what names the files of the study; empty without one."""
        return self.chosen.stamp if self.chosen else ""

    def asked(self, num_seeds: int = USUAL_SEEDS) -> Asked:
        """Return what a sweep of this study is asked for."""
        protocol = self.chosen.study.protocol if self.chosen else Protocol()
        return Asked(self.run_id, self.score, protocol, num_seeds)
