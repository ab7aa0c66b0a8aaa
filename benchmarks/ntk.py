"""Kernels layer by layer against the obvious way: time and memory of ``ntk`` and of ``torch.func.jacrev``.

    python benchmarks/ntk.py [--rows 100] [--resnet-rows 8] [--repeats 3]

For the quick net on 28 × 28 grey images and ResNet-18 on 32 × 32 colour images, ten classes each: the Gram
matrix of the Jacobian of all logits by what is trained, on the CPU in float32. Each way runs in a process of
its own, after a kernel of one image; memory is the peak resident size of that process above what it held
before. jacrev holds the whole Jacobian (rows × classes × parameters), so ResNet-18 gets few rows; ``ntk`` is
measured on the paper's 100 too. Run it on a quiet machine. Results: benchmarks/results/ntk.json.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from datadiet.dynamics.ntk import ntk
from datadiet.training.models import build_model

RESULTS = Path(__file__).parent / "results" / "ntk.json"
NETS = {"quick": (1, 28), "resnet18": (3, 32)}  # channels, side


def obvious(model: nn.Module, images: Tensor) -> Tensor:
    """Return the Gram matrix from the whole Jacobian."""
    parameters = {name: value.detach() for name, value in model.named_parameters() if value.requires_grad}

    def logits(values: dict[str, Tensor]) -> Tensor:
        return torch.func.functional_call(model, values, (images,))

    jacobian = torch.func.jacrev(logits)(parameters)
    rows = torch.cat([each.flatten(start_dim=2).flatten(end_dim=1) for each in jacobian.values()], dim=1)
    return rows @ rows.T


WAYS = {"ntk": ntk, "jacrev": obvious}


def measured(way: str, net: str, rows: int) -> dict[str, float]:
    """Return the seconds and the growth of memory of one kernel in this process, and a sum to compare."""
    channels, side = NETS[net]
    model = build_model(net, num_classes=10, in_channels=channels, image_size=side, seed=0).eval()
    images = torch.randn(rows, channels, side, side, generator=torch.Generator().manual_seed(0))
    WAYS[way](model, images[:1])  # what is loaded and planned once
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    kernel = WAYS[way](model, images)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "megabytes": (after - before) / 1024, "trace": float(kernel.trace())}


def in_a_process(way: str, net: str, rows: int) -> dict[str, Any]:
    """Return what a fresh process measures; a word where it was ended for its memory."""
    command = [sys.executable, __file__, "--one", way, net, str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "ended"}
    return json.loads(done.stdout)


def best_of(way: str, net: str, rows: int, repeats: int) -> dict[str, Any]:
    """Return the fastest of some processes."""
    found = [in_a_process(way, net, rows) for _ in range(repeats)]
    return next((each for each in found if "failed" in each), None) or min(found, key=lambda f: f["seconds"])


def main() -> None:
    """Measure all of it and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--resnet-rows", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", nargs=3, metavar=("WAY", "NET", "ROWS"))
    args = parser.parse_args()
    if args.one:
        way, net, rows = args.one
        print(json.dumps(measured(way, net, int(rows))))
        return
    rows = []
    for net, num in (("quick", args.rows), ("resnet18", args.resnet_rows)):
        row: dict[str, Any] = {"net": net, "rows": num}
        row |= {way: best_of(way, net, num, args.repeats) for way in WAYS}
        if all("failed" not in row[way] for way in WAYS):
            assert abs(row["ntk"]["trace"] / row["jacrev"]["trace"] - 1) < 1e-3, "the kernels differ"
            row["time_ratio"] = row["jacrev"]["seconds"] / row["ntk"]["seconds"]
            row["memory_ratio"] = row["jacrev"]["megabytes"] / max(row["ntk"]["megabytes"], 1.0)
        rows.append(row)
    alone = best_of("ntk", "resnet18", args.rows, 1)
    rows.append({"net": "resnet18", "rows": args.rows, "ntk": alone})
    document = {"torch": torch.__version__, "threads": torch.get_num_threads(), "rows": rows}
    RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
