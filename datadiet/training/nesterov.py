"""SGD with Nesterov momentum on groups of weights, each with its own rate and decay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim.sgd import sgd


@dataclass(frozen=True)
class Group:
    """Weights that share a rate."""

    parameters: tuple[Tensor, ...]
    lr: float  # initial
    weight_decay: float = 0.0


class Nesterov:
    """torch's SGD by its functional form: ``torch.optim.Optimizer`` imports the compiler, 1.5 s a process.

    Args:
        groups: What to train.
        momentum: In [0, 1); 0 is plain SGD.
    """

    def __init__(self, groups: Sequence[Group], *, momentum: float) -> None:
        self._groups, self._momentum = groups, momentum
        self.momenta: dict[Tensor, Tensor] = {}

    @property
    def parameters(self) -> list[Tensor]:
        """Return what is trained."""
        return [parameter for group in self._groups for parameter in group.parameters]

    @torch.no_grad()
    def step(self, rate_factor: float) -> None:
        """Update every weight that has a gradient, at ``rate_factor`` times the initial rates."""
        for group in self._groups:
            trained = [parameter for parameter in group.parameters if parameter.grad is not None]
            gradients = [parameter.grad for parameter in trained if parameter.grad is not None]
            momenta = [self.momenta.get(parameter) for parameter in trained]
            sgd(
                trained,
                gradients,
                momenta,
                weight_decay=group.weight_decay,
                momentum=self._momentum,
                lr=group.lr * rate_factor,
                dampening=0.0,
                nesterov=self._momentum > 0,
                maximize=False,
            )
            found = zip(trained, momenta, strict=True)
            self.momenta |= {parameter: momentum for parameter, momentum in found if momentum is not None}
