"""What this machine offers, and how GraNd reads a model: for somebody who wonders why it is slow."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from datadiet.pipeline.environment import environment
from datadiet.pipeline.plan import default_workers
from datadiet.scores.per_example import explain
from datadiet.training.device import pick_device
from datadiet.training.models import build_model

PROBE_SHAPE = {"num_classes": 10, "in_channels": 3, "image_size": 32}


@dataclass(frozen=True)
class Examined:
    """The machine, and the ways of a model's parameters."""

    machine: dict[str, Any]
    model: str | None
    ways: dict[str, str]  # parameter -> the way its gradient norm is computed

    def headline(self) -> dict[str, Any]:
        """Return what ``datadiet doctor --json`` prints."""
        return {"machine": self.machine, "model": self.model, "ways": self.ways}

    def text(self) -> str:
        """Return it in lines."""
        machine = self.machine
        lines = [
            f"Python {machine['python']}, torch {machine['versions']['torch']}, {machine['platform']}",
            f"{machine['processor']}, {machine['num_cores']} cores, {machine['memory_gib']} GiB",
            f"Trains on {machine['device']} in {machine['native_precision']}, "
            f"{machine['num_workers']} at once.",
        ]
        if self.model:
            counts = ", ".join(f"{count} {way}" for way, count in Counter(self.ways.values()).items())
            lines.append(f"GraNd of {self.model}, parameters by way: {counts}.")
            lines += [f"  {name}: {way}" for name, way in self.ways.items()]
        return "\n".join(lines)


def examine(*, model: str | None = None) -> Examined:
    """Return what this machine offers and, for ``model``, how GraNd computes each parameter's norm.

    Raises:
        ModelError: The model cannot be built at 32 x 32 in colour.
    """
    device = pick_device("auto")
    machine = {**environment(str(device)), "num_workers": default_workers(device.type)}
    ways = explain(build_model(model, **PROBE_SHAPE, seed=0), image_size=32) if model else {}
    return Examined(machine, model, ways)
