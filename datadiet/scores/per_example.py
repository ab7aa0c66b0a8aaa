"""Norms of per-example loss gradients over all trainable parameters, by the fastest right way.

Ways, tried in this order: one backward pass to activations with a formula for each layer and a copy an
example of each plain parameter, and ``torch.func`` for the parameters that neither is right for; gradients of
all by ``torch.func`` in chunks; one example after another. A way is taken only after it gave, on a probe, the
norms of autograd for that example alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from datadiet.errors import ModelError
from datadiet.scores.autograd_ways import squares_by_vmap, squares_one_by_one
from datadiet.scores.el2n import error_vectors
from datadiet.scores.example_copies import copied_parameters, tolerance_of
from datadiet.scores.layer_pass import ErrorsOf, Forward, WayNotPossibleError, squares_by_layer
from datadiet.scores.module_state import evaluation_mode, exact_gradients, refuse_batch_statistics
from datadiet.scores.trace import Trace, logits_of, trace

logger = logging.getLogger(__name__)
LARGEST_REST = 0.5  # of the trained numbers: with more outside known layers, torch.func takes them all

Squares = Callable[[Tensor, ErrorsOf, Forward], dict[str, Tensor]]  # by part, squared norms (B,)


@dataclass(frozen=True)
class Way:
    """One way to squared norms.

    Attributes:
        name: As ``doctor`` shows it.
        squares: The function; it returns the squares of parts whose names start the paths of their
            parameters, which for a layer are those that its formula is asked for.
        of_layers: Paths of the parameters that go by layer.
        copied: Paths of those that are copied an example, in the same pass.
    """

    name: str
    squares: Squares
    of_layers: frozenset[str] = frozenset()
    copied: frozenset[str] = frozenset()


class GradientNorms:
    """Gives ``‖∇_w ℓ(f(x), y)‖₂`` of each example of a batch, for one model.

    The model is inspected on the first batch; later batches go the same way. On a CPU images are laid
    channels last where the model takes them so: convolutions are faster then.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._ways: list[Way] = []
        self._is_channels_last = False

    def __call__(self, images: Tensor, labels: Tensor, forward: Forward | None = None) -> Tensor:
        """Return the norm of the gradient of each example's own cross-entropy, in evaluation mode.

        Args:
            images: Shape ``(B, ...)``, as the model takes them; B at least 1.
            labels: Shape ``(B,)``, integers in ``[0, C)``.
            forward: Gives the logits of the batch by calling the model, for a caller who wants to see more
                of that one pass; None: the model itself.

        Returns:
            Shape ``(B,)``, float32 or float64.

        Raises:
            ModelError: The model mixes the examples of a batch, draws random numbers in evaluation mode,
                trains nothing, or does not give logits.
            DataError: A label lies outside ``[0, C)``.
        """
        with evaluation_mode(self._model), exact_gradients(images.device):
            refuse_batch_statistics(self._model)
            images = self._inspected(images.clone() if images.is_inference() else images.detach())
            errors_of = partial(error_vectors, labels=labels)
            return self._squares(images, errors_of, forward or self._model).sqrt()

    def way(self, images: Tensor) -> str:
        """Return the name of the way that ``images`` go, with the reason where it is not the fastest."""
        with evaluation_mode(self._model), exact_gradients(images.device):
            self._inspected(images.detach())
        return self._ways[0].name

    def parameter_ways(self, images: Tensor) -> dict[str, str]:
        """Return the way of each trained parameter, by path: by layer, by copy, torch.func or one by one.

        The last two come with the reason.
        """
        with evaluation_mode(self._model), exact_gradients(images.device):
            images = self._inspected(images.detach())
            rest = trace(self._model, images[:1]).rest
        way = self._ways[0]
        slow = "one by one" if way.name.startswith("one by one") else "torch.func"
        ways = {path: f"{slow} ({rest[path]})" for path in rest}
        ways |= dict.fromkeys(way.of_layers, "by layer") | dict.fromkeys(way.copied, "by copy")
        trained = [path for path, each in self._model.named_parameters() if each.requires_grad]
        return {path: ways.get(path, slow) for path in trained}

    def _inspected(self, images: Tensor) -> Tensor:
        """Return images as the model is shown them; its ways are found on the first batch."""
        if not self._ways:
            self._is_channels_last = _takes_channels_last(self._model, _pair(images))
        if self._is_channels_last:
            images = images.contiguous(memory_format=torch.channels_last)
        self._ways = self._ways or self._possible_ways(images)
        return images

    def _squares(self, images: Tensor, errors_of: ErrorsOf, forward: Forward) -> Tensor:
        while len(self._ways) > 1:
            try:
                return _total(self._ways[0].squares(images, errors_of, forward))
            except (WayNotPossibleError, RuntimeError) as error:
                logger.warning("GraNd %s: %s; going on more slowly.", self._ways[0].name, error)
                del self._ways[0]
        return _total(self._ways[0].squares(images, errors_of, forward))

    def _possible_ways(self, images: Tensor) -> list[Way]:
        """Return the ways that are right for the model, fastest first; one by one is always among them."""
        model = self._model
        probe = trace(model, images[:1])
        _refuse_batch_dependence(model, images[:2], probe)
        copied = _copied(model, images, probe) if probe.rest else {}
        left = {path: why for path, why in probe.rest.items() if path not in copied}
        reason = next((f" ({path} {why})" for path, why in left.items()), "")
        ways = [
            Way(f"torch.func{reason}", partial(squares_by_vmap, model)),
            Way(f"one by one{reason}", partial(squares_one_by_one, model)),
        ]
        if probe.layers and _pays(model, left):
            ways.insert(0, _layer_way(model, probe, copied, reason))
        while len(ways) > 1 and not _agrees(ways[0], model, images, probe):
            logger.info("%s disagrees with autograd on %s.", ways[0].name, type(model).__name__)
            del ways[0]
        return ways


def _takes_channels_last(model: nn.Module, images: Tensor) -> bool:
    """Return whether images may lie channels last: on a CPU, where the model gives them the same logits.

    A model that views maps as vectors fails then, and one that asks how its input lies may do anything.

    Args:
        model: In evaluation mode.
        images: Two, so that no model can fold a batch of one into its channels.
    """
    if images.device.type != "cpu" or images.ndim != 4:
        return False
    with torch.no_grad():
        given = logits_of(model, images)
        try:
            found = logits_of(model, images.contiguous(memory_format=torch.channels_last))
        except Exception as error:  # any that a model may raise for a layout; as they lie, images passed
            logger.info("%s takes no images channels last: %s.", type(model).__name__, error)
            return False
    return found.shape == given.shape and _close(found, given)


def _pays(model: nn.Module, left: Collection[str]) -> bool:
    """Return whether so few parameters are left that a pass of ``torch.func`` for them alone is worth it."""
    sizes = {path: each.numel() for path, each in model.named_parameters() if each.requires_grad}
    return sum(sizes[path] for path in left) <= LARGEST_REST * sum(sizes.values())


def _copied(model: nn.Module, images: Tensor, probe: Trace) -> dict[str, tuple[int, ...]]:
    """Return the parameters without a formula whose copies are right, and the shape of a copy of each."""
    pair = _pair(images)
    second = trace(model, pair[1:])
    squares = [{path: each.squares[path] for path in probe.rest} for each in (probe, second)]
    return copied_parameters(model, pair, probe.errors, squares)


def _layer_way(model: nn.Module, probe: Trace, copied: dict[str, tuple[int, ...]], reason: str) -> Way:
    """Return the way by layer and copy, with ``torch.func`` for the parameters that have neither."""
    of_layers = frozenset(
        f"{path}.{name}" if path else name for path in probe.layers for name in probe.layers[path]
    )
    by_layer = partial(squares_by_layer, model, probe.layers, copied)
    left = [path for path in probe.rest if path not in copied]
    if not left:
        name = "by layer and copy" if copied else "by layer"
        return Way(name, by_layer, of_layers, frozenset(copied))
    by_func = partial(squares_by_vmap, model, among=left)

    def both(images: Tensor, errors_of: ErrorsOf, forward: Forward) -> dict[str, Tensor]:
        return by_layer(images, errors_of, forward) | by_func(images, errors_of, model)

    return Way(f"by layer and torch.func{reason}", both, of_layers, frozenset(copied))


def _refuse_batch_dependence(model: nn.Module, images: Tensor, probe: Trace) -> None:
    """Refuse a model whose first logits change when a second image stands beside."""
    pair = _pair(images)
    with torch.no_grad():
        beside = logits_of(model, pair)[:1]
    if not _close(beside, probe.logits):
        raise ModelError.depends_on_batch(type(model).__name__)


def _agrees(way: Way, model: nn.Module, images: Tensor, probe: Trace) -> bool:
    """Return whether a way gives the probe, beside another image, the norms that autograd gives it alone."""
    pair = _pair(images)
    try:
        squares = way.squares(pair, probe.errors.expand_as, model)
    except (WayNotPossibleError, RuntimeError, TypeError, ValueError) as error:
        logger.info("GraNd %s is not possible: %s", way.name, error)
        return False
    total = _total(probe.squares)
    return all(
        _close(found[0], _total(_within(part, probe.squares, squares)), slack=1e-3 * total)
        for part, found in squares.items()
    )


def _within(part: str, squares: dict[str, Tensor], parts: Collection[str]) -> dict[str, Tensor]:
    """Return the squares of the parameters of ``part``: those inside it that are no part themselves."""
    inside = f"{part}." if part else ""
    return {
        path: each
        for path, each in squares.items()
        if path == part or (path.startswith(inside) and path not in parts)
    }


def _pair(images: Tensor) -> Tensor:
    """Return the first two images, or the only one twice."""
    return images[:2] if len(images) > 1 else torch.cat([images, images])


def _total(squares: dict[str, Tensor]) -> Tensor:
    return torch.stack(list(squares.values())).sum(dim=0)


def _close(found: Tensor, expected: Tensor, *, slack: Tensor | float = 0.0) -> bool:
    """Return whether two results are the same up to what another batch size does to the last digits."""
    scale = expected.abs().amax() + slack
    return not bool(((found - expected).abs() > tolerance_of(found) * scale).any())
