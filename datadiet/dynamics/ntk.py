"""The data-dependent neural tangent kernel of a group of examples, and its velocity between two steps.

The kernel is the Gram matrix of the Jacobians of all logits by all trainable parameters. No whole Jacobian
is ever held: rows (an example and a logit each) go through the network in blocks, and each layer's columns
are multiplied into the kernel as the backward pass reaches the layer. (Paul et al. 2021, section 5; Fort et
al. 2020.)
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from datadiet.dynamics.layer_jacobians import elements_of_a_row, layer_rows
from datadiet.errors import DataError
from datadiet.scores.layer_norms import Names
from datadiet.scores.layer_pass import WayNotPossibleError, visit_layers
from datadiet.scores.module_state import evaluation_mode, exact_gradients, refuse_batch_statistics
from datadiet.scores.trace import Trace, trace

logger = logging.getLogger(__name__)

BLOCK_BYTES = 2**31  # that the rows of a block may take in the pass; two blocks go through at once
MOST_ROWS = 2048  # (example, logit) pairs of a block
STRIP = 128  # rows of a symmetric product that are multiplied at once with what lies right of the diagonal
FALLBACK_ROWS = 64  # rows at once where a parameter's columns come from torch.func
_SLACK = 1e-3  # relative, of the check against autograd on one example


@dataclass(frozen=True)
class _Rows:
    """Rows of the Jacobian: which image, which combination of logits."""

    images: Tensor  # (R, ...), an image a row
    errors: Tensor  # (R, C), what the logits are multiplied with before the backward pass
    logits: int  # rows of an image, side by side


def ntk(model: nn.Module, images: Tensor, *, sum_of_logits: bool = False) -> Tensor:
    """Return the kernel of ``images``.

    Args:
        model: Any module that gives logits ``(B, C)``; used in evaluation mode, in its own dtype.
        images: Shape ``(n, ...)``.
        sum_of_logits: Use the Jacobian of the sum of the logits: an approximation that is C times smaller
            and goes by its own name, ``ntk_sum_of_logits``.

    Returns:
        Shape ``(n·C, n·C)``, or ``(n, n)`` for the sum of logits; rows go example by example, symmetric and
        positive semi-definite.

    Raises:
        ModelError: The model mixes the examples of a batch, trains nothing, or does not give logits.
        DataError: There is no image.
    """
    if not len(images):
        raise DataError("A kernel needs at least one image, got none.")
    with evaluation_mode(model), exact_gradients(images.device):
        refuse_batch_statistics(model)
        probe = trace(model, images[:1])
        rows = _rows(images, probe.logits.shape[1], sum_of_logits=sum_of_logits)
        if _is_right(model, probe, images):
            try:
                return _by_layer(model, probe.layers, rows) + _by_parameter(model, rows, probe.rest)
            except WayNotPossibleError as error:
                logger.warning("NTK by layer: %s; going on parameter by parameter.", error)
        trained = [path for path, parameter in model.named_parameters() if parameter.requires_grad]
        return _by_parameter(model, rows, trained)


def velocity(before: Tensor, after: Tensor) -> float:
    """Return how far the kernel turned: ``1 − ⟨K, K′⟩ / (‖K‖ ‖K′‖)`` of Frobenius products.

    Args:
        before: Kernel at one step, square.
        after: Kernel of the same examples at the next.

    Returns:
        In [0, 1]; 0 for kernels that differ by a factor alone; NaN where one of them is zero.

    Raises:
        DataError: They are of different sizes.
    """
    if before.shape != after.shape:
        raise DataError(f"Kernels of {tuple(before.shape)} and {tuple(after.shape)} cannot be compared.")
    first, second = before.cpu().double().flatten(), after.cpu().double().flatten()
    scale = first.norm() * second.norm()
    if not scale > 0:
        return float("nan")
    return float((1.0 - (first @ second) / scale).clamp(0.0, 1.0))


def _rows(images: Tensor, num_logits: int, *, sum_of_logits: bool) -> _Rows:
    if sum_of_logits:
        ones = torch.ones(len(images), num_logits, dtype=images.dtype, device=images.device)
        return _Rows(images, ones, 1)
    each = torch.eye(num_logits, dtype=images.dtype, device=images.device)
    return _Rows(images.repeat_interleave(num_logits, dim=0), each.repeat(len(images), 1), num_logits)


def _by_layer(model: nn.Module, layers: dict[str, Names], rows: _Rows) -> Tensor:
    """Return the kernel from blocks of rows: every pair of blocks goes through the network together."""
    num = len(rows.images)
    wide = torch.promote_types(rows.images.dtype, torch.float32)
    kernel = torch.zeros(num, num, dtype=wide, device=rows.images.device)
    size = _rows_a_block(model, layers, rows)
    starts = range(0, num, size)
    for first in starts:
        for second in starts:
            if second < first:
                continue
            a, b = (slice(start, min(start + size, num)) for start in (first, second))
            part = _block(model, layers, rows, a, b)
            kernel[a, b] = part
            kernel[b, a] = part.T
    return kernel


@torch.no_grad()
def _rows_a_block(model: nn.Module, layers: dict[str, Names], rows: _Rows) -> int:
    """Return how many rows go through at once, whole images: as many as :data:`BLOCK_BYTES` hold."""
    elements = []

    def look(layer: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
        elements.append(elements_of_a_row(layer, args[0], output, rows.logits))

    with ExitStack() as stack:
        for path in layers:
            stack.callback(model.get_submodule(path).register_forward_hook(look).remove)
        model(rows.images[:1])
    wide = torch.promote_types(rows.images.dtype, torch.float32)
    fitting = min(MOST_ROWS, BLOCK_BYTES // (wide.itemsize * max(1, sum(elements))))
    return max(1, fitting // rows.logits) * rows.logits


def _block(model: nn.Module, layers: dict[str, Names], rows: _Rows, a: slice, b: slice) -> Tensor:
    """Return the kernel between two blocks of rows; a block with itself goes through once."""
    is_diagonal = a == b
    images = rows.images[a] if is_diagonal else torch.cat([rows.images[a], rows.images[b]])
    errors = rows.errors[a] if is_diagonal else torch.cat([rows.errors[a], rows.errors[b]])
    num = a.stop - a.start
    wide = torch.promote_types(images.dtype, torch.float32)
    total = torch.zeros(num, b.stop - b.start, dtype=wide, device=images.device)
    names = {model.get_submodule(path): each for path, each in layers.items()}

    def visit(layer: nn.Module, x: Tensor, g: Tensor) -> None:
        for piece in layer_rows(layer, x.to(wide), g.to(wide), names[layer], rows.logits):
            if is_diagonal:
                _add_upper(total, piece)
            else:
                total.addmm_(piece[:num], piece[num:].T)

    visit_layers(model, names, images, lambda _: errors, model, visit)
    return total.triu() + total.triu(1).T if is_diagonal else total


def _add_upper(total: Tensor, piece: Tensor) -> None:
    """Add the products of a block's rows with one another; most of those below the diagonal are left out."""
    for start in range(0, len(piece), STRIP):
        strip = slice(start, start + STRIP)
        total[strip, start:].addmm_(piece[strip], piece[start:].T)


def _by_parameter(model: nn.Module, rows: _Rows, paths: Iterable[str]) -> Tensor:
    """Return the kernel of some parameters from one's columns after another: for any module, slowly."""
    num = len(rows.images)
    wide = torch.promote_types(rows.images.dtype, torch.float32)
    kernel = torch.zeros(num, num, dtype=wide, device=rows.images.device)
    for path in paths:
        columns = torch.cat(list(_columns(model, path, rows))).to(wide)  # (R, p)
        kernel.addmm_(columns, columns.T)
    return kernel


def _columns(model: nn.Module, path: str, rows: _Rows) -> Iterator[Tensor]:
    """Yield the Jacobian's rows by one parameter, some rows at a time, by torch.func or one by one."""
    others = {name: each.detach() for name, each in model.named_parameters() if name != path}
    parameter = dict(model.named_parameters())[path].detach()

    def row(value: Tensor, image: Tensor, error: Tensor) -> Tensor:
        logits: Tensor = functional_call(model, {**others, path: value}, (image[None],))
        return (logits[0] * error).sum()

    of_one = grad(row)
    for start in range(0, len(rows.images), FALLBACK_ROWS):
        part = slice(start, start + FALLBACK_ROWS)
        try:
            found = vmap(of_one, in_dims=(None, 0, 0))(parameter, rows.images[part], rows.errors[part])
        except (RuntimeError, ValueError):
            pairs = zip(rows.images[part], rows.errors[part], strict=True)
            found = torch.stack([of_one(parameter, image, error) for image, error in pairs])
        yield found.flatten(1)


def _is_right(model: nn.Module, probe: Trace, images: Tensor) -> bool:
    """Return whether the way by layer gives one example's squared norm as autograd does."""
    if not probe.layers:
        return False
    rows = _Rows(images[:1], probe.errors.to(images.dtype), 1)
    try:
        found = _by_layer(model, probe.layers, rows)[0, 0]
    except (WayNotPossibleError, RuntimeError, TypeError, ValueError):
        return False
    known = [each for path, each in probe.squares.items() if path not in probe.rest]
    expected = torch.stack(known).sum()
    return bool(torch.isclose(found.cpu().double(), expected.cpu().double(), rtol=_SLACK, atol=1e-12))


NtkOf = Callable[[nn.Module, Tensor], Tensor]
KERNELS: dict[str, NtkOf] = {"ntk": ntk, "ntk_sum_of_logits": partial(ntk, sum_of_logits=True)}
