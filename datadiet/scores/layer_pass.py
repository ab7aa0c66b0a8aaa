"""One backward pass to activations only, which gives each known layer's per-example squared gradient norm.

Parameters need no gradient of their own: a layer's weight gradient is a function of its input and of the
gradient by its output. So no weight-gradient kernel runs, and the backward pass stops at the first layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from datadiet.scores.batch_norm_node import fused, fuses
from datadiet.scores.example_copies import Shapes, example_copies, row_squares
from datadiet.scores.layer_norms import Names, layer_squares
from datadiet.scores.module_state import frozen_parameters

Visit = Callable[[nn.Module, Tensor, Tensor], None]  # a layer, its input (B, ...), the gradient by its output
ErrorsOf = Callable[[Tensor], Tensor]  # logits (B, C) -> gradient of each example's loss by them (B, C)
Forward = Callable[[Tensor], Tensor]  # images (B, ...) -> logits (B, C)


class WayNotPossibleError(Exception):
    """This way cannot give right norms for this model or batch; another one must. Never leaves the room."""


class _GraphRoot(torch.autograd.Function):
    """Makes a tensor that nothing needs a gradient of the start of a graph, without a copy."""

    @staticmethod
    def forward(ctx: Any, output: Tensor, anchor: Tensor) -> Tensor:
        ctx.mark_dirty(output)  # so that an in-place layer may follow, as after any layer
        return output

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[None, None]:
        return None, None


class _Taps:
    """Forward hooks that tie each layer's input to the gradient by its output, as backward reaches it."""

    def __init__(self, visit: Visit, num_examples: int) -> None:
        self.anchor = torch.zeros((), requires_grad=True)
        self._visit = visit
        self._num_examples = num_examples
        self._called: set[nn.Module] = set()

    def __call__(self, layer: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor:
        x = args[0]
        if layer in self._called or len(x) != self._num_examples:
            raise WayNotPossibleError("a layer is called again, or not with an example a row")
        self._called.add(layer)
        return self._tapped(layer, x, output)

    def _tapped(self, layer: nn.Module, x: Tensor, output: Tensor) -> Tensor:
        if not output.requires_grad:
            output = _GraphRoot.apply(output, self.anchor)
        held, version = [x.detach()], x._version

        def receive(gradient: Tensor) -> None:
            inputs = held.pop()  # freed as soon as this layer is done
            if inputs._version != version:
                raise WayNotPossibleError("a layer's input was overwritten after the layer read it")
            self._visit(layer, inputs, gradient.detach())

        output.register_hook(receive)  # type: ignore[no-untyped-call]  # torch has no hint for it
        return output


class _NormTaps(_Taps):
    """Taps that collect squared norms, and let batch normalisation give its own."""

    def __init__(self, names: Mapping[nn.Module, Names], num_examples: int) -> None:
        super().__init__(self._measure, num_examples)
        self._names = names
        self.squares: dict[nn.Module, Tensor] = {}

    def _tapped(self, layer: nn.Module, x: Tensor, output: Tensor) -> Tensor:
        if not fuses(layer, self._names[layer], x):
            return super()._tapped(layer, x, output)
        return fused(layer, self._names[layer], x, output, partial(self.squares.__setitem__, layer))

    def _measure(self, layer: nn.Module, x: Tensor, g: Tensor) -> None:
        self.squares[layer] = layer_squares(layer, x, g, self._names[layer])


def squares_by_layer(
    model: nn.Module,
    layers: Mapping[str, Names],
    copied: Shapes,
    images: Tensor,
    errors_of: ErrorsOf,
    forward: Forward,
) -> dict[str, Tensor]:
    """Return the squared gradient norms of each example, of each layer and of each copied parameter.

    A layer or parameter that the loss does not reach has 0.

    Args:
        model: In evaluation mode; each layer is called at most once in a forward pass.
        layers: Path of a known layer -> its parameters that count.
        copied: Path of a parameter that is copied an example -> the copy's shape.
        images: Shape ``(B, ...)``.
        errors_of: Gradient of each example's own loss by its logits.
        forward: Gives the logits of a whole batch by calling ``model``.

    Raises:
        WayNotPossibleError: The forward pass of this batch does not keep to what was traced.
    """
    modules = {path: model.get_submodule(path) for path in layers}
    names = {modules[path]: each for path, each in layers.items()}
    taps = _NormTaps(names, len(images))
    logits, gradients = _backward(model, modules.values(), copied, images, errors_of, forward, taps)
    nothing = torch.zeros(len(images), dtype=logits.dtype, device=logits.device)
    by_copy = {path: row_squares(each) for path, each in gradients.items()}
    by_formula = {path: taps.squares.get(layer, nothing) for path, layer in modules.items()}
    return by_formula | {path: by_copy.get(path, nothing) for path in copied}


def visit_layers(
    model: nn.Module,
    layers: Iterable[nn.Module],
    images: Tensor,
    errors_of: ErrorsOf,
    forward: Forward,
    visit: Visit,
) -> Tensor:
    """Show ``visit`` each layer's input and the gradient by its output, from the last layer to the first.

    A layer that the loss does not reach is not shown.

    Args:
        model: In evaluation mode; each layer is called at most once in a forward pass.
        layers: Whom to look at.
        images: Shape ``(B, ...)``.
        errors_of: Gradient of each example's own loss by its logits.
        forward: Gives the logits of a whole batch by calling ``model``.
        visit: Called during the backward pass; what it does not keep is freed.

    Returns:
        The logits, shape ``(B, C)``.

    Raises:
        WayNotPossibleError: The forward pass of this batch does not keep to what was traced.
    """
    return _backward(model, layers, {}, images, errors_of, forward, _Taps(visit, len(images)))[0]


def _backward(  # ruff: ignore[too-many-arguments]  as above
    model: nn.Module,
    layers: Iterable[nn.Module],
    copied: Shapes,
    images: Tensor,
    errors_of: ErrorsOf,
    forward: Forward,
    taps: _Taps,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Run forward and backward with ``taps`` on ``layers``; return logits and the copies' gradients."""
    gradients: dict[str, Tensor] = {}
    with ExitStack() as stack:
        stack.enter_context(frozen_parameters(model))
        for layer in layers:
            stack.callback(layer.register_forward_hook(taps).remove)
        copies = stack.enter_context(example_copies(model, copied, len(images)))
        logits = forward(images)
        if logits.requires_grad:
            loss = (logits * errors_of(logits.detach())).sum()
            _, *found = torch.autograd.grad(loss, [taps.anchor, *copies.values()], allow_unused=True)
            gradients = {path: each for path, each in zip(copies, found, strict=True) if each is not None}
    return logits.detach(), gradients
