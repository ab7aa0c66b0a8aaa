"""Networks by name: the quick net, small-image ResNets, any of torchvision's, any of the user's."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from datadiet.errors import ConfigError, ModelError
from datadiet.seeds import derive_seed
from datadiet.training.quicknet import QuickNet

SMALL_STEM = ("resnet18", "resnet50")  # these names mean the paper's nets for small images
OWN = ("quick", *SMALL_STEM)  # known without asking torchvision
RESIZABLE = {"vit_": "image_size", "maxvit_": "input_size"}  # families built for one image size
WITH_AUXILIARY = ("googlenet", "inception_v3")  # they would return more than logits in training


def build_model(name: str, *, num_classes: int, in_channels: int, image_size: int, seed: int) -> nn.Module:
    """Return the network called ``name``, initialised from ``seed``, on the CPU, in training mode.

    The process's own random state is left as it was.

    Args:
        name: ``quick``; ``resnet18`` or ``resnet50`` with a 3x3 first convolution and no max-pool, as in
            the paper; any classification network of torchvision, without pretrained weights; or
            ``module:factory``, which is called as ``factory(num_classes=..., in_channels=...)``.
        num_classes: C, the width of the logits.
        in_channels: 1 or 3.
        image_size: Pixels of the shorter side.
        seed: Names the model of the ensemble.

    Raises:
        ConfigError: The name is unknown.
        ModelError: The network cannot be built, or does not turn such images into ``num_classes`` logits.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(derive_seed(seed, "init"))
        model = _built(name, num_classes=num_classes, in_channels=in_channels, image_size=image_size)
        # Inside, since the first forward pass of a lazy module is what initialises it.
        _try_out(model, name, (2, in_channels, image_size, image_size), num_classes)
    return model.train()


def check_side(model: nn.Module, name: str, *, num_classes: int, in_channels: int, side: int) -> None:
    """Check that ``model`` also turns images of another side into logits; it is left in training mode.

    Raises:
        ModelError: It does not, as a network that is built for one size.
    """
    try:
        _try_out(model, name, (2, in_channels, side, side), num_classes)
    except ModelError as error:
        raise ModelError(f"{error} Or keep all pixels: --set train.initial_resolution=1.") from error
    model.train()


def model_names() -> list[str]:
    """Return the names that :func:`build_model` knows without an import path, sorted."""
    library = _library()
    return sorted({*OWN, *library.list_models(module=library)})


def check_model_name(name: str) -> None:
    """Check that ``name`` names a network; an import path is imported, nothing is built.

    Raises:
        ConfigError: The name is unknown.
        ModelError: The import path names no function or class.
    """
    if ":" in name:
        _factory(name)
    elif name not in OWN and name not in model_names():
        raise ConfigError.unknown_model(name, model_names())


def _built(name: str, *, num_classes: int, in_channels: int, image_size: int) -> nn.Module:
    check_model_name(name)
    if ":" in name:
        return _imported(name, num_classes=num_classes, in_channels=in_channels)
    if name == "quick":
        return QuickNet(num_classes, in_channels, image_size)
    if name in SMALL_STEM:
        return _small_stem_resnet(name, num_classes=num_classes, in_channels=in_channels)
    return _torchvision(name, num_classes=num_classes, in_channels=in_channels, image_size=image_size)


def _library() -> ModuleType:
    """Return torchvision's networks, imported when one is asked for: a second that the quick net saves."""
    return importlib.import_module("torchvision.models")


def _small_stem_resnet(name: str, *, num_classes: int, in_channels: int) -> nn.Module:
    model: nn.Module = _library().get_model(name, weights=None, num_classes=num_classes)
    model.conv1 = nn.Conv2d(in_channels, 64, kernel_size=3, padding=1, bias=False)
    nn.init.kaiming_normal_(model.conv1.weight, mode="fan_out", nonlinearity="relu")
    model.maxpool = nn.Identity()
    return model


def _torchvision(name: str, *, num_classes: int, in_channels: int, image_size: int) -> nn.Module:
    options: dict[str, Any] = {}
    for prefix, option in RESIZABLE.items():
        if name.startswith(prefix):
            options[option] = image_size if option == "image_size" else (image_size, image_size)
    if name in WITH_AUXILIARY:
        options |= {"aux_logits": False, "init_weights": True}
    try:
        model: nn.Module = _library().get_model(name, weights=None, num_classes=num_classes, **options)
    except (ValueError, RuntimeError, AssertionError) as error:
        raise ModelError.does_not_take(name, f"{image_size} px images", error) from error
    if in_channels != 3:
        _replace_first_conv(model, name, in_channels)
    return model


def _replace_first_conv(model: nn.Module, name: str, in_channels: int) -> None:
    found = [path for path, part in model.named_modules() if isinstance(part, nn.Conv2d)]
    old = model.get_submodule(found[0]) if found else None
    if not isinstance(old, nn.Conv2d) or old.groups != 1:
        raise ModelError(f"{name} has no first convolution that could read {in_channels} channels.")
    parent, _, leaf = found[0].rpartition(".")
    new = nn.Conv2d(
        in_channels,
        old.out_channels,
        kernel_size=old.kernel_size,  # type: ignore[arg-type]
        stride=old.stride,  # type: ignore[arg-type]
        padding=old.padding,  # type: ignore[arg-type]
        bias=old.bias is not None,
    )
    setattr(model.get_submodule(parent), leaf, new)


def _imported(name: str, *, num_classes: int, in_channels: int) -> nn.Module:
    factory = _factory(name)
    try:
        model = factory(num_classes=num_classes, in_channels=in_channels)
    except Exception as error:
        raise ModelError(
            f"{name}(num_classes={num_classes}, in_channels={in_channels}) failed: "
            f"{type(error).__name__}: {error}."
        ) from error
    if not isinstance(model, nn.Module):
        raise ModelError(f"{name} returned {type(model).__name__}; it must return a torch.nn.Module.")
    return model


def _factory(name: str) -> Callable[..., Any]:
    module_name, _, factory_name = name.partition(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # the user's own module may raise anything
        raise ModelError(
            f"model is {name}, but {module_name} cannot be imported: {error}. "
            "Put the folder that holds it on PYTHONPATH."
        ) from error
    factory = getattr(module, factory_name, None)
    if not callable(factory):
        raise ModelError(f"model is {name}, but {module_name} has no function or class {factory_name}.")
    return factory  # type: ignore[no-any-return]


def _try_out(model: nn.Module, name: str, shape: tuple[int, ...], num_classes: int) -> None:
    """Refuse a network that fails on such images, before anything is spent on it."""
    what = f"{shape[1]}-channel {shape[2]} px images"
    try:
        with torch.no_grad():
            logits = model.eval()(torch.zeros(shape))
    except Exception as error:
        raise ModelError.does_not_take(name, what, error) from error
    if not isinstance(logits, Tensor) or logits.shape != (shape[0], num_classes):
        got = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise ModelError(f"{name} must return logits of shape (batch, {num_classes}) for {what}, got {got}.")


def features_and_logits(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the penultimate features and the logits of one forward pass.

    Features are what the last linear layer called reads, positions flattened; a network without a
    linear layer (SqueezeNet) has the logits themselves as its features.

    Args:
        model: Any module that returns logits.
        x: Input ``(B, C, H, W)``.

    Returns:
        ``(B, D)`` and ``(B, num_classes)``.
    """
    seen: list[Tensor] = []

    def remember(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        seen[:] = [inputs[0]]

    hooks = [
        part.register_forward_pre_hook(remember) for part in model.modules() if isinstance(part, nn.Linear)
    ]
    try:
        logits: Tensor = model(x)
    finally:
        for hook in hooks:
            hook.remove()
    features = seen[0] if seen else logits
    return features.flatten(1), logits
