"""The optimizers of one model, their learning rates, and their state as plain tensors."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from datadiet.config import TrainConfig
from datadiet.training.muon import Muon

MOMENTUM = "momentum_buffer"  # what torch's SGD and our Muon both call their state


class Optimizers:
    """One or two optimizers that step together; rates are set as shares of their initial values."""

    def __init__(self, model: nn.Module, config: TrainConfig) -> None:
        self._names: dict[Tensor, str] = {parameter: name for name, parameter in model.named_parameters()}
        self._all = OPTIMIZERS[config.optimizer](model, config)
        self._initial = [[group["lr"] for group in each.param_groups] for each in self._all]

    def step(self, rate_factor: float) -> None:
        """Do one update at ``rate_factor`` times the initial rates, and drop the gradients."""
        for each, initial in zip(self._all, self._initial, strict=True):
            for group, rate in zip(each.param_groups, initial, strict=True):
                group["lr"] = rate * rate_factor
            each.step()
            each.zero_grad(set_to_none=True)

    def to_tensors(self) -> dict[str, Tensor]:
        """Return the momentum of every parameter that has one, by the parameter's name."""
        return {
            self._names[parameter]: state[MOMENTUM].detach()
            for each in self._all
            for parameter, state in each.state.items()
            if isinstance(state.get(MOMENTUM), Tensor)
        }

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up the momentum of :meth:`to_tensors`, in each parameter's own memory layout."""
        for each in self._all:
            for parameter in (p for group in each.param_groups for p in group["params"]):
                if (saved := tensors.get(self._names[parameter])) is not None:
                    each.state[parameter][MOMENTUM] = torch.empty_like(parameter).copy_(saved)


def _sgd(model: nn.Module, config: TrainConfig) -> list[torch.optim.Optimizer]:
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [_nesterov([{"params": parameters, "weight_decay": config.weight_decay}], config)]


def _muon(model: nn.Module, config: TrainConfig) -> list[torch.optim.Optimizer]:
    """Muon on the convolutions, SGD on the rest: the last linear layer decays and has a rate of its own."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    convs = [p for p in trained if p.ndim == 4]
    linears = [part for part in model.modules() if isinstance(part, nn.Linear)]
    heads = [linears[-1].weight] if linears else []
    is_head = {id(p) for p in heads}
    rest = [p for p in trained if p.ndim != 4 and id(p) not in is_head]
    groups = [
        {"params": rest, "weight_decay": 0.0},
        {"params": heads, "lr": config.head_lr, "weight_decay": config.weight_decay},
    ]
    sgd = [_nesterov([group for group in groups if group["params"]], config)] if rest or heads else []
    return [*sgd, Muon(convs, lr=config.muon_lr, momentum=config.muon_momentum)] if convs else list(sgd)


def _nesterov(groups: list[dict[str, object]], config: TrainConfig) -> torch.optim.Optimizer:
    has_momentum = config.momentum > 0
    return torch.optim.SGD(groups, lr=config.lr, momentum=config.momentum, nesterov=has_momentum)


OPTIMIZERS = {"sgd": _sgd, "muon": _muon}
