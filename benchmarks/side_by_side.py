"""How are several models best trained on the same cores? In turn, in processes of their own, or stacked.

    python benchmarks/side_by_side.py run [--networks quick resnet18] [--models 2 4] [--rounds 5]
    python benchmarks/side_by_side.py table

Each way trains the same models for the same steps on the same batches, in bfloat16 where the processor has
it, with plain SGD, so that nothing but the way differs:

- *in turn*: one model after another, each with all threads;
- *processes*: one process a core with one thread each, as the product does on a CPU;
- *stacked*: all models at once in one process with all threads, by ``torch.func.vmap`` over their weights;
  weights are in bfloat16 too there, since batch normalisation under vmap refuses to mix precisions.

Seconds are wall clock from the first step to the last, processes being there already; ways take turns, round
after round, and a ratio is the median over rounds against *in turn* of the same round. Writes
benchmarks/results/side_by_side.json; ``table`` puts it into docs/speed.md.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import torch
from marked import machine_line, table_of, write_between
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.nn import functional

from datadiet.pipeline.environment import environment
from datadiet.training.device import native_precision
from datadiet.training.models import build_model

RESULT = Path(__file__).parent / "results" / "side_by_side.json"
NETWORKS = {"quick": (250, 20), "resnet18": (128, 2)}  # examples a batch, steps a model and round
SIDE, NUM_CLASSES, RATE = 32, 10, 0.01
NUM_CORES = len(os.sched_getaffinity(0))
IN_TURN, PROCESSES, STACKED = "in turn", "processes", "stacked"


def model_of(network: str, seed: int) -> nn.Module:
    """Return a model in training mode, channels last."""
    model = build_model(network, num_classes=NUM_CLASSES, in_channels=3, image_size=SIDE, seed=seed)
    return model.train().to(memory_format=torch.channels_last)


def batch_of(size: int) -> tuple[Tensor, Tensor]:
    """Return images and labels; what they show does not matter for how long a step takes."""
    torch.manual_seed(0)
    images = torch.randn(size, 3, SIDE, SIDE).contiguous(memory_format=torch.channels_last)
    return images, torch.arange(size) % NUM_CLASSES


def half() -> torch.autocast:
    """Return the precision that the product trains in on this machine."""
    return torch.autocast("cpu", torch.bfloat16, enabled=native_precision(torch.device("cpu")) == "bfloat16")


def as_half(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors in that precision altogether, whole numbers as they are."""
    if native_precision(torch.device("cpu")) != "bfloat16":
        return tensors
    return {name: each.bfloat16() if each.is_floating_point() else each for name, each in tensors.items()}


def train(model: nn.Module, images: Tensor, labels: Tensor, num_steps: int) -> None:
    """Train one model."""
    weights = [each for each in model.parameters() if each.requires_grad]
    for _ in range(num_steps):
        with half():
            logits = model(images)
        slopes = torch.autograd.grad(functional.cross_entropy(logits.float(), labels), weights)
        with torch.no_grad():
            torch._foreach_add_(weights, slopes, alpha=-RATE)


def in_turn(models: list[nn.Module], images: Tensor, labels: Tensor, num_steps: int) -> None:
    """Train the models one after another."""
    for model in models:
        train(model, images, labels, num_steps)


def stacked(models: list[nn.Module], images: Tensor, labels: Tensor, num_steps: int) -> None:
    """Train the models at once, their weights stacked."""
    parameters, buffers = (as_half(each) for each in stack_module_state(models))
    images = as_half({"images": images})["images"]
    moving = {name for name, each in models[0].named_parameters() if each.requires_grad}
    weights = {name: each.detach() for name, each in parameters.items() if name in moving}
    rest = {name: each.detach() for name, each in parameters.items() if name not in moving}

    def loss(weights: dict[str, Tensor], rest: dict[str, Tensor], buffers: dict[str, Tensor]) -> Tensor:
        logits = functional_call(models[0], (weights, rest, buffers), (images,))
        return functional.cross_entropy(logits.float(), labels)

    slopes_of = vmap(grad(loss), randomness="different")
    for _ in range(num_steps):
        slopes = slopes_of(weights, rest, buffers)
        torch._foreach_add_(list(weights.values()), [slopes[name] for name in weights], alpha=-RATE)


def serve(pipe: Connection, network: str, seeds: list[int], size: int, num_steps: int) -> None:
    """Train models with one thread whenever told to, until told to end."""
    torch.set_num_threads(1)
    models, batch = [model_of(network, seed) for seed in seeds], batch_of(size)
    in_turn(models, *batch, 1)
    pipe.send("ready")
    while pipe.recv() == "go":
        in_turn(models, *batch, num_steps)
        pipe.send("done")


@contextmanager
def processes(network: str, num_models: int, size: int, num_steps: int) -> Generator[Callable[[], None]]:
    """Give a function that trains the models on one process a core, and returns when all are done."""
    context = multiprocessing.get_context("spawn")
    pipes = []
    for core in range(min(NUM_CORES, num_models)):
        here, there = context.Pipe()
        seeds = list(range(core, num_models, NUM_CORES))
        context.Process(target=serve, args=(there, network, seeds, size, num_steps), daemon=True).start()
        pipes.append(here)
    for pipe in pipes:
        pipe.recv()

    def run() -> None:
        for pipe in pipes:
            pipe.send("go")
        for pipe in pipes:
            pipe.recv()

    try:
        yield run
    finally:
        for pipe in pipes:
            pipe.send("end")


def timed(way: Callable[[], None]) -> float:
    began = time.perf_counter()
    way()
    return time.perf_counter() - began


def measured(network: str, num_models: int, rounds: int) -> dict[str, Any]:
    """Return seconds of each way, round by round."""
    size, num_steps = NETWORKS[network]
    torch.set_num_threads(NUM_CORES)
    models, batch = [model_of(network, seed) for seed in range(num_models)], batch_of(size)
    load = psutil.getloadavg()[0]
    with processes(network, num_models, size, num_steps) as apart:
        ways = {
            IN_TURN: partial(in_turn, models, *batch, num_steps),
            PROCESSES: apart,
            STACKED: partial(stacked, models, *batch, num_steps),
        }
        for way in ways.values():
            way()  # what is set up once is not counted
        seconds = [{name: timed(way) for name, way in ways.items()} for _ in range(rounds)]
    return {
        "network": network,
        "num_models": num_models,
        "batch_size": size,
        "num_steps": num_steps,
        "load": load,
        "rounds": seconds,
        "machine": environment("cpu"),
    }


def run(networks: list[str], numbers: list[int], rounds: int) -> None:
    """Measure, an entry a network and number of models; those that are there are replaced."""
    for network in networks:
        for num_models in numbers:
            entry = measured(network, num_models, rounds)
            known = json.loads(RESULT.read_text()) if RESULT.exists() else []
            kept = [each for each in known if (each["network"], each["num_models"]) != (network, num_models)]
            RESULT.write_text(json.dumps([*kept, entry], indent=1) + "\n")
            print(network, num_models, row_of(entry), flush=True)


def row_of(entry: dict[str, Any]) -> list[str]:
    """Return the cells of an entry: seconds in turn, and the ratio of each other way with its range."""
    cells = [f"{median(each[IN_TURN] for each in entry['rounds']):.2f}"]
    for way in (PROCESSES, STACKED):
        ratios = sorted(each[way] / each[IN_TURN] for each in entry["rounds"])
        cells.append(f"{median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})")
    return cells


def table() -> None:
    """Write the table of docs/speed.md."""
    known = json.loads(RESULT.read_text())
    head = ["network", "models", "batch, steps", f"{IN_TURN}, s", f"{PROCESSES}: ratio", f"{STACKED}: ratio"]
    rows = [
        [each["network"], each["num_models"], f"{each['batch_size']}, {each['num_steps']}", *row_of(each)]
        for each in sorted(known, key=lambda each: (each["network"], each["num_models"]))
    ]
    load = max(each["load"] for each in known)
    about = f"Load before at most {load:.1f}. {machine_line(known[0]['machine'])}"
    write_between("speed.md", "side by side", "side_by_side.py", [about, "", *table_of(head, rows)])


def main() -> None:
    """Measure, or write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("--networks", nargs="*", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--models", nargs="*", type=int, default=[2, 4])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.what == "table":
        table()
    else:
        run(options.networks, options.models, options.rounds)


if __name__ == "__main__":
    main()
