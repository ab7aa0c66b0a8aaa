"""Does the cost model of GraNd's convolutions take the fastest of its four ways? Every shape, every way.

    python benchmarks/grand_layers.py run [--networks quick resnet18 ...] [--rounds 3]
    python benchmarks/grand_layers.py table

Each convolution of a network is shown random maps of the size it sees on images of 32 pixels, channels last,
16 examples, one thread, freed memory kept as in a worker; each way takes its turn, round after round, and a
time is the median CPU time over rounds. For a network: the seconds of the ways that the model takes against
the fastest way of every layer, of one way for all layers against the same, and the layer at which most is
lost. Writes benchmarks/results/grand_layers.json; ``table`` puts it into docs/speed.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import torch
from marked import machine_line, table_of, write_between
from torch import Tensor, nn

from datadiet.execution.heap import keep_freed_memory
from datadiet.pipeline.environment import environment
from datadiet.scores.conv_norms import by_group, cheapest_way, plans, squares_by
from datadiet.scores.conv_ways import ConvShape
from datadiet.training.models import build_model

RESULT = Path(__file__).parent / "results" / "grand_layers.json"
NETWORKS = ("quick", "resnet18", "densenet121", "mobilenet_v3_small", "efficientnet_b0", "regnet_y_400mf")
NUM_EXAMPLES, SIDE, NUM_CLASSES = 16, 32, 10
WAYS = {
    "by_grouped_gradient": "grouped gradient",
    "by_unfolded_rows": "unfolded rows",
    "by_unfolded_gram": "unfolded Gram",
    "by_compact_gram": "compact Gram",
}


def convolutions(network: str) -> Iterator[tuple[nn.Conv2d, Tensor, Tensor]]:
    """Yield each trained convolution with random input and output gradient of the sizes it sees."""
    model = build_model(network, num_classes=NUM_CLASSES, in_channels=3, image_size=SIDE, seed=0).eval()
    seen: list[tuple[nn.Conv2d, torch.Size, torch.Size]] = []

    def note(layer: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
        assert isinstance(layer, nn.Conv2d)
        seen.append((layer, args[0].shape, output.shape))

    for layer in model.modules():
        if isinstance(layer, nn.Conv2d) and layer.weight.requires_grad:
            layer.register_forward_hook(note)
    with torch.no_grad():
        model(torch.randn(NUM_EXAMPLES, 3, SIDE, SIDE))
    for layer, read, gave in seen:
        x, g = (torch.randn(shape).contiguous(memory_format=torch.channels_last) for shape in (read, gave))
        yield layer, x, g


def times(shape: ConvShape, x: Tensor, g: Tensor, rounds: int) -> dict[str, float]:
    """Return the seconds of each way, by its function's name: the median over rounds, ways in turn."""
    found: dict[str, list[float]] = {}
    for turn in range(rounds + 1):  # the first warms up
        for plan in plans(shape):
            begun = process_time()
            squares_by(plan, shape, x, g)
            if turn:
                found.setdefault(plan.way.__name__, []).append(process_time() - begun)
    return {name: median(each) for name, each in found.items()}


def measure(network: str, rounds: int) -> dict[str, Any]:
    """Return the seconds of every way at every layer, and which one the model takes."""
    known: dict[ConvShape, dict[str, float]] = {}
    layers = []
    for conv, x, g in convolutions(network):
        shape, x_group, g_group = by_group(conv, x, g)
        if shape not in known:
            known[shape] = times(shape, x_group, g_group, rounds)
        taken = cheapest_way(shape).way.__name__
        layers.append({"shape": words_of(conv, shape), "taken": taken, "seconds": known[shape]})
    return {"network": network, "num_shapes": len(known), "layers": layers}


def words_of(conv: nn.Conv2d, shape: ConvShape) -> str:
    """Return a layer in words, such as ``3 x 3, 16 to 32, 31 x 31``."""
    groups = f", {conv.groups} groups" if conv.groups > 1 else ""
    kernel, size = (" x ".join(map(str, each)) for each in (shape.kernel, shape.out_size))
    return f"{kernel}, {conv.in_channels} to {conv.out_channels}{groups}, {size}"


def run(networks: list[str], rounds: int) -> None:
    """Measure and write the result."""
    torch.set_num_threads(1)
    keep_freed_memory()
    measured = []
    for network in networks:
        measured.append(measure(network, rounds))
        print(" | ".join(row_of(measured[-1])), flush=True)
    document = {"machine": environment("cpu"), "rounds": rounds, "networks": measured}
    RESULT.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def row_of(measured: dict[str, Any]) -> list[str]:
    """Return a line of the table."""
    layers = measured["layers"]
    fastest = sum(min(each["seconds"].values()) for each in layers)
    taken = sum(each["seconds"][each["taken"]] for each in layers)
    alone = [sum(each["seconds"][way] for each in layers) / fastest for way in WAYS]
    worst = max(layers, key=lost)
    share = lost(worst) / fastest
    return [
        measured["network"],
        f"{len(layers)} ({measured['num_shapes']})",
        f"{taken / fastest:.2f}",
        *(f"{each:.1f}" for each in alone),
        f"{100 * share:.0f} %: {worst['shape']}, {WAYS[worst['taken']]}" if share >= 0.005 else "none",
    ]


def lost(layer: dict[str, Any]) -> float:
    """Return the seconds by which the way taken is slower than the fastest one."""
    return float(layer["seconds"][layer["taken"]] - min(layer["seconds"].values()))


def table() -> None:
    """Write the table into the page."""
    document = json.loads(RESULT.read_text(encoding="utf-8"))
    head = ["network", "convolutions (shapes)", "taken / fastest", *WAYS.values(), "most is lost at"]
    rows = [row_of(each) for each in document["networks"]]
    lines = [f"One thread, {document['rounds']} rounds. {machine_line(document['machine'])}", ""]
    write_between("speed.md", "layers", "grand_layers.py", [*lines, *table_of(head, rows)])


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("--networks", nargs="*", default=list(NETWORKS))
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    if asked.what == "table":
        table()
    else:
        run(asked.networks, asked.rounds)


if __name__ == "__main__":
    main()
