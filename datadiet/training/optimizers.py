"""The optimizers of one model, their learning rates, and their state as plain tensors."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from datadiet.config import TrainConfig
from datadiet.training.muon import Muon
from datadiet.training.nesterov import Group, Nesterov


class Optimizers:
    """One or two optimizers that step together; rates are set as shares of their initial values."""

    def __init__(self, model: nn.Module, config: TrainConfig) -> None:
        self._names: dict[Tensor, str] = {parameter: name for name, parameter in model.named_parameters()}
        self._all = OPTIMIZERS[config.optimizer](model, config)

    def step(self, rate_factor: float) -> None:
        """Do one update at ``rate_factor`` times the initial rates, and drop the gradients."""
        for each in self._all:
            each.step(rate_factor)
            for parameter in each.parameters:
                parameter.grad = None

    def to_tensors(self) -> dict[str, Tensor]:
        """Return the momentum of every parameter that has one, by the parameter's name."""
        return {
            self._names[parameter]: momentum.detach()
            for each in self._all
            for parameter, momentum in each.momenta.items()
        }

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up the momentum of :meth:`to_tensors`, in each parameter's own memory layout."""
        for each in self._all:
            for parameter in each.parameters:
                if (saved := tensors.get(self._names[parameter])) is not None:
                    each.momenta[parameter] = torch.empty_like(parameter).copy_(saved).detach()


def _sgd(model: nn.Module, config: TrainConfig) -> list[Nesterov | Muon]:
    parameters = tuple(parameter for parameter in model.parameters() if parameter.requires_grad)
    groups = [Group(parameters, config.lr, config.weight_decay)]
    return [Nesterov(groups, momentum=config.momentum)]


def _muon(model: nn.Module, config: TrainConfig) -> list[Nesterov | Muon]:
    """Muon on the convolutions, SGD on the rest: the last linear layer decays and has a rate of its own."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    convs = [p for p in trained if p.ndim == 4]
    linears = [part for part in model.modules() if isinstance(part, nn.Linear)]
    heads = tuple(linear.weight for linear in linears[-1:])
    is_head = {id(p) for p in heads}
    rest = tuple(p for p in trained if p.ndim != 4 and id(p) not in is_head)
    groups = [Group(rest, config.lr), Group(heads, config.head_lr, config.weight_decay)]
    sgd = Nesterov([group for group in groups if group.parameters], momentum=config.momentum)
    return [sgd, Muon(convs, lr=config.muon_lr, momentum=config.muon_momentum)]


OPTIMIZERS = {"sgd": _sgd, "muon": _muon}
