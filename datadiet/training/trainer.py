"""A model in training: what changes from step to step, and one epoch of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional

from datadiet.config import TrainConfig
from datadiet.errors import TrainingError
from datadiet.seeds import derive_seed
from datadiet.training import schedule
from datadiet.training.augment import draw_views, look
from datadiet.training.checkpoint import Checkpoint, copied, put_weights
from datadiet.training.device import forward_in
from datadiet.training.inputs import TrainingData, TrainingPixels, accuracy, predictions, to_input
from datadiet.training.models import build_model
from datadiet.training.optimizers import Optimizers
from datadiet.training.pacing import Steps, paced_batches
from datadiet.training.signals import EpochSignals

STREAMS = ("order", "augment")  # random streams whose state a checkpoint carries


@dataclass(frozen=True)
class Batch:
    """What observers are told after each forward pass, before the update."""

    seed: int
    epoch: int  # from 1
    step: int  # updates done before this batch
    num_steps: int  # of the whole training
    positions: Tensor  # int64 (B,) on the CPU, places in train_rows
    labels: Tensor  # int64 (B,)
    logits: Tensor  # float32 (B, C), training mode, augmented, detached


Observer = Callable[[Batch], None]
ForwardPass = Callable[[Tensor], Tensor]  # network input to logits, in training mode


def as_it_is(model: nn.Module) -> ForwardPass:
    """Return the model's own forward pass."""
    return model


class Trainer:
    """One model between two checkpoints.

    Args:
        config: Of the whole training.
        data: What the seed trains on.
        start: Where to go on from.
        device: Where to train.
        forward: Gives the forward pass that training steps take; the same values up to rounding.

    Raises:
        ModelError: The checkpoint is another model's.
    """

    def __init__(
        self,
        config: TrainConfig,
        data: TrainingData,
        start: Checkpoint,
        device: torch.device,
        *,
        forward: Callable[[nn.Module], ForwardPass] = as_it_is,
    ) -> None:
        self._config, self._data, self._start, self._device = config, data, start, device
        self._model = build_model(config.model, **vars(start.shape), seed=start.seed)
        put_weights(self._model, start.model, config.model)
        self._model.to(device)
        self._forward_pass = forward(self._model)
        self._optimizers = Optimizers(self._model, config)
        self._optimizers.load(start.momentum)
        self._streams = {name: torch.Generator() for name in STREAMS}
        for name, stream in self._streams.items():
            stream.set_state(start.generator[name])
        self._pixels = TrainingPixels(data.images, data.train_rows, device)
        self._labels = torch.from_numpy(np.asarray(data.train_labels, dtype=np.int64))
        self._batch_size = schedule.batch_size(config, data.num_per_epoch)
        self._num_steps = schedule.total_steps(config, data.num_per_epoch)
        self._step = start.step

    def run_epoch(self, epoch: int, observers: Sequence[Observer]) -> tuple[dict[str, Any], pd.DataFrame]:
        """Train one epoch; return its row of HISTORY and its SIGNALS.

        After the last epoch, and on the test split, nothing is measured: whoever needs the trained network
        measures it, most in a pass that is made anyway.

        Raises:
            TrainingError: A loss or, at the end, a weight is not finite.
        """
        first, signals = self._step, EpochSignals()
        losses = []
        seed_dropout(self._start.seed, epoch, self._device)
        self._model.train()
        for positions in self._epoch_batches(epoch):
            batch, loss = self._forward(epoch, positions)
            signals.add(positions, batch.logits, batch.labels)
            for observe in observers:
                observe(batch)
            loss.backward()  # type: ignore[no-untyped-call]
            self._optimizers.step(self._rate_factor(self._step))
            self._step += 1
            losses.append(loss.detach())
        mean_loss = self._checked_mean(torch.stack(losses), first)
        row = {
            "epoch": epoch,
            "step": self._step,
            "learning_rate": self._config.lr * self._rate_factor(self._step - 1),
            "train_loss": mean_loss,
            "train_accuracy": signals.accuracy(),
            "validation_accuracy": self._validation_accuracy(epoch),
            "test_accuracy": float("nan"),
        }
        return row, signals.frame(self._data.train_ids, epoch)

    def train_step(self, positions: Tensor) -> None:
        """Do one forward, backward and update as in the last epoch, unrecorded; for timing."""
        self._backward_in_last_epoch(positions)
        self._optimizers.step(self._rate_factor(self._step))

    def gradient(self, positions: Tensor) -> Tensor:
        """Return the gradient in a step of the last epoch, of all weights in a row ``(P,)``; unrecorded."""
        self._backward_in_last_epoch(positions)
        parts = [each.grad.flatten() for each in self._model.parameters() if each.grad is not None]
        for parameter in self._model.parameters():
            parameter.grad = None
        return torch.cat(parts)

    def _backward_in_last_epoch(self, positions: Tensor) -> None:
        self._model.train()
        _, loss = self._forward(schedule.last_epoch(self._config, self._data.num_per_epoch), positions)
        loss.backward()  # type: ignore[no-untyped-call]

    def checkpoint(self, epoch: int) -> Checkpoint:
        """Return where the training stands, copied to the CPU, ``epoch`` epochs being over."""
        return replace(
            self._start,
            step=self._step,
            epoch=epoch,
            model=copied(self._model.state_dict()),
            momentum=copied(self._optimizers.to_tensors()),
            generator={name: stream.get_state() for name, stream in self._streams.items()},
        )

    def _validation_accuracy(self, epoch: int) -> float:
        """Return the accuracy after ``epoch``, in its side and precision; NaN after the last or of none."""
        if self._step == self._num_steps:
            return float("nan")
        data, side = self._data, self._side(epoch)
        with forward_in(self._config.precision, self._device):
            rows = data.validation_rows
            predicted = predictions(self._model, data.images, rows, data.stats, self._device, side)
        return accuracy(predicted, data.validation_labels)

    def _side(self, epoch: int) -> int:
        data = self._data
        return schedule.side_at(self._config, data.shape.image_size, data.num_per_epoch, epoch)

    def _epoch_batches(self, epoch: int) -> list[Tensor]:
        """Return the places of each batch of the epoch; the short last one is dropped."""
        num_batches = schedule.step_at(self._config, self._data.num_per_epoch, epoch) - self._step
        if self._data.train_stages is not None:
            steps = Steps(self._step, num_batches, self._num_steps)
            return paced_batches(self._data.train_stages, steps, self._batch_size, self._streams["order"])
        order = torch.randperm(len(self._data.train_rows), generator=self._streams["order"])
        return [order[i * self._batch_size : (i + 1) * self._batch_size] for i in range(num_batches)]

    def _forward(self, epoch: int, positions: Tensor) -> tuple[Batch, Tensor]:
        config = self._config
        views = draw_views(
            len(positions),
            crop_padding=config.crop_padding,
            flip=config.flip,
            generator=self._streams["augment"],
        )
        pixels = look(*self._pixels.gather(positions), views)
        x = to_input(pixels, self._data.stats, self._device, self._side(epoch))
        labels = self._labels[positions].to(self._device, non_blocking=True)
        with forward_in(config.precision, self._device):
            logits = self._forward_pass(x)
        logits = logits.float()
        loss = functional.cross_entropy(logits, labels)
        seed = self._start.seed
        batch = Batch(seed, epoch, self._step, self._num_steps, positions, labels, logits.detach())
        return batch, loss

    def _rate_factor(self, step: int) -> float:
        return schedule.rate_factor(self._config, step=step, num_steps=self._num_steps)

    def _checked_mean(self, losses: Tensor, first_step: int) -> float:
        """Return the mean loss; looked at once an epoch, since each look would make a GPU wait."""
        values = losses.cpu()
        if not bool(values.isfinite().all()):
            wrong = int((~values.isfinite()).nonzero()[0])
            raise TrainingError.diverged(self._start.seed, first_step + wrong)
        if not all(bool(p.isfinite().all()) for p in self._model.state_dict().values()):
            raise TrainingError.diverged(self._start.seed, self._step)
        return float(values.double().mean())


def seed_dropout(seed: int, epoch: int, device: torch.device) -> None:
    """Seed the stream that dropout layers draw from, by epoch, so that a resumed training draws the same."""
    number = derive_seed(seed, f"dropout/{epoch}")
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(number)
    elif device.type == "mps":
        torch.mps.manual_seed(number)
    else:
        torch.default_generator.manual_seed(number)
