"""Does torch.compile pay on this processor? A training step with and without, in turn.

    python benchmarks/compiled.py run [--device cpu] [--rounds 7]
    python benchmarks/compiled.py table

Each network trains on generated images of 32 px, one thread on a CPU, in the precision that the processor
declares, in two processes one after the other that share an empty folder of compiled kernels: the first
compiles, the second reads them. Both time blocks of steps with and without in turn, as a trial before a
training does.
Results: benchmarks/results/compiled.json, one entry a network, and the table of docs/speed.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np
import torch
from marked import machine_line, table_of, write_between

from datadiet.pipeline.environment import environment
from datadiet.training.compiled import CompiledForward, in_turn
from datadiet.training.device import fixed_threads, wait_for
from datadiet.training.inputs import TrainingData, channel_stats
from datadiet.training.loop import initial_checkpoint
from datadiet.training.profiles import resolve_training
from datadiet.training.trainer import Trainer, as_it_is

RESULTS = Path(__file__).parent / "results" / "compiled.json"
NETWORKS = {"quick": 250, "resnet18": 64}  # network -> images a batch


def generated(num: int) -> TrainingData:
    """Return ``num`` random images of ten classes, all of them trained on."""
    images = np.random.default_rng(0).integers(0, 256, (num, 32, 32, 3), dtype=np.uint8)
    rows, none = np.arange(num), np.zeros(0, dtype=np.int64)
    labels = rows % 10
    stats = channel_stats(images, rows)
    return TrainingData(images, rows, labels, rows, none, none, none, none, 10, stats)


def timed(name: str, device: torch.device, rounds: int) -> dict[str, Any]:
    """Return what one process measures: the first compiled step, then steps with and without, in turn."""
    size = NETWORKS[name]
    data = generated(size)
    config = resolve_training(
        "quick" if name == "quick" else "standard",
        num_train=50_000,
        image_size=32,
        in_channels=3,
        device=str(device),
        settings={"model": name, "batch_size": size},
    )
    positions, start = torch.arange(size), initial_checkpoint(config, data, seed=0)
    with fixed_threads(1):
        eager = Trainer(config, data, start, device, forward=as_it_is)
        compiled = Trainer(config, data, start, device, forward=CompiledForward)
        began = time.perf_counter()
        compiled.train_step(positions)
        wait_for(device)
        first = time.perf_counter() - began
        blocks = in_turn(eager, compiled, positions, device, num_blocks=rounds)
    return {
        "first": first,
        "eager": [block[0] for block in blocks],
        "compiled": [block[1] for block in blocks],
    }


def measured(name: str, device: str, rounds: int, *, seconds: float | None = None) -> dict[str, Any]:
    """Return the figures of one network, from two processes that have ``seconds`` in all."""
    words = [sys.executable, __file__, "process", "--only", name, "--device", device, "--rounds", str(rounds)]
    with tempfile.TemporaryDirectory() as kernels:
        place = {**os.environ, "TORCHINDUCTOR_CACHE_DIR": kernels}
        began = time.perf_counter()
        cold = json.loads(output_of(words, seconds, place).splitlines()[-1])
        left = None if seconds is None else max(0.0, seconds - (time.perf_counter() - began))
        warm = json.loads(output_of(words, left, place).splitlines()[-1])
    eager, compiled = ([*cold[name], *warm[name]] for name in ("eager", "compiled"))
    ratios = [after / before for before, after in zip(eager, compiled, strict=True)]
    return {
        "network": name,
        "batch_size": NETWORKS[name],
        "eager_ms": 1000 * median(eager),
        "compiled_ms": 1000 * median(compiled),
        "ratio": median(ratios),
        "ratio_quartiles": quantiles(ratios, n=4)[::2],
        "compile_seconds": cold["first"],
        "read_seconds": warm["first"],
        "load": os.getloadavg()[0],
        "machine": environment(device),
    }


def output_of(words: list[str], seconds: float | None, environ: dict[str, str] | None = None) -> str:
    """Return what a command prints, in at most ``seconds``; its last line of complaint is the error's."""
    done = subprocess.run(words, check=False, capture_output=True, text=True, env=environ, timeout=seconds)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr else f"code {done.returncode}")
    return done.stdout


def run(names: list[str], device: str, rounds: int) -> None:
    """Measure, an entry a network."""
    entries = [measured(name, device, rounds) for name in names]
    RESULTS.write_text(json.dumps(entries, indent=1) + "\n")
    for entry in entries:
        print({key: each for key, each in entry.items() if key != "machine"})


def table() -> None:
    """Write the table of docs/speed.md."""
    known = json.loads(RESULTS.read_text())
    head = [
        "network",
        "batch",
        "ms a step",
        "compiled, ms",
        "compiled / not [quartiles]",
        "first compiled step, s",
        "the same, kernels on disk, s",
    ]
    rows = [
        [
            each["network"],
            each["batch_size"],
            f"{each['eager_ms']:.0f}",
            f"{each['compiled_ms']:.0f}",
            f"{each['ratio']:.2f} [{each['ratio_quartiles'][0]:.2f}, {each['ratio_quartiles'][1]:.2f}]",
            f"{each['compile_seconds']:.0f}",
            f"{each['read_seconds']:.0f}",
        ]
        for each in known
    ]
    line = f"One thread, load {known[0]['load']:.1f} after. {machine_line(known[0]['machine'])}"
    write_between("speed.md", "compiled", "compiled.py", [line, "", *table_of(head, rows)])


def main() -> None:
    """Measure, or write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["run", "table", "process"])
    parser.add_argument("--only", nargs="*", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    if options.what == "table":
        table()
    elif options.what == "process":
        print(json.dumps(timed(options.only[0], torch.device(options.device), options.rounds)))
    else:
        run(options.only, options.device, options.rounds)


if __name__ == "__main__":
    main()
