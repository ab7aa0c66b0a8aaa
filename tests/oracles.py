"""Slow, obvious versions of what datadiet computes fast; each is the twin of the function it is named for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


def minibatch_signals(logits: list[float], label: int) -> list[float]:
    """p(label), margin, correctness and EL2N of one example, in Python numbers."""
    weights = [math.exp(logit - max(logits)) for logit in logits]
    probs = [weight / sum(weights) for weight in weights]
    others = [logit for index, logit in enumerate(logits) if index != label]
    squares = [(prob - (index == label)) ** 2 for index, prob in enumerate(probs)]
    margin = logits[label] - max(others)
    return [probs[label], margin, float(margin > 0), math.sqrt(sum(squares))]


def gradient_norm(model: nn.Module, images: Tensor, labels: Tensor, index: int) -> Tensor:
    """The norm of all parameters' gradient of the cross-entropy of one example, alone."""
    model.zero_grad(set_to_none=True)
    torch.nn.functional.cross_entropy(model(images[[index]]), labels[[index]]).backward()
    gradients = [each.grad.flatten() for each in model.parameters() if each.grad is not None]
    model.zero_grad(set_to_none=True)
    return torch.cat(gradients).norm()


def grand(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """One backward pass per example."""
    return torch.stack([gradient_norm(model, images, labels, index) for index in range(len(labels))])


def el2n(logits: Sequence[float], label: int) -> float:
    """The norm of softmax − onehot of one example, in Python numbers."""
    weights = [math.exp(logit - max(logits)) for logit in logits]
    return math.dist(
        [each / sum(weights) for each in weights], [float(k == label) for k in range(len(logits))]
    )


def forgetting(is_correct: Sequence[bool]) -> float:
    """Correct → wrong changes over one example's presentations; their number where it never was correct."""
    if not any(is_correct):
        return float(len(is_correct))
    return float(sum(before and not after for before, after in pairwise(is_correct)))


def percentile(values: Sequence[float], index: int) -> float:
    """The share of the other values that rank below one, earlier ones first among equals."""
    below = sum((value, place) < (values[index], index) for place, value in enumerate(values))
    return below / (len(values) - 1)


def conv_weight_squares(conv: nn.Conv2d, x: Tensor, g: Tensor) -> Tensor:
    """The squared norm of each example's weight gradient, by autograd on that example."""
    squares = []
    for one, gradient in zip(x, g, strict=True):
        found = torch.autograd.grad((conv(one[None]) * gradient).sum(), conv.weight)[0]
        squares.append(found.square().sum())
    return torch.stack(squares)


def window(
    example_ids: Sequence[int], difficulty: Sequence[float], *, start: int, num_kept: int
) -> list[int]:
    """The ids of a window of the ranks, by a plain sort of pairs, in source order."""
    ranked = [example_id for _, example_id in sorted(zip(difficulty, example_ids, strict=True))]
    return sorted(ranked[start : start + num_kept])


def ntk(model: nn.Module, images: Tensor, *, of_sum: bool = False) -> Tensor:
    """Gram matrix of the Jacobian, row by row: one image and one logit (or their sum) each."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    rows = []
    for image in images:
        logits = model(image[None])[0]
        for value in [logits.sum()] if of_sum else logits:
            found = torch.autograd.grad(value, parameters, retain_graph=True, allow_unused=True)
            pairs = zip(parameters, found, strict=True)
            rows.append(torch.cat([(0 * p if g is None else g).flatten() for p, g in pairs]))
    jacobian = torch.stack(rows).detach()
    return jacobian @ jacobian.T
