"""What this machine offers, and how GraNd reads a model: for somebody who wonders why it is slow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from datadiet.pipeline.environment import environment
from datadiet.pipeline.plan import default_workers
from datadiet.scores.per_example import GradientNorms
from datadiet.training.device import pick_device
from datadiet.training.models import build_model

PROBE_SIZE = 32  # pixels
MOST_NAMED = 4  # parameters of one way, in words


@dataclass(frozen=True)
class Examined:
    """The machine, and the ways of a model's parameters."""

    machine: dict[str, Any]
    model: str | None
    way: str  # how GraNd reads the model; empty without one
    parameters: dict[str, str]  # path -> its way, with why where it is not the fastest

    def headline(self) -> dict[str, Any]:
        """Return what ``datadiet doctor --json`` prints."""
        found = {"machine": self.machine, "model": self.model, "grand": self.way or None}
        return {**found, "parameters": self.parameters} if self.model else found

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
            lines += [f"GraNd of {self.model}: {self.way}.", *self._by_way()]
        return "\n".join(lines)

    def _by_way(self) -> list[str]:
        """Return a line a way: how many parameters go it, and the first of them."""
        paths: dict[str, list[str]] = {}
        for path, way in self.parameters.items():
            paths.setdefault(way, []).append(path)
        return [
            f"  {way}: {len(those)} of {len(self.parameters)} parameters"
            f" ({', '.join(those[:MOST_NAMED])}{', ...' if len(those) > MOST_NAMED else ''})"
            for way, those in paths.items()
        ]


def examine(*, model: str | None = None) -> Examined:
    """Return what this machine offers and, for ``model``, which way GraNd computes its norms.

    Raises:
        ModelError: The model cannot be built at 32 x 32 in colour.
    """
    device = pick_device("auto")
    machine = {**environment(str(device)), "num_workers": default_workers(device.type)}
    return Examined(machine, model, *_ways(model)) if model else Examined(machine, None, "", {})


def _ways(model: str) -> tuple[str, dict[str, str]]:
    built = build_model(model, num_classes=10, in_channels=3, image_size=PROBE_SIZE, seed=0)
    norms, images = GradientNorms(built), torch.zeros(2, 3, PROBE_SIZE, PROBE_SIZE)
    return norms.way(images), norms.parameter_ways(images)
