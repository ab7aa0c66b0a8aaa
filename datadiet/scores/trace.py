"""What one example's forward and backward pass shows about a model: the truth to check every way against."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from datadiet.errors import ModelError
from datadiet.scores.autograd_ways import gradient_squares
from datadiet.scores.layer_norms import LAYERS, Names


@dataclass(frozen=True)
class Trace:
    """One example, alone, through a model.

    Attributes:
        logits: Shape ``(1, C)``.
        errors: A probe in place of the loss gradient by the logits, shape ``(1, C)``, far from 0.
        squares: Parameter path -> squared norm of its gradient under the probe, by autograd.
        layers: Layer path -> those of its parameters that train and for which its formula is right.
        rest: Path of every other parameter that trains -> why no formula is, in a few words.
    """

    logits: Tensor
    errors: Tensor
    squares: dict[str, Tensor]
    layers: dict[str, Names]
    rest: dict[str, str]


@dataclass
class _Calls:
    """How often each known layer was called, and which were called in an unusual way."""

    count: Counter[nn.Module] = field(default_factory=Counter)
    unusual: set[nn.Module] = field(default_factory=set)

    def __call__(self, layer: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        self.count[layer] += 1
        is_usual = len(args) == 1 and all(
            isinstance(each, Tensor) and each.is_floating_point() and each.ndim > 1 and len(each) == 1
            for each in (*args, output)
        )
        if not is_usual or args[0].ndim < _least_dimensions(layer):
            self.unusual.add(layer)


def trace(model: nn.Module, image: Tensor) -> Trace:
    """Return what one forward and backward pass of ``image`` shows.

    Args:
        model: In evaluation mode.
        image: Shape ``(1, ...)``.

    Raises:
        ModelError: The model does not take the image, does not give logits (1, C), or trains nothing.
    """
    parameters = {path: each for path, each in model.named_parameters() if each.requires_grad}
    if not parameters:
        raise ModelError(
            f"{type(model).__name__} has no trainable parameter, so no gradient to take a norm of."
        )
    obstacles = {layer: _layer_obstacle(layer) for layer in model.modules() if type(layer) in LAYERS}
    calls = _Calls()
    with ExitStack() as stack:
        for layer in obstacles:
            stack.callback(layer.register_forward_hook(calls).remove)
        logits = logits_of(model, image)
    errors = torch.ones_like(logits) / logits.shape[1] ** 0.5
    errors[:, 1::2] *= -1.0
    loss = (logits * errors).sum()
    uses = _uses(loss)
    try:
        squares = gradient_squares(loss, parameters)
    except RuntimeError as error:
        raise ModelError(f"{type(model).__name__} lets no gradient through: {error}") from error
    obstacles |= dict.fromkeys(calls.unusual, "is called in an unusual way")
    layers: dict[str, Names] = {}
    rest: dict[str, str] = {}
    for path, parameter in parameters.items():
        layer_path, _, name = path.rpartition(".")
        layer = model.get_submodule(layer_path)
        if obstacle := _obstacle(layer, obstacles, uses[id(parameter)], calls.count[layer]):
            rest[path] = obstacle
        else:
            layers[layer_path] = layers.get(layer_path, frozenset()) | {name}
    return Trace(logits.detach(), errors, squares, layers, rest)


def logits_of(model: nn.Module, images: Tensor) -> Tensor:
    """Return the logits of ``images``, shape ``(B, C)``.

    Raises:
        ModelError: The model does not take them, or returns something else.
    """
    try:
        logits = model(images)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ModelError(
            f"{type(model).__name__} fails on images of shape {tuple(images.shape)}: {error}"
        ) from error
    if not isinstance(logits, Tensor) or logits.ndim != 2 or len(logits) != len(images):
        got = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise ModelError(
            f"{type(model).__name__} must return logits of shape (images, classes); it returned {got}."
        )
    return logits


def _uses(loss: Tensor) -> Counter[int]:
    """Return how many operations of the graph read each parameter, by its id."""
    uses: Counter[int] = Counter()
    stack: list[Any] = [loss.grad_fn] if loss.grad_fn is not None else []
    seen = set(stack)
    while stack:
        for following, _ in stack.pop().next_functions:
            if following is None:
                continue
            if (leaf := getattr(following, "variable", None)) is not None:
                uses[id(leaf)] += 1
            elif following not in seen:
                seen.add(following)
                stack.append(following)
    return uses


def _obstacle(layer: nn.Module, obstacles: dict[nn.Module, str], num_uses: int, num_calls: int) -> str:
    """Return why the formula of ``layer`` would be wrong for one of its parameters; empty if right."""
    if layer not in obstacles:
        return f"belongs to {type(layer).__name__}, which has no formula"
    if obstacles[layer]:
        return f"belongs to a layer that {obstacles[layer]}"
    if num_uses > 1 or num_calls > 1:
        return "is used more than once"
    return "is used outside its layer" if num_uses > num_calls else ""


def _layer_obstacle(layer: nn.Module) -> str:
    """Return why a layer of a known type may still compute something else; empty where it does not."""
    if layer._forward_hooks or layer._forward_pre_hooks or layer._backward_hooks or layer._backward_pre_hooks:
        return "has hooks"
    if "forward" in vars(layer):
        return "has a forward of its own"
    if not set(layer._parameters) <= {"weight", "bias"}:
        return "has parameters of its own"
    return ""


def _least_dimensions(layer: nn.Module) -> int:
    if isinstance(layer, nn.LayerNorm):
        return len(layer.normalized_shape) + 1
    return LAYERS[type(layer)][1]
