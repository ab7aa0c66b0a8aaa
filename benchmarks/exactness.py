"""Is GraNd exact on networks of every family? Against one backward pass an example, in float64 and float32.

    python benchmarks/exactness.py run [--only resnet18 vit_b_16]
    python benchmarks/exactness.py table

Each network is built for the smallest images it takes, with random weights and with statistics of
normalisation layers from two passes in training mode, and scores 64 random images (transformers and ConvNeXt
16; ResNet-50 16 of each of 24 draws of weights, images and statistics, Inception of each of 64: errors of all
draws are taken together, with an interval from resampled draws). float64: the largest relative difference
from the loop. float32: the median relative error of ours and of the loop's own, against the float64 loop;
ours should be at most twice the loop's. As the loop sees one image at a time, so do ours there; a batch of
all rounds its forward pass another way, and its error stands beside, as does the loop's with images and
weights laid channels last, as ours lie within. Last, how many parameters go which way.
Results: benchmarks/results/exactness.json, one entry a network, and the table of docs/speed.md.
"""

from __future__ import annotations

import argparse
import copy
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from marked import machine_line, table_of, write_between
from torch import Tensor, nn

from datadiet.pipeline.environment import environment
from datadiet.scores.autograd_ways import squares_one_by_one
from datadiet.scores.el2n import error_vectors
from datadiet.scores.per_example import GradientNorms
from datadiet.training.models import build_model

RESULTS = Path(__file__).parent / "results" / "exactness.json"
FIGURES = (
    "float64_largest",
    "float32_median",
    "float32_loop_median",
    "float32_loop_last_median",
    "float32_batch_median",
)
NUM_IMAGES, NUM_STATISTICS, NUM_CLASSES = 64, 64, 10
OTHER_NUM_IMAGES = {
    **dict.fromkeys(("vit_b_16", "convnext_tiny", "swin_t", "maxvit_t"), 16),  # whose gradients fill memory
    **dict.fromkeys(("resnet50", "inception_v3"), 16),  # of each of many draws
}
# Whose errors lie on both sides of a gap, on which one with the weights: the median of one draw is chance.
OTHER_NUM_DRAWS = {"resnet50": 24, "inception_v3": 64}
NUM_RESAMPLES = 2000
SIDES = {  # network -> pixels
    "quick": 32,
    "resnet18": 32,
    "resnet50": 32,
    "alexnet": 64,
    "vgg11_bn": 32,
    "densenet121": 32,
    "mobilenet_v3_small": 32,
    "efficientnet_b0": 32,
    "shufflenet_v2_x0_5": 32,
    "mnasnet0_5": 32,
    "regnet_y_400mf": 32,
    "convnext_tiny": 32,
    "vit_b_16": 32,
    "swin_t": 32,
    "maxvit_t": 224,
    "googlenet": 32,
    "inception_v3": 75,
}


def prepared(name: str, side: int, seed: int) -> tuple[nn.Module, Tensor, Tensor]:
    """Return a network in float64 with statistics of its own, images and labels."""
    torch.manual_seed(seed)
    model = build_model(name, num_classes=NUM_CLASSES, in_channels=3, image_size=side, seed=seed).double()
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = (
                None  # the mean of all passes: with the last weighted, few passes leave it far off
            )
    num_images = OTHER_NUM_IMAGES.get(name, NUM_IMAGES)
    images = torch.randn(num_images, 3, side, side, dtype=torch.float64)
    with torch.no_grad():
        model.train()
        for _ in range(2):
            model(torch.randn(NUM_STATISTICS, 3, side, side, dtype=torch.float64))
    return model.eval(), images, torch.arange(num_images) % NUM_CLASSES


def by_loop(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Return the norms from one backward pass an example."""
    squares = squares_one_by_one(model, images, lambda logits: error_vectors(logits, labels=labels), model)
    return torch.stack(list(squares.values())).sum(dim=0).sqrt().double()


def relative(found: Tensor, truth: Tensor) -> Tensor:
    return ((found.double() - truth) / truth).abs()


def drawn(name: str, side: int, seed: int) -> tuple[dict[str, Tensor], Counter[str]]:
    """Return the errors of one draw, image by image, and how many parameters go which way."""
    model, images, labels = prepared(name, side, seed)
    truth = by_loop(model, images, labels)
    norms = GradientNorms(model)
    ours = norms(images, labels)
    ways = Counter(way.partition(" (")[0] for way in norms.parameter_ways(images).values())
    small, few = copy.deepcopy(model).float(), images.float()
    narrow = GradientNorms(small)
    last = copy.deepcopy(small).to(memory_format=torch.channels_last)
    few_last = few.contiguous(memory_format=torch.channels_last)
    single = torch.cat([narrow(few[row : row + 1], labels[row : row + 1]) for row in range(len(few))])
    errors = {
        "float64": relative(ours, truth),
        "float32": relative(single, truth),
        "float32_loop": relative(by_loop(small, few, labels), truth),
        "float32_loop_last": relative(by_loop(last, few_last, labels), truth),
        "float32_batch": relative(narrow(few, labels), truth),
    }
    return errors, ways


def ratio_of_medians(draws: Sequence[dict[str, Tensor]]) -> float:
    """Return the median error of ours over the loop's, errors of all draws taken together."""
    ours, loops = (torch.cat([draw[each] for draw in draws]).median() for each in ("float32", "float32_loop"))
    return float(ours / loops)


def ratio_interval(draws: Sequence[dict[str, Tensor]]) -> list[float]:
    """Return the 95 % percentile interval of the ratio of medians, draws resampled with replacement."""
    chosen = torch.randint(
        len(draws), (NUM_RESAMPLES, len(draws)), generator=torch.Generator().manual_seed(0)
    )
    ratios = torch.tensor([ratio_of_medians([draws[number] for number in row]) for row in chosen.tolist()])
    return ratios.quantile(torch.tensor([0.025, 0.975])).tolist()


def measured(name: str, side: int) -> dict[str, Any]:
    """Return how far GraNd is from the loop on one network, over all draws."""
    draws, ways = zip(*(drawn(name, side, seed) for seed in range(OTHER_NUM_DRAWS.get(name, 1))), strict=True)
    errors = {each: torch.cat([draw[each] for draw in draws]) for each in draws[0]}
    return {
        "network": name,
        "side": side,
        "num_images": len(errors["float64"]),
        "ways": ways[0],
        "float64_largest": float(errors.pop("float64").max()),
        **{f"{each}_median": float(error.median()) for each, error in errors.items()},
        **{f"{each}_mean": float(error.mean()) for each, error in errors.items()},
        "float32_ratio": ratio_of_medians(draws),
        "float32_ratio_interval": ratio_interval(draws) if len(draws) > 1 else None,
        "float32_ratio_by_draw": [ratio_of_medians([draw]) for draw in draws],
        "machine": environment("cpu"),
    }


def run(names: list[str]) -> None:
    """Measure, an entry a network; entries that are there are replaced."""
    for name in names:
        entry = measured(name, SIDES[name])
        known = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
        kept = [old for old in known if old["network"] != name]
        RESULTS.write_text(json.dumps([*kept, entry], indent=1) + "\n")
        print({key: each for key, each in entry.items() if key != "machine"}, flush=True)


def table() -> None:
    """Write the table of docs/speed.md."""
    known = json.loads(RESULTS.read_text())
    head = [
        "network",
        "px",
        "parameters by layer",
        "by copy",
        "by torch.func",
        "float64",
        "float32",
        "loop",
        "loop, channels last",
        "in a batch",
        "float32 / loop",
        "float32 / loop, channels last",
    ]
    rows = [
        [
            each["network"],
            each["side"],
            each["ways"].get("by layer", 0),
            each["ways"].get("by copy", 0),
            sum(count for way, count in each["ways"].items() if way not in {"by layer", "by copy"}),
            *(f"{each[name]:.1e}" for name in FIGURES),
            *(
                f"{each['float32_median'] / each[f'float32_{loop}_median']:.2f}"
                for loop in ("loop", "loop_last")
            ),
        ]
        for each in sorted(known, key=lambda each: list(SIDES).index(each["network"]))
    ]
    write_between(
        "speed.md",
        "exactness",
        "exactness.py",
        [machine_line(known[0]["machine"]), "", *table_of(head, rows)],
    )


def main() -> None:
    """Measure, or write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("--only", nargs="*", default=list(SIDES), choices=list(SIDES))
    options = parser.parse_args()
    if options.what == "table":
        table()
    else:
        run(options.only)


if __name__ == "__main__":
    main()
