"""Muon: momentum whose update is made orthogonal, for convolution weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # coefficients of the quintic, Jordan et al. 2024


class Muon:
    """Nesterov momentum, orthogonalised, on weights kept at norm ``sqrt(out_channels)``.

    Source: Jordan et al. (2024), "Muon", and airbench94_muon. A normalisation must follow each
    weight, since its norm is fixed; so there is no weight decay.

    Args:
        parameters: Weights of two dimensions or more, the first is the output's.
        lr: Spectral size of an update before the weight's own norm, initial.
        momentum: In [0, 1).
    """

    def __init__(self, parameters: Sequence[Tensor], *, lr: float, momentum: float) -> None:
        self.parameters = list(parameters)
        self._lr, self._momentum = lr, momentum
        self.momenta: dict[Tensor, Tensor] = {}

    @torch.no_grad()
    def step(self, rate_factor: float) -> None:
        """Update every weight that has a gradient, at ``rate_factor`` times the initial rate."""
        for weight in self.parameters:
            if weight.grad is not None:
                if weight not in self.momenta:
                    self.momenta[weight] = torch.zeros_like(weight)
                momentum = self.momenta[weight].mul_(self._momentum).add_(weight.grad)
                gradient = weight.grad.add(momentum, alpha=self._momentum)
                update = orthogonalised(gradient.reshape(len(gradient), -1)).view(gradient.shape)
                size = len(weight) ** 0.5 / (weight.norm() + 1e-7)
                weight.mul_(size).add_(update, alpha=-self._lr * rate_factor)


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
