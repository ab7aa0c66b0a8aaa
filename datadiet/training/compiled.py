"""torch.compile for training on a GPU: what a step takes with and without, and whether both agree."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from datadiet.config import TrainConfig
from datadiet.training import schedule
from datadiet.training.device import fixed_threads, full_float32, wait_for
from datadiet.training.estimate import few_of
from datadiet.training.inputs import TrainingData
from datadiet.training.loop import initial_checkpoint, own_random_state
from datadiet.training.trainer import ForwardPass, Trainer, as_it_is, seed_dropout

# Kernels in one CUDA graph; dropout from torch's own stream, so that both ways draw the same.
OPTIONS: dict[str, str | int | bool | Callable[..., Any]] = {
    "triton.cudagraphs": True,
    "fallback_random": True,
}
LEAST_GAIN = 0.05  # of a step's seconds: less is within what a step's time varies
COSINE_SLACK = 0.05  # how much farther from the gradient in float32 it may be: bfloat16 rounds both ways
CALLS_TO_REPLAY = (
    3  # a graph of kernels is warmed up by the first call, recorded by the second, then replayed
)
BLOCKS, BLOCK_SECONDS, LEAST_STEPS = 5, 0.3, 3  # timed of each way, in turn; seconds and steps of a block


@dataclass(frozen=True)
class Measured:
    """A training step with torch.compile and without.

    Attributes:
        eager_step_seconds: A step without.
        compiled_step_seconds: A step with, once it is compiled.
        compile_seconds: The first gradient: compiling, or reading what torch has kept of it on disk.
        eager_cosine: Between the gradient of a batch and the same in float32, in [-1, 1]; None: not finite.
        compiled_cosine: The same of the compiled one.
    """

    eager_step_seconds: float
    compiled_step_seconds: float
    compile_seconds: float
    eager_cosine: float | None
    compiled_cosine: float | None


@dataclass(frozen=True)
class CompileTrial:
    """Whether a training is to be compiled, and why."""

    is_used: bool
    reason: str  # a sentence for a person
    measured: Measured | None = None  # None where a trial did not come so far


class CompiledForward:
    """A model's forward pass, compiled when it is first called for a shape; the backward pass follows it."""

    def __init__(self, model: nn.Module) -> None:
        self._call: Callable[[Tensor], Tensor] = torch.compile(model, dynamic=False, options=OPTIONS)

    def __call__(self, x: Tensor) -> Tensor:
        """Return the logits, in memory of their own: a graph writes its next ones over the last."""
        torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
        return self._call(x).clone()


def try_compiling(
    config: TrainConfig, data: TrainingData, device: torch.device, *, seconds: float
) -> CompileTrial:
    """Return whether training is faster compiled here, from a few steps of throwaway models.

    Whatever a compiler raises is passed on. A model is compiled for the side of the last epoch; other sides
    of a rising resolution are compiled when training meets them.

    Args:
        config: Of the whole training.
        data: What a seed trains on.
        device: Where to train.
        seconds: About how long training is going to take as the model is.
    """
    few = few_of(data, schedule.batch_size(config, data.num_per_epoch))
    start = initial_checkpoint(config, few, seed=0)
    positions = torch.arange(len(few.train_rows))

    def trainer(config: TrainConfig, forward: Callable[[nn.Module], ForwardPass] = as_it_is) -> Trainer:
        return Trainer(config, few, start, device, forward=forward)

    with fixed_threads(config.num_threads), own_random_state(device):
        eager, compiled = trainer(config), trainer(config, CompiledForward)
        right, _ = _replayed(eager, positions, device)
        found, first_seconds = _replayed(compiled, positions, device)
        blocks = in_turn(eager, compiled, positions, device, num_blocks=BLOCKS)
        with full_float32():
            whole = trainer(config.model_copy(update={"precision": "float32"}))
            truth, _ = _replayed(whole, positions, device)
    cosines = _cosine(right, truth), _cosine(found, truth)
    num_sides = len(schedule.sides(config, data.shape.image_size, data.num_per_epoch))
    times = median(block[0] for block in blocks), median(block[1] for block in blocks)
    return decided(Measured(*times, first_seconds, *cosines), seconds=seconds, num_more_sides=num_sides - 1)


def decided(measured: Measured, *, seconds: float, num_more_sides: int) -> CompileTrial:
    """Return the outcome: compiled where a step is faster, computes the same, and all compiling is earned.

    Args:
        measured: By the trial.
        seconds: About how long training is going to take as the model is.
        num_more_sides: Sides that are still to be compiled for.
    """
    eager, compiled = measured.eager_step_seconds, measured.compiled_step_seconds
    right, found = measured.eager_cosine, measured.compiled_cosine
    times = f"a training step takes {1000 * compiled:.2f} ms with it and {1000 * eager:.2f} without"
    if right is None or found is None or found < right - COSINE_SLACK:
        why = f"its gradient has a cosine of {_word(found)} with that in float32, {_word(right)} without it"
        return not_used(why, measured)
    if compiled > (1 - LEAST_GAIN) * eager:
        return not_used(times, measured)
    if seconds * (1 - compiled / eager) < measured.compile_seconds * num_more_sides:
        return not_used(f"{times}, less than compiling for {num_more_sides} more sides would cost", measured)
    return CompileTrial(is_used=True, reason=f"torch.compile is used: {times}.", measured=measured)


def not_used(why: str, measured: Measured | None = None) -> CompileTrial:
    """Return the outcome of a trial after which training goes on as the model is."""
    return CompileTrial(is_used=False, reason=f"torch.compile is not used: {why}.", measured=measured)


def failure(error: Exception) -> str:
    """Return what a compiler raised, short enough for a sentence."""
    first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"it failed ({type(error).__name__}: {first_line[:200]})"


def forget_compiled() -> None:
    """Drop what this process has compiled and the memory that its graphs hold, if it has compiled at all."""
    if "torch._dynamo" in sys.modules:
        torch.compiler.reset()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _replayed(trainer: Trainer, positions: Tensor, device: torch.device) -> tuple[Tensor, float]:
    """Return the gradient, float64 ``(P,)``, of a call that replays a graph, and the first call's seconds."""
    seconds = []
    for _ in range(CALLS_TO_REPLAY):
        seed_dropout(0, 1, device)
        began = time.perf_counter()
        gradient = trainer.gradient(positions).cpu()
        seconds.append(time.perf_counter() - began)
    return gradient.double(), seconds[0]


def in_turn(
    eager: Trainer, compiled: Trainer, positions: Tensor, device: torch.device, *, num_blocks: int
) -> list[tuple[float, float]]:
    """Return the seconds of a training step of both, block by block; a block waits for the device at its end.

    Args:
        eager: Trains as the model is.
        compiled: Trains compiled.
        positions: Of the batch, the same in all steps.
        device: Where both train.
        num_blocks: Of some tenths of a second each.
    """

    def block(trainer: Trainer, num_steps: int) -> float:
        began = time.perf_counter()
        for _ in range(num_steps):
            trainer.train_step(positions)
        wait_for(device)
        return (time.perf_counter() - began) / num_steps

    for trainer in (compiled, eager):
        a_step = block(trainer, LEAST_STEPS)
    num_steps = max(LEAST_STEPS, round(BLOCK_SECONDS / a_step))
    return [(block(eager, num_steps), block(compiled, num_steps)) for _ in range(num_blocks)]


def _cosine(found: Tensor, truth: Tensor) -> float | None:
    cosine = float(functional.cosine_similarity(found, truth, dim=0))
    return cosine if math.isfinite(cosine) else None


def _word(cosine: float | None) -> str:
    return "none" if cosine is None else f"{cosine:.3f}"
