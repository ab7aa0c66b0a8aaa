"""GraNd costs about one plain forward and backward pass of the same batch: ratios, measured in turn.

    python benchmarks/grand.py [--threads 2] [--repeats 7] [--networks quick resnet18]

Every contender scores the same 64 random CIFAR-size images with the same network in evaluation mode, one
after another, round after round; a ratio is the median over rounds of its time over that round's plain pass.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from datadiet.scores.autograd_ways import squares_by_vmap, squares_one_by_one
from datadiet.scores.el2n import el2n, error_vectors
from datadiet.scores.grand import grand
from datadiet.scores.per_example import GradientNorms
from datadiet.training.models import build_model

RESULT = Path(__file__).parent / "results" / "grand.json"
BATCH_SIZE, SIZE, NUM_CLASSES = 64, 32, 10


def plain(model: nn.Module, images: Tensor, labels: Tensor) -> None:
    """Run the yardstick: forward and backward of the mean loss, every .grad filled."""
    model.zero_grad(set_to_none=True)
    functional.cross_entropy(model(images), labels).backward()


def forward_only(model: nn.Module, images: Tensor, labels: Tensor) -> None:
    with torch.no_grad():
        el2n(model(images), labels)


def by_autograd(
    way: Callable[..., dict[str, Tensor]], model: nn.Module, images: Tensor, labels: Tensor
) -> None:
    way(model, images, partial(error_vectors, labels=labels), model)


def by_backpack(model: nn.Module, images: Tensor, labels: Tensor) -> None:
    from backpack import backpack, extensions

    model.zero_grad(set_to_none=True)
    loss = nn.functional.cross_entropy(model(images), labels, reduction="sum")
    with backpack(extensions.BatchL2Grad()):
        loss.backward()


def contenders(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, Callable[[], object]]:
    last = images.contiguous(memory_format=torch.channels_last)
    norms = GradientNorms(model)
    norms(images, labels)  # inspected once a model, as in a pass over a data set
    found: dict[str, Callable[[], object]] = {
        "plain": partial(plain, model, images, labels),
        "plain channels_last": partial(plain, model, last, labels),
        "grand, a pass's next batch": partial(norms, images, labels),
        "grand, channels_last": partial(norms, last, labels),
        "grand, first batch": partial(grand, model, images, labels),
        "el2n": partial(forward_only, model, images, labels),
        "torch.func": partial(by_autograd, squares_by_vmap, model, images, labels),
        "loop": partial(by_autograd, squares_one_by_one, model, images, labels),
    }
    if importlib.util.find_spec("backpack"):
        from backpack import extend

        twin = extend(build_twin(model), use_converter=True)
        found["backpack"] = partial(by_backpack, twin, images, labels)
    return found


def build_twin(model: nn.Module) -> nn.Module:
    import copy

    return copy.deepcopy(model).eval()


def seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(name: str, *, repeats: int) -> dict[str, Any]:
    model = build_model(name, num_classes=NUM_CLASSES, in_channels=3, image_size=SIZE, seed=0).eval()
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(BATCH_SIZE, 3, SIZE, SIZE, generator=generator)
    labels = torch.randint(0, NUM_CLASSES, (BATCH_SIZE,), generator=generator)
    functions = contenders(model, images, labels)
    for function in functions.values():
        function()
    rounds = [{who: seconds(function) for who, function in functions.items()} for _ in range(repeats)]
    ratios = {who: [each[who] / each["plain"] for each in rounds] for who in functions}
    quartiles = {who: np.quantile(each, [0.25, 0.75]).round(3).tolist() for who, each in ratios.items()}
    return {
        "network": name,
        "way": GradientNorms(model).way(images),
        "ratio_to_plain": {who: round(median(values), 3) for who, values in ratios.items()},
        "quartiles": quartiles,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--networks", nargs="+", default=["quick", "resnet18"])
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    result = {
        "what": "median over rounds: seconds ÷ seconds of a plain forward and backward of the batch, NCHW",
        "machine": {
            "processor": platform.machine(),
            "system": platform.system(),
            "threads": arguments.threads,
        },
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "batch_size": BATCH_SIZE,
        "image_size": SIZE,
        "repeats": arguments.repeats,
        "networks": [measure(name, repeats=arguments.repeats) for name in arguments.networks],
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    for network in result["networks"]:
        print(f"{network['network']} ({network['way']})")
        for who, ratio in network["ratio_to_plain"].items():
            print(f"  {who:28} {ratio:6.2f}   {network['quartiles'][who]}")


if __name__ == "__main__":
    main()
