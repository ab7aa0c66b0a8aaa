"""torch.compile for training on a GPU: what a step takes with and without, and whether both agree."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from datadiet.config import TrainConfig
from datadiet.training import schedule
from datadiet.training.device import fixed_threads, full_float32
from datadiet.training.estimate import few_of, seconds_a_step
from datadiet.training.inputs import TrainingData
from datadiet.training.loop import initial_checkpoint, own_random_state
from datadiet.training.trainer import ForwardPass, Trainer, as_it_is, seed_dropout

# Kernels in one CUDA graph, dropout from torch's own stream, so that both draw the same.
OPTIONS: dict[str, str | int | bool | Callable[..., Any]] = {
    "triton.cudagraphs": True,
    "fallback_random": True,
}
LEAST_GAIN = 0.05  # of a step's seconds: less is within what a step's time varies
COSINE_SLACK = 0.05  # how much farther from the gradient in float32 it may be: bfloat16 rounds both ways

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CompileTrial:
    """What a trial of torch.compile found; numbers are None where it did not come so far.

    Attributes:
        is_used: Whether training goes compiled.
        reason: A sentence for a person.
        eager_step_seconds: A training step without.
        compiled_step_seconds: A training step with, once it is compiled.
        compile_seconds: The first compiled step: compiling, or reading what torch has kept of it on disk.
        eager_cosine: Between the gradient of one batch and the same in float32, in [-1, 1].
        compiled_cosine: The same of the compiled one.
    """

    is_used: bool
    reason: str
    eager_step_seconds: float | None = None
    compiled_step_seconds: float | None = None
    compile_seconds: float | None = None
    eager_cosine: float | None = None
    compiled_cosine: float | None = None


class CompiledForward:
    """A model's forward pass, compiled when it is first called for a shape; its backward pass with it."""

    def __init__(self, model: nn.Module) -> None:
        self._call: Callable[[Tensor], Tensor] = torch.compile(model, dynamic=False, options=OPTIONS)

    def __call__(self, x: Tensor) -> Tensor:
        """Return the logits, in memory of their own: a graph writes its next ones over the last."""
        torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
        return self._call(x).clone()


class CompiledOrEager:
    """A compiled forward pass that goes on without, and says so, where compiling fails."""

    def __init__(self, model: nn.Module) -> None:
        self._model, self._pass = model, CompiledForward(model)
        self._has_failed = False

    def __call__(self, x: Tensor) -> Tensor:
        """Return the logits."""
        if not self._has_failed:
            try:
                return self._pass(x)
            except Exception as error:  # any that a compiler, or what it calls, may raise
                logger.warning("%s; going on without.", _failure(error))
                self._has_failed = True
        return self._model(x)  # type: ignore[no-any-return]


def try_compiling(config: TrainConfig, data: TrainingData, device: torch.device) -> CompileTrial:
    """Return whether training is faster compiled here, from a few steps of throwaway models.

    A model is compiled for the side of its last epoch; other sides are compiled when training meets them.
    """
    few = few_of(data, schedule.batch_size(config, data.num_per_epoch))
    start = initial_checkpoint(config, few, seed=0)
    positions = torch.arange(len(few.train_rows))

    def tried(config: TrainConfig, forward: Callable[[nn.Module], ForwardPass]) -> _Tried:
        trainer = Trainer(config, few, start, device, forward=forward)
        seed_dropout(start.seed, 1, device)
        began = time.perf_counter()
        gradient = trainer.gradient(positions).cpu().double()
        return _Tried(gradient, time.perf_counter() - began, seconds_a_step(trainer, positions, device))

    with fixed_threads(config.num_threads), own_random_state(device):
        eager = tried(config, as_it_is)
        try:
            compiled = tried(config, CompiledForward)
        except Exception as error:  # any that a compiler, or what it calls, may raise
            reason = f"Trained without torch.compile: {_failure(error)}."
            return CompileTrial(is_used=False, reason=reason, eager_step_seconds=eager.step_seconds)
        with full_float32():
            truth = tried(config.model_copy(update={"precision": "float32"}), as_it_is).gradient
    return decided(
        eager.step_seconds,
        compiled.step_seconds,
        compile_seconds=compiled.first_seconds,
        eager_cosine=_cosine(eager.gradient, truth),
        compiled_cosine=_cosine(compiled.gradient, truth),
    )


def decided(
    eager: float, compiled: float, *, compile_seconds: float, eager_cosine: float, compiled_cosine: float
) -> CompileTrial:
    """Return the trial's outcome: compiled where a step is faster by LEAST_GAIN and computes the same."""
    is_right = compiled_cosine >= eager_cosine - COSINE_SLACK
    is_used = is_right and compiled <= (1 - LEAST_GAIN) * eager
    word = "with" if is_used else "without"
    why = (
        f"a step takes {1000 * compiled:.2f} ms compiled and {1000 * eager:.2f} ms as it is"
        if is_right
        else f"its gradient has a cosine of {compiled_cosine:.3f} with that in float32, "
        f"the model as it is one of {eager_cosine:.3f}"
    )
    return CompileTrial(
        is_used=is_used,
        reason=f"Trained {word} torch.compile: {why}.",
        eager_step_seconds=eager,
        compiled_step_seconds=compiled,
        compile_seconds=compile_seconds,
        eager_cosine=eager_cosine,
        compiled_cosine=compiled_cosine,
    )


@dataclass(frozen=True)
class _Tried:
    gradient: Tensor  # float64 (P,), of the first batch
    first_seconds: float
    step_seconds: float


def _cosine(found: Tensor, truth: Tensor) -> float:
    return float(functional.cosine_similarity(found, truth, dim=0))


def _failure(error: Exception) -> str:
    first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"torch.compile failed ({type(error).__name__}: {first_line[:200]})"
