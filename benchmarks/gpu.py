"""All figures of a GPU in one call of under eight minutes: ensembles, scores, compiling, GraNd, the kernel.

    python benchmarks/gpu.py --train train.parquet --test test.parquet [--device cuda] [--seconds 470]
    python benchmarks/gpu.py --generated 2000 --device cpu --epochs 1 --seeds 2   # tries the script itself

The parts run in the order of the list, each with a limit, so that one that fails or hangs costs itself alone:

quick ensemble     ten quick nets, prepared, trained, scored and triaged by ``datadiet audit``; goal 30 s
resnet18 ensemble  ten ResNet-18s for twenty epochs with EL2N and GraNd; goal 200 s on one H100
compiling          a training step of either network with torch.compile and without, by compiled.py
passes             images a second of a forward pass, a training step and GraNd, the last two as a ratio,
                   both in full float32; seconds of the tangent kernel of some images
several workers    the quick ensemble once more, by two workers and by three, on the one GPU

``datadiet audit`` is timed as a whole: process start, calibration and tables are in it. What did not end in
its time is written down with the reason. Writes benchmarks/results/gpu.json.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from compiled import NETWORKS, output_of
from compiled import measured as measured_compiled
from torch.nn import functional

from datadiet.dynamics.ntk import ntk
from datadiet.pipeline.environment import environment
from datadiet.scores.per_example import GradientNorms
from datadiet.training.device import full_float32, native_precision, wait_for
from datadiet.training.models import build_model

RESULT = Path(__file__).parent / "results" / "gpu.json"
GOALS = {"quick ensemble": 30.0, "resnet18 ensemble": 200.0}  # seconds on one H100
SHARES = {  # of all the time, at most
    "quick ensemble": 0.12,
    "resnet18 ensemble": 0.5,
    "compiling": 0.22,
    "passes": 0.06,
    "several workers": 0.1,
}
BATCH = 512  # images of a timed pass
KERNEL_IMAGES = 8
ROUNDS = 10


def generated(num: int, folder: Path) -> list[str]:
    """Write ``num`` learnable images to an archive and return the words that name it as a source."""
    rng = np.random.default_rng(0)
    labels = np.arange(num) % 10
    images = rng.integers(0, 128, (num, 32, 32, 3), dtype=np.uint8)
    for row, label in enumerate(labels):
        images[row, 3 * label : 3 * label + 3] += 100
    np.savez(folder / "generated.npz", images=images, labels=labels)
    return [str(folder / "generated.npz")]


def audited(words: list[str], options: argparse.Namespace, seconds: float) -> dict[str, Any]:
    """Run ``datadiet audit`` with ``words`` in an empty workspace and return what it took."""
    with tempfile.TemporaryDirectory() as workspace:
        place = ["--workspace", workspace, "--device", options.device, "--json"]
        command = [sys.executable, "-m", "datadiet", "audit", *options.source, *words, *place]
        began = time.perf_counter()
        printed = output_of(command, seconds)
        took = time.perf_counter() - began
    return {"seconds": round(took, 1), "headline": json.loads(printed)}


def quick_ensemble(options: argparse.Namespace, seconds: float) -> dict[str, Any]:
    return audited(["--seeds", str(options.seeds)], options, seconds)


def resnet18_ensemble(options: argparse.Namespace, seconds: float) -> dict[str, Any]:
    epochs = options.epochs
    settings = [f"train.num_epochs={epochs}", f"train.checkpoint_epochs=[0, {epochs}]"]
    words = ["--profile", "standard", "--seeds", str(options.seeds), "--folds", "0"]
    return audited([*words, *(word for each in settings for word in ("--set", each))], options, seconds)


def compiling(options: argparse.Namespace, seconds: float) -> dict[str, Any]:
    """Time steps compiled and not, in processes of their own: a network that fails costs itself alone."""
    return each_or_why({
        name: partial(measured_compiled, name, options.device, 3, seconds=seconds / len(NETWORKS))
        for name in NETWORKS
    })


def several_workers(options: argparse.Namespace, seconds: float) -> dict[str, Any]:
    words = ["--seeds", str(options.seeds), "--workers"]
    return each_or_why({
        f"{num} workers": partial(audited, [*words, str(num)], options, seconds / 2) for num in (2, 3)
    })


def each_or_why(parts: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """Return what each part gave, or why it gave nothing."""
    found = {}
    for name, part in parts.items():
        try:
            found[name] = part()
        except subprocess.TimeoutExpired as error:
            found[name] = {"failed": f"did not end within {error.timeout:.0f} s"}
        except (RuntimeError, ValueError) as error:
            found[name] = {"failed": str(error)}
    return found


def passes(options: argparse.Namespace, _: float) -> dict[str, Any]:
    """Time passes of one ResNet-18 on random images; the yardstick is a training step in float32."""
    device = torch.device(options.device)
    model = build_model("resnet18", num_classes=10, in_channels=3, image_size=32, seed=0).eval().to(device)
    size = BATCH if device.type == "cuda" else 32
    images = torch.randn(size, 32, 32, 3, device=device).permute(0, 3, 1, 2)
    labels = torch.arange(size, device=device) % 10
    norms = GradientNorms(model)
    runs: dict[str, Callable[[], object]] = {
        "forward": partial(forward, model, images),
        "step": partial(step, model, images, labels),
        "step in full float32": partial(full_step, model, images, labels),
        "step in bfloat16": partial(bfloat16_step, model, images, labels),
        "grand": partial(norms, images, labels),
    }
    seconds = {name: timed(run, device) for name, run in runs.items()}
    return {
        "images_a_second": {name: round(size / each) for name, each in seconds.items()},
        "grand_to_step_in_full_float32": round(seconds["grand"] / seconds["step in full float32"], 3),
        f"kernel_seconds_of_{KERNEL_IMAGES}_images": timed(
            partial(ntk, model, images[:KERNEL_IMAGES]), device, rounds=1
        ),
        "convolutions_in": torch.backends.cudnn.conv.fp32_precision,  # but for GraNd: ieee
        "products_in": torch.backends.cuda.matmul.fp32_precision,
        "native_precision": native_precision(device),
    }


@torch.no_grad()
def forward(model: torch.nn.Module, images: torch.Tensor) -> None:
    model(images)


def step(model: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor) -> None:
    model.zero_grad(set_to_none=True)
    torch.autograd.backward(functional.cross_entropy(model(images).float(), labels))


def full_step(model: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor) -> None:
    with full_float32():
        step(model, images, labels)


def bfloat16_step(model: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor) -> None:
    with torch.autocast(images.device.type, dtype=torch.bfloat16):
        step(model, images, labels)


def timed(run: Callable[[], object], device: torch.device, *, rounds: int = ROUNDS) -> float:
    """Return the median seconds of ``run`` after two that warm up."""
    seconds = []
    for _ in range(rounds + 2):
        began = time.perf_counter()
        run()
        wait_for(device)
        seconds.append(time.perf_counter() - began)
    return median(seconds[2:])


PARTS: dict[str, Callable[[argparse.Namespace, float], dict[str, Any]]] = {
    "quick ensemble": quick_ensemble,
    "resnet18 ensemble": resnet18_ensemble,
    "compiling": compiling,
    "passes": passes,
    "several workers": several_workers,
}


def measured(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Return what a part gave, or why it gave nothing."""
    limit = options.seconds * SHARES[name]
    found: dict[str, Any] = each_or_why({name: partial(PARTS[name], options, limit)})[name]
    if name in GOALS:
        found["goal_seconds_on_one_h100"] = GOALS[name]
    return found


def main() -> None:
    """Read the options, run every part, write what is known after each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train", type=Path)
    parser.add_argument("--test", type=Path)
    parser.add_argument("--generated", type=int, default=50_000, help="images, where --train is not given")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=470.0)
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("There is no CUDA device here; --device cpu tries the script itself.")
    with tempfile.TemporaryDirectory() as folder:
        options.source = generated(options.generated, Path(folder))
        if options.train is not None:
            options.source = [
                str(options.train),
                *(["--test-source", str(options.test)] if options.test else []),
            ]
        document: dict[str, Any] = {
            "machine": environment(options.device),
            "source": options.train.name if options.train else f"{options.generated:,} generated images",
            "num_seeds": options.seeds,
            "num_epochs": options.epochs,
            "parts": {},
        }
        for name in PARTS:
            document["parts"][name] = measured(name, options)
            print(name, document["parts"][name], flush=True)
            options.out.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
