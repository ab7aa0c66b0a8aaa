"""The progress of many units as one bar: each unit weighs what it is expected to cost."""

from __future__ import annotations

from collections.abc import Sequence

from datadiet.execution.units import Event, Unit
from datadiet.pipeline.progress import Progress

# What work costs on one image, in forward passes; measured on a CPU (docs/speed.md, where the time goes).
FORWARD_COST, TRAIN_COST, GRADIENT_COST = 1.0, 2.0, 3.5


class WorkProgress:
    """Hears of units and tells one stage how much of their work is done.

    What was published before weighs nothing, so that the time left follows from what is done now.
    """

    def __init__(self, progress: Progress, units: Sequence[Unit], *, name: str) -> None:
        self._progress = progress
        self._costs = {unit.key: unit.cost for unit in units}
        self._found: set[str] = set()
        self._done = dict.fromkeys(self._costs, 0.0)
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
        if event.kind == "found":
            self._found.add(event.key)
        if event.kind == "died":
            self._progress.say(f"{event.key}: its process died ({event.message}); it is tried again.")
        costs = {key: cost for key, cost in self._costs.items() if key not in self._found}
        total, done = sum(costs.values()), sum(cost * self._done[key] for key, cost in costs.items())
        self._progress.reach(100.0 * done / total if total else 100.0)
        self._progress.parts(self._shares())

    def _shares(self) -> dict[str, float]:
        """Return how much of each seed's work is done."""
        weights: dict[str, float] = {}
        done: dict[str, float] = {}
        for key, part in self._parts.items():
            weights[part] = weights.get(part, 0.0) + self._costs[key]
            done[part] = done.get(part, 0.0) + self._costs[key] * self._done[key]
        return {part: done[part] / weight for part, weight in weights.items() if weight}
