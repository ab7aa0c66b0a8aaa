"""What one training segment leaves to the next: weights, momentum, generators, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from datadiet.config import TrainConfig
from datadiet.errors import ModelError, StoreError
from datadiet.training.inputs import ChannelStats, InputShape
from datadiet.training.models import build_model

PARTS = ("model", "momentum", "generator")


@dataclass(frozen=True)
class Checkpoint:
    """One model of the ensemble after ``step`` updates, with all that going on takes; tensors on the CPU."""

    run_id: str
    seed: int
    step: int
    epoch: int
    shape: InputShape
    stats: ChannelStats
    model: Mapping[str, Tensor]
    momentum: Mapping[str, Tensor]
    generator: Mapping[str, Tensor]  # uint8 states of the "order" and "augment" streams

    def to_tensors(self) -> dict[str, Tensor]:
        """Return every tensor under a flat name, contiguous and sharing no memory, for safetensors."""
        return {
            f"{part}/{name}": tensor.contiguous()
            for part in PARTS
            for name, tensor in getattr(self, part).items()
        }

    def meta(self) -> dict[str, Any]:
        """Return what is no tensor, as JSON-able values."""
        return {
            "run_id": self.run_id,
            "seed": self.seed,
            "step": self.step,
            "epoch": self.epoch,
            "num_classes": self.shape.num_classes,
            "in_channels": self.shape.in_channels,
            "image_size": self.shape.image_size,
            "mean": list(self.stats.mean),
            "std": list(self.stats.std),
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor], meta: Mapping[str, Any]) -> Checkpoint:
        """Return the checkpoint that :meth:`to_tensors` and :meth:`meta` described.

        Raises:
            StoreError: A part or a value is missing.
        """
        parts: dict[str, dict[str, Tensor]] = {part: {} for part in PARTS}
        try:
            for key, tensor in tensors.items():
                part, _, name = key.partition("/")
                parts[part][name] = tensor
            shape = InputShape(*(int(meta[key]) for key in ("num_classes", "in_channels", "image_size")))
            stats = ChannelStats(tuple(map(float, meta["mean"])), tuple(map(float, meta["std"])))
            seed, step, epoch = (int(meta[key]) for key in ("seed", "step", "epoch"))
            run_id = str(meta["run_id"])
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(f"A checkpoint is not whole: {type(error).__name__} {error}.") from error
        return cls(run_id, seed, step, epoch, shape, stats, *(parts[part] for part in PARTS))


def load_model(checkpoint: Checkpoint, config: TrainConfig, device: torch.device | None = None) -> nn.Module:
    """Return the checkpoint's model in evaluation mode, channels last, on ``device`` (the CPU if None).

    Raises:
        ModelError: The model of ``config`` is not the one whose weights these are.
    """
    model = build_model(config.model, **vars(checkpoint.shape), seed=checkpoint.seed)
    put_weights(model, checkpoint.model, config.model)
    return model.to(device or torch.device("cpu")).eval()


def put_weights(model: nn.Module, weights: Mapping[str, Tensor], name: str) -> None:
    """Load ``weights`` into ``model`` after bringing it to the memory layout that training uses.

    Raises:
        ModelError: They are the weights of another model; ``name`` says which was asked for.
    """
    model.to(memory_format=torch.channels_last)
    try:
        model.load_state_dict(dict(weights))
    except RuntimeError as error:
        raise ModelError.other_weights(name) from error


def copied(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return contiguous copies on the CPU, none sharing memory with another or with the model."""
    return {
        name: tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }
