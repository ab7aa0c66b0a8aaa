"""From a profile's name and the shape of the data to a training: quick, standard, paper."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from datadiet.config import PROFILES, Profile, TrainConfig, merged, validated
from datadiet.errors import ConfigError
from datadiet.training.device import native_precision, pick_device
from datadiet.training.models import check_model_name

QUICK_EPOCHS = 3  # at least
QUICK_SEEN = 45_000  # images to look at, at least, in no more than MANY_EPOCHS: the knee for 9,000 images
QUICK_STEPS = 350  # optimizer steps in these epochs; small sets get smaller batches for it
QUICK_BATCHES = (250, 125, 62, 31)  # examples
MANY_EPOCHS = 8  # at most, to look at QUICK_SEEN
MOST_EPOCHS = 12  # at most, to bring QUICK_STEPS: in more, small sets are learned by heart
QUICK_RESOLUTION = 0.75  # of the side in the first epoch, where QUICK_SEEN images are looked at
RESIZED_SIDE = 24  # pixels, at least, for that
FEW_STEPS = 50  # at least: only sets of some 150 examples and fewer get more epochs for it
EARLY_SHARES = (0.1, 0.25, 0.5)  # of the epochs: further checkpoints of a training of MANY_EPOCHS or more


@dataclass(frozen=True)
class TrainShape:
    """What a profile looks at: how many training examples, and what an image is."""

    num_train: int
    image_size: int  # pixels, shorter side
    in_channels: int


def resolve_training(
    profile: Profile,
    *,
    num_train: int,
    image_size: int,
    in_channels: int,
    device: str = "cpu",
    settings: Mapping[str, Any] | None = None,
) -> TrainConfig:
    """Return the training of ``profile`` for such data, with the user's ``settings`` put in place.

    ``quick`` and ``standard`` mirror images only in colour, since grey sets are mostly writing, and
    train in bfloat16 where the processor declares it. ``paper`` is REFERENCE's training as it is.
    Where ``settings`` change the number of epochs, the checkpoints follow unless they are set too.

    Args:
        profile: ``quick``, ``standard`` or ``paper``.
        num_train: Examples in the training split.
        image_size: Pixels of the shorter side.
        in_channels: 1 or 3.
        device: As for :func:`datadiet.training.device.pick_device`; decides the precision.
        settings: Names and values of TrainConfig.

    Raises:
        ConfigError: The profile, a setting's name or a value is not allowed.
    """
    if profile not in PROFILES:
        raise ConfigError.unknown_choice("profile", profile, PROFILES)
    given = dict(settings or {})
    shape = TrainShape(num_train, image_size, in_channels)
    values = RECIPES[profile](shape, given)
    if profile != "paper":
        values["precision"] = native_precision(pick_device(device))
    values = merged(values, given)
    num_epochs = given.get("num_epochs")
    is_number = isinstance(num_epochs, (int, float)) and num_epochs > 0 and float(num_epochs).is_integer()
    if is_number and "checkpoint_epochs" not in given:  # 1e1 is 10
        values["checkpoint_epochs"] = _kept_until(int(num_epochs or 0), RECIPES[profile](shape, given))
    return validated(TrainConfig, values, prefix="train.")


def check_training(settings: Mapping[str, Any]) -> None:
    """Check what can be known of training settings before the data are: their values, the model's name.

    Raises:
        ConfigError: A setting's name or value is not allowed, or the model's name is unknown.
        ModelError: The model's import path names no function or class.
    """
    num_epochs, kept = settings.get("num_epochs"), settings.get("checkpoint_epochs")
    fitting: dict[str, Any] = {}  # the profile will fit one of them to the other
    if num_epochs is not None:
        fitting = {"checkpoint_epochs": (0, num_epochs)}
    elif isinstance(kept, list | tuple) and kept and isinstance(kept[-1], int) and kept[-1] >= 1:
        fitting = {"num_epochs": kept[-1]}
    config = validated(TrainConfig, {**fitting, **settings}, prefix="train.")
    check_model_name(config.model)


def _kept_until(num_epochs: int, values: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the recipe's checkpoints before ``num_epochs``, and that one."""
    planned = validated(TrainConfig, dict(values)).checkpoint_epochs
    return (*(epoch for epoch in planned if epoch < num_epochs), num_epochs)


def _quick(shape: TrainShape, given: Mapping[str, Any]) -> dict[str, Any]:
    """The small net, short: Muon on its convolutions, the rate falling to 0 (SPEED section 5)."""
    if given.get("model", "quick") != "quick":
        return _short_sgd(shape, num_epochs=QUICK_EPOCHS)
    num_epochs, batch_size = _quick_length(shape.num_train)
    return {
        "model": "quick",
        "num_epochs": num_epochs,
        "batch_size": batch_size,
        "optimizer": "muon",
        "lr": 0.5,
        "muon_lr": 0.15,
        "head_lr": 10.0,
        "momentum": 0.85,
        "weight_decay": 5e-5,
        "schedule": "linear",
        "crop_padding": min(max(1, shape.image_size // 16), shape.image_size - 1),
        "flip": shape.in_channels == 3,
        "initial_resolution": _quick_resolution(shape, num_epochs),
        "checkpoint_epochs": spread_checkpoints(num_epochs),
    }


def _quick_resolution(shape: TrainShape, num_epochs: int) -> float:
    """Return the first epoch's share of the side: small images and small sets are looked at whole."""
    is_large = shape.image_size >= RESIZED_SIDE and shape.num_train * num_epochs >= QUICK_SEEN
    return QUICK_RESOLUTION if is_large else 1.0


def _quick_length(num_train: int) -> tuple[int, int]:
    """Return epochs and batch: the largest batch with enough steps, else the smallest and more epochs."""
    epochs = max(QUICK_EPOCHS, min(MANY_EPOCHS, math.ceil(QUICK_SEEN / num_train)))
    enough = [size for size in QUICK_BATCHES if epochs * (num_train // size) >= QUICK_STEPS]
    if enough:
        return epochs, enough[0]
    batch_size = min(QUICK_BATCHES[-1], max(2, num_train))
    steps_an_epoch = max(1, num_train // batch_size)
    more = min(MOST_EPOCHS, math.ceil(QUICK_STEPS / steps_an_epoch))
    return max(epochs, more, math.ceil(FEW_STEPS / steps_an_epoch)), batch_size


def _standard(shape: TrainShape, _: Mapping[str, Any]) -> dict[str, Any]:
    """ResNet-18 with a 3x3 stem, ten epochs or 1,000 steps, one rise and fall of the rate."""
    return _short_sgd(shape, num_epochs=10)


def _short_sgd(shape: TrainShape, *, num_epochs: int) -> dict[str, Any]:
    steps_an_epoch = max(1, shape.num_train // 128)
    num_epochs = max(num_epochs, math.ceil(1000 / steps_an_epoch))
    return {
        "model": "resnet18",
        "num_epochs": num_epochs,
        "schedule": "linear",
        "warmup_fraction": 0.2,
        "crop_padding": min(max(1, shape.image_size // 8), shape.image_size - 1),
        "flip": shape.in_channels == 3,
        "checkpoint_epochs": spread_checkpoints(num_epochs),
    }


def _paper(shape: TrainShape, _: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults of TrainConfig; a grey set is not mirrored, which the notes say."""
    return {"flip": shape.in_channels == 3}


RECIPES: dict[str, Callable[[TrainShape, Mapping[str, Any]], dict[str, Any]]] = {
    "quick": _quick,
    "standard": _standard,
    "paper": _paper,
}


def spread_checkpoints(num_epochs: int) -> tuple[int, ...]:
    """Return epochs 0, 1 and the last, with a few between when there are many."""
    between = {round(num_epochs * share) for share in EARLY_SHARES} if num_epochs >= MANY_EPOCHS else set()
    return tuple(sorted({0, 1, num_epochs} | between))


def differences_from_paper(config: TrainConfig, *, image_size: int, in_channels: int) -> tuple[str, ...]:
    """Return, a sentence each, in what a ``paper`` training differs from the paper's own.

    The paper trained on CIFAR-10: 32 x 32 in colour, ResNet-18; for CIFAR-100 and CINIC-10, ResNet-50.

    Args:
        config: The training.
        image_size: Pixels of the shorter side.
        in_channels: 1 or 3.
    """
    notes = [f"Images are {image_size} px; the paper's were 32 px."] if image_size != 32 else []
    if in_channels != 3:
        notes.append(f"Images have {in_channels} channel and are not mirrored; the paper's were in colour.")
    ours, theirs = config.model_dump(), TrainConfig(flip=in_channels == 3).model_dump()
    notes += [
        f"{name} is {ours[name]}; the paper's is {theirs[name]}."
        for name in theirs
        if ours[name] != theirs[name] and name not in {"checkpoint_epochs", "num_threads"}
    ]
    return tuple(notes)
