"""Kernels layer by layer against the obvious way: time and memory of ``ntk`` and of ``torch.func.jacrev``.

    python benchmarks/ntk.py run [--rows 100] [--resnet-rows 8] [--repeats 3]
    python benchmarks/ntk.py table

For the quick net on 28 × 28 grey images and ResNet-18 on 32 × 32 colour images, ten classes each: the Gram
matrix of the Jacobian of all logits by what is trained, on the CPU in float32. Each way runs in a process of
its own, after a kernel of one image; memory is the peak resident size of that process above what it held
before. jacrev holds the whole Jacobian (rows × classes × parameters), so ResNet-18 gets few rows; ``ntk`` is
measured on the paper's 100 too. Run it on a quiet machine. Results: benchmarks/results/ntk.json, and the
table of docs/dynamics.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import torch
from marked import machine_line, table_of, write_between
from torch import Tensor, nn

from datadiet.dynamics.ntk import ntk
from datadiet.pipeline.environment import environment
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


def most_megabytes() -> float:
    """Return the most memory that this process ever held; what getrusage says begins with its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measured(way: str, net: str, rows: int) -> dict[str, float]:
    """Return the seconds and the growth of memory of one kernel in this process, and a sum to compare."""
    channels, side = NETS[net]
    model = build_model(net, num_classes=10, in_channels=channels, image_size=side, seed=0).eval()
    images = torch.randn(rows, channels, side, side, generator=torch.Generator().manual_seed(0))
    WAYS[way](model, images[:1])  # what is loaded and planned once
    before = most_megabytes()
    started = time.perf_counter()
    kernel = WAYS[way](model, images)
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "megabytes": most_megabytes() - before,
        "trace": float(kernel.trace()),
    }


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


def table() -> None:
    """Write the table of docs/dynamics.md."""
    known = json.loads(RESULTS.read_text(encoding="utf-8"))
    head = ["net", "images", "ntk: s, MiB", "jacrev: s, MiB", "jacrev / ntk: time, memory"]
    rows = [
        [
            row["net"],
            row["rows"],
            cost(row["ntk"]),
            cost(row["jacrev"]) if "jacrev" in row else "not tried",
            f"{row['time_ratio']:.1f}, {row['memory_ratio']:.1f}" if "time_ratio" in row else "-",
        ]
        for row in known["rows"]
    ]
    what = (
        f"{known['threads']} threads, fastest of {known['repeats']} processes, load "
        f"{known['load_before']:.1f} before. {machine_line(known['machine'])}"
    )
    write_between("dynamics.md", "kernels", "ntk.py", [what, "", *table_of(head, rows)])


def cost(found: dict[str, Any]) -> str:
    """Return seconds and memory, or that it was ended."""
    if "failed" in found:
        return f"failed: {found['failed']}"
    return f"{found['seconds']:.1f}, {found['megabytes']:,.0f}"


def run(args: argparse.Namespace) -> None:
    """Measure all of it and write the results."""
    rows, load = [], psutil.getloadavg()[0]
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
    document = {
        "machine": environment("cpu"),
        "load_before": load,
        "threads": torch.get_num_threads(),
        "repeats": args.repeats,
        "rows": rows,
    }
    RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(document, indent=1))


def main() -> None:
    """Measure, or write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="?", default="run", choices=["run", "table"])
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--resnet-rows", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", nargs=3, metavar=("WAY", "NET", "ROWS"))
    args = parser.parse_args()
    if args.one:
        way, net, rows = args.one
        print(json.dumps(measured(way, net, int(rows))))
        return
    if args.what == "table":
        table()
    else:
        run(args)


if __name__ == "__main__":
    main()
