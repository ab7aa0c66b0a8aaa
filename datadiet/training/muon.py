"""Muon: momentum whose update is made orthogonal, for convolution weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # coefficients of the quintic, Jordan et al. 2024


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised, on weights kept at norm ``sqrt(out_channels)``.

    Source: Jordan et al. (2024), "Muon", and airbench94_muon. A normalisation must follow each
    weight, since its norm is fixed; so there is no weight decay.

    Args:
        params: Weights of two dimensions or more, the first is the output's.
        lr: Spectral size of an update before the weight's own norm.
        momentum: In [0, 1).
    """

    def __init__(self, params: Iterable[nn.Parameter], *, lr: float, momentum: float) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update every weight that has a gradient.

        Args:
            closure: Not used; the signature is torch's.
        """
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    _update(
                        weight, weight.grad, self.state[weight], lr=group["lr"], momentum=group["momentum"]
                    )


def _update(
    weight: Tensor, weight_gradient: Tensor, state: dict[str, Any], *, lr: float, momentum: float
) -> None:
    if "momentum_buffer" not in state:
        state["momentum_buffer"] = torch.zeros_like(weight)
    buffer = state["momentum_buffer"].mul_(momentum).add_(weight_gradient)
    gradient = weight_gradient.add(buffer, alpha=momentum)
    update = orthogonalised(gradient.reshape(len(gradient), -1)).view(gradient.shape)
    weight.mul_(len(weight) ** 0.5 / (weight.norm() + 1e-7)).add_(update, alpha=-lr)


def orthogonalised(matrix: Tensor, num_iterations: int = 3) -> Tensor:
    """Return a matrix with the singular vectors of ``matrix`` and singular values near 1.

    Newton-Schulz iterations; they need only products.

    Args:
        matrix: ``(M, N)``.
        num_iterations: Three bring most values into [0.5, 1.2].
    """
    a, b, c = NEWTON_SCHULZ
    x = matrix / (matrix.norm() + 1e-7)
    is_tall = x.shape[0] > x.shape[1]
    x = x.T if is_tall else x
    for _ in range(num_iterations):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = x.T if is_tall else x
    return result
