"""Plain parameters, such as a class token or a layer scale, by a copy for each example.

A parameter that a module reads as it is, and not through a layer with a formula, mostly meets the maps by
broadcasting. A copy an example in its place gives the same logits, and one backward pass gives the gradient
of every example. How copies must lie is tried out on two images and held against autograd.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from datadiet.scores.module_state import frozen_parameters

LARGEST = 2**18  # numbers of a parameter that is copied: 1 MiB an example in float32
MOST_PLACES = (
    3  # dimensions of a map that stand between the example and a parameter's own: places, or channels
)

Shapes = Mapping[str, tuple[int, ...]]  # path of a parameter -> shape of its copy for one example


@contextmanager
def example_copies(model: nn.Module, shapes: Shapes, num_examples: int) -> Generator[dict[str, Tensor]]:
    """Put a copy for each example in the place of each parameter of ``shapes``, and them back afterwards.

    Args:
        model: Whose parameters are lent.
        shapes: Path -> the copy's shape, of as many numbers as the parameter has.
        num_examples: B.

    Yields:
        Path -> the copies, shape ``(B, *shape)``, which require a gradient.
    """
    places: dict[str, tuple[dict[str, Any], str]] = {
        path: (_owner(model, path)._parameters, path.rpartition(".")[2]) for path in shapes
    }
    held = {path: registered[name] for path, (registered, name) in places.items()}
    copies = {}
    try:
        for path, (registered, name) in places.items():
            own = model.get_parameter(path).detach().reshape(shapes[path])
            copies[path] = own.expand(num_examples, *own.shape).clone().requires_grad_()
            registered[name] = copies[path]  # a tensor in a parameter's place, as torch.func puts it there
        yield copies
    finally:
        for path, (registered, name) in places.items():
            registered[name] = held[path]


def copied_parameters(
    model: nn.Module, images: Tensor, errors: Tensor, squares: list[dict[str, Tensor]]
) -> dict[str, tuple[int, ...]]:
    """Return the plain parameters whose copies give the gradients of single examples, and how they lie.

    Args:
        model: In evaluation mode.
        images: Two, shape ``(2, ...)``.
        errors: Gradient of each example's loss by its logits, shape ``(1, C)``.
        squares: For each of the images, path -> squared norm of its gradient by autograd, shape ``()``.
    """
    found = {}
    known: dict[tuple[type[nn.Module], str, int], list[int]] = {}  # shapes worth a trial for those alike
    for path in squares[0]:
        if not _is_plain(model, path):
            continue
        shapes = _possible_shapes(model.get_parameter(path))
        like = (type(_owner(model, path)), path.rpartition(".")[2], len(shapes))
        truth = torch.stack([each[path] for each in squares])
        tried = known.get(like, range(len(shapes)))
        right = next(
            (each for each in tried if _gives(model, path, shapes[each], images, errors, truth)), None
        )
        known.setdefault(like, [] if right is None else [right])
        if right is not None:
            found[path] = shapes[right]
    return found


def _is_plain(model: nn.Module, path: str) -> bool:
    """Return whether a parameter belongs to no layer of torch, and is not large."""
    kinds = type(_owner(model, path)).__mro__
    of_torch = [kind for kind in kinds if kind.__module__.startswith("torch.nn.") and kind is not nn.Module]
    return not of_torch and model.get_parameter(path).numel() <= LARGEST


def _owner(model: nn.Module, path: str) -> nn.Module:
    return model.get_submodule(path.rpartition(".")[0])


def _possible_shapes(parameter: Tensor) -> list[tuple[int, ...]]:
    """Return the shapes in which a copy may meet maps ``(B, ...)``, the likeliest first."""
    own = tuple(parameter.shape)
    without_batch = [own[1:]] if parameter.ndim > 1 and own[0] == 1 else []
    return [*without_batch, *((*[1] * places, *own) for places in range(MOST_PLACES + 1))]


def _gives(
    model: nn.Module, path: str, shape: tuple[int, ...], images: Tensor, errors: Tensor, truth: Tensor
) -> bool:
    try:
        with frozen_parameters(model), example_copies(model, {path: shape}, len(images)) as copies:
            loss = (model(images) * errors).sum() + 0 * copies[path].sum()  # a copy may not be read at all
            (gradients,) = torch.autograd.grad(loss, list(copies.values()))
    except (RuntimeError, TypeError, ValueError, IndexError, AttributeError, AssertionError):
        return False
    found = row_squares(gradients)
    return bool(((found - truth).abs() <= tolerance_of(found) * truth.abs()).all())


def tolerance_of(found: Tensor) -> float:
    """Return how far, relatively, other batch sizes and orders of sums may put two results apart."""
    return 50 * math.sqrt(torch.finfo(found.dtype).eps)


def row_squares(gradients: Tensor) -> Tensor:
    """Return the squared norm of each row, at least in float32, where sums of squares do not overflow."""
    wide = gradients.to(torch.promote_types(gradients.dtype, torch.float32))
    return wide.flatten(1).square().sum(dim=1) if wide.ndim > 1 else wide.square()
