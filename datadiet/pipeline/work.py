"""The progress of many units as one bar: each unit weighs what it is expected to cost."""

from __future__ import annotations

from collections.abc import Sequence

from datadiet.execution.units import Event, Unit
from datadiet.pipeline.progress import Progress

TRAIN_WEIGHT, SCORE_WEIGHT = 3.0, 1.0  # a segment of training costs about three passes of scoring


class WorkProgress:
    """Hears of units and tells one stage how much of all their work is done."""

    def __init__(self, progress: Progress, units: Sequence[Unit], *, name: str) -> None:
        self._progress = progress
        self._weights = {unit.key: _weight(unit) for unit in units}
        self._done = dict.fromkeys(self._weights, 0.0)
        self._parts = {
            unit.key: f"seed {unit.arguments['seed']}" for unit in units if "seed" in unit.arguments
        }
        progress.stage(name, total=100.0, unit="%")

    def hear(self, event: Event) -> None:
        """Take note of an event and move the stage."""
        if event.kind == "progress":
            self._done[event.key] = max(self._done[event.key], min(event.fraction, 1.0))
        elif event.kind in {"done", "found", "failed"}:
            self._done[event.key] = 1.0
        elif event.kind == "died":
            self._progress.say(f"{event.key}: its process died ({event.message}); it is tried again.")
        total = sum(self._weights.values())
        done = sum(self._weights[key] * share for key, share in self._done.items())
        self._progress.reach(100.0 * done / total if total else 100.0)
        self._progress.parts(self._shares())

    def _shares(self) -> dict[str, float]:
        """Return how much of each seed's work is done."""
        weights: dict[str, float] = {}
        done: dict[str, float] = {}
        for key, part in self._parts.items():
            weights[part] = weights.get(part, 0.0) + self._weights[key]
            done[part] = done.get(part, 0.0) + self._weights[key] * self._done[key]
        return {part: done[part] / weight for part, weight in weights.items() if weight}


def _weight(unit: Unit) -> float:
    epochs = float(unit.arguments.get("num_epochs", 1))
    return TRAIN_WEIGHT * epochs if unit.key.startswith("train") else SCORE_WEIGHT
