"""How far a job is, stage by stage, for others to read: ``logs/<job_id>.json``, replaced as a whole.

It is only shown: nothing is decided by it, so it is not flushed, and a write that fails is left out.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from datadiet.store.workspace import Workspace

log = logging.getLogger(__name__)

MOST_SAID = 20  # sentences kept
MIN_SECONDS, MIN_SHARE = 3.0, 0.01  # of a stage, before its rate is worth telling


@dataclass(frozen=True)
class Stage:
    """One stage of a job."""

    name: str
    unit: str
    total: float
    done: float = 0.0
    seconds: float = 0.0  # since it began, until it ended
    is_over: bool = False

    @property
    def share(self) -> float:
        """Return how much of it is done, in [0, 1]."""
        return 1.0 if self.is_over else min(max(self.done / self.total, 0.0), 1.0) if self.total > 0 else 0.0

    @property
    def rate(self) -> float | None:
        """Return units a second; None where too little is done to say."""
        is_early = self.seconds < MIN_SECONDS or self.share < MIN_SHARE
        return None if is_early or self.is_over else self.done / self.seconds

    @property
    def seconds_left(self) -> float | None:
        """Return about how long the stage still takes; None where too little is done to say."""
        return None if self.rate is None else (self.total - self.done) / self.rate


@dataclass(frozen=True)
class JobProgress:
    """What a job told of its progress."""

    stages: tuple[Stage, ...] = ()  # in order; the last one is under way unless it is over
    parts: dict[str, float] = field(default_factory=dict)  # such as ``seed 0`` -> share done, of the stage
    said: tuple[str, ...] = ()  # sentences, the newest last
    run_id: str = ""  # the run that the work is for, once it is known


def read_progress(workspace: Workspace, job_id: str) -> JobProgress:
    """Return what a job told of its progress; nothing where it has not told any, or none that is whole.

    Args:
        workspace: Where the job is kept.
        job_id: As the database knows it.
    """
    try:
        document = json.loads(_path(workspace, job_id).read_bytes())
        return JobProgress(
            stages=tuple(Stage(**stage) for stage in document["stages"]),
            parts={str(name): float(share) for name, share in document["parts"].items()},
            said=tuple(map(str, document["said"])),
            run_id=str(document["run_id"]),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return JobProgress()


class ProgressWriter:
    """Remembers what a job is told and writes it down when asked."""

    def __init__(self, workspace: Workspace, job_id: str) -> None:
        self._path = _path(workspace, job_id)
        self._stages: list[dict[str, Any]] = []
        self._began = monotonic()
        self._parts: dict[str, float] = {}
        self._said: list[str] = []
        self._run_id = ""

    def stage(self, name: str, *, total: float, unit: str) -> None:
        """Take note that a stage begins, and that the one before is over."""
        self.end_stage()
        self._began, self._parts = monotonic(), {}
        self._stages.append(asdict(Stage(name, unit, total)))

    def end_stage(self) -> None:
        """Take note that the stage is over, all of it done."""
        if self._stages and not self._stages[-1]["is_over"]:
            self._stages[-1] |= {"is_over": True, "seconds": monotonic() - self._began}

    def reach(self, done: float) -> None:
        """Take note of how much is behind."""
        if self._stages:
            self._stages[-1]["done"] = done

    def parts(self, shares: Mapping[str, float]) -> None:
        """Take note of how far each part of the stage is."""
        self._parts = dict(shares)

    def say(self, text: str) -> None:
        """Take note of a sentence."""
        self._said = [*self._said, text][-MOST_SAID:]

    def works_on(self, run_id: str) -> None:
        """Take note of the run that the work is for."""
        self._run_id = run_id

    def write(self) -> None:
        """Write all of it down; a disk that refuses is only logged."""
        if self._stages and not self._stages[-1]["is_over"]:
            self._stages[-1]["seconds"] = monotonic() - self._began
        document = {
            "stages": self._stages,
            "parts": self._parts,
            "said": self._said,
            "run_id": self._run_id,
        }
        part = self._path.with_name(f"{self._path.name}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(document), encoding="ascii")
            part.replace(self._path)
        except OSError as error:
            log.warning("The progress of a job was not written: %s", error.strerror)


def _path(workspace: Workspace, job_id: str) -> Path:
    return workspace.logs_dir / f"{job_id}.json"
