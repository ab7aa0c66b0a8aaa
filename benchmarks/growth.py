"""What grows with the number of images: seconds and memory of prepare, train, score, triage and export.

    python benchmarks/growth.py run [--sizes 5000 50000 500000]
    python benchmarks/growth.py table

The source is generated: grey 16 x 16 pictures, ten classes, a picture a number, so nothing but the project's
own memory is measured. One seed of the quick net trains one epoch, is scored by EL2N and GraNd, triaged, and
its scores and suspects are exported. Each size runs in a process of its own; a watch adds up the anonymous
resident memory of it and its workers twice a second. The exponent between two sizes is the logarithm of the
ratio of seconds over that of the ratio of sizes: 1 is linear. ``run`` writes results/growth.json, a
size in place of what was known of it; ``table`` puts it into docs/speed.md.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from marked import machine_line, table_of, write_between

from datadiet.pipeline.environment import environment

RESULTS = Path(__file__).parent / "results" / "growth.json"
STAGES = ("prepare", "train", "score", "triage", "export")


class Generated:
    """A map-style dataset whose picture i is made from i when it is asked for."""

    classes = tuple(str(label) for label in range(10))

    def __init__(self, size: int) -> None:
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: int) -> tuple[np.ndarray, int]:
        if index >= self._size:
            raise IndexError(index)
        label = index % 10
        noise = np.random.default_rng(index).integers(0, 128, (16, 16), dtype=np.uint8)
        noise[label : label + 4, :] += 100
        return noise, label


def work(size: int, workspace: str) -> None:
    """Go through all stages with one seed; say when each begins."""
    from datadiet.execution.engine import run_units
    from datadiet.pipeline.audit import begin_run
    from datadiet.pipeline.export import ExportRequest, export_run
    from datadiet.pipeline.image_units import TABLES, publish_image_table
    from datadiet.pipeline.plan import AuditOptions, plan_audit
    from datadiet.pipeline.progress import Silent
    from datadiet.pipeline.run import Run
    from datadiet.pipeline.scoring_units import audit_tasks, scoring_units
    from datadiet.pipeline.training_units import training_units
    from datadiet.pipeline.triage import triage_run

    settings = {"train": {"num_epochs": 1, "checkpoint_epochs": [0, 1]}, "num_folds": 0}
    print("prepare", flush=True)
    plan = plan_audit(
        Generated(size), settings, AuditOptions(num_seeds=1), workspace=workspace, progress=Silent()
    )
    files, seeds, train = begin_run(plan), plan.seeds, plan.config.train
    print("train", flush=True)
    units = training_units(files, seeds, train.checkpoint_epochs, plan.device)
    report = run_units(
        units, num_workers=plan.num_workers, num_threads=train.num_threads, on_event=lambda _: None
    )
    report.check()
    print("score", flush=True)
    tasks = audit_tasks(files, seeds, [0, files.last_step])
    run_units(
        [*units, *scoring_units(files, tasks, plan.device)],
        num_workers=plan.num_workers, num_threads=train.num_threads, on_event=lambda _: None,
    ).check()  # fmt: skip
    print("triage", flush=True)
    for name in TABLES:
        publish_image_table(files, name)
    triage_run(files, seeds, progress=Silent())
    print("export", flush=True)
    with tempfile.TemporaryDirectory() as out:
        for what in ("scores", "suspects"):
            export_run(Run(files, tuple(seeds)), ExportRequest(what=what, out=Path(out) / f"{what}.csv"))
    print("end", flush=True)


def anonymous_mib(process: psutil.Process) -> float:
    """Return the anonymous resident memory of a process and its children, in MiB: what cannot be dropped."""
    total = 0
    for each in [process, *process.children(recursive=True)]:
        try:
            status = Path(f"/proc/{each.pid}/status").read_text()
        except OSError:
            continue
        held = status.partition("RssAnon:")[2].split()  # a process that has just ended has none
        total += int(held[0]) if held else 0
    return total / 1024


def measure(size: int) -> dict[str, Any]:
    """Return seconds and peak anonymous memory of each stage at one size."""
    load = psutil.getloadavg()[0]
    with tempfile.TemporaryDirectory() as workspace:
        command = [sys.executable, __file__, "work", "--sizes", str(size), "--workspace", workspace]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        peaks, seconds, stage = dict.fromkeys(STAGES, 0.0), dict.fromkeys(STAGES, 0.0), [""]
        over = threading.Event()

        def watch() -> None:
            inspected = psutil.Process(process.pid)
            while not over.wait(0.5):
                try:
                    held = anonymous_mib(inspected)
                except psutil.Error:
                    return
                if stage[0] in peaks:
                    peaks[stage[0]] = max(peaks[stage[0]], held)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        begun = time.perf_counter()
        for line in process.stdout or []:
            if stage[0]:
                seconds[stage[0]] = time.perf_counter() - begun
            stage[0], begun = line.strip(), time.perf_counter()
        over.set()
        if process.wait():
            sys.exit(f"size {size} ended with {process.returncode}")
    return {
        "num_images": size,
        "load_before": load,
        "peak_anonymous_mib": peaks,
        "seconds": seconds,
    }


def exponents(found: list[dict[str, Any]]) -> dict[str, list[float]]:
    """Return, a stage, the exponent of its seconds from each size to the next."""
    return {
        stage: [
            round(
                math.log(after["seconds"][stage] / before["seconds"][stage])
                / math.log(after["num_images"] / before["num_images"]),
                2,
            )
            for before, after in pairwise(found)
        ]
        for stage in STAGES
    }


def lines_of(found: list[dict[str, Any]]) -> list[str]:
    """Return the lines of the table."""
    sizes = [f"{each['num_images']:,}" for each in found]
    head = [
        "stage",
        *(f"{size}: seconds" for size in sizes),
        "exponents",
        *(f"{size}: MiB" for size in sizes),
    ]
    rows = []
    for stage, steps in exponents(found).items():
        seconds = [f"{each['seconds'][stage]:.1f}" for each in found]
        memory = [f"{each['peak_anonymous_mib'][stage]:,.0f}" for each in found]
        rows.append([stage, *seconds, ", ".join(f"{step:.2f}" for step in steps), *memory])
    return table_of(head, rows)


def known() -> list[dict[str, Any]]:
    """Return the sizes that were measured, the smallest first."""
    document = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {"sizes": []}
    return sorted(document["sizes"], key=lambda each: int(each["num_images"]))


def record(entry: dict[str, Any]) -> None:
    """Write a size in place of what was known of it."""
    others = [each for each in known() if each["num_images"] != entry["num_images"]]
    RESULTS.write_text(
        json.dumps({"machine": environment("cpu"), "sizes": [*others, entry]}, indent=1) + "\n"
    )
    print(entry, flush=True)


def main() -> None:
    """Read the options and do what they say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["run", "table", "work"])
    parser.add_argument("--sizes", nargs="*", type=int, default=[5_000, 50_000, 500_000])
    parser.add_argument("--workspace", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.what == "work":
        work(asked.sizes[0], asked.workspace)
    elif asked.what == "table":
        machine = json.loads(RESULTS.read_text())["machine"]
        loads = ", ".join(f"{each['load_before']:.1f}" for each in known())
        head = f"{machine_line(machine)} Load before each size: {loads}."
        write_between("speed.md", "growth", "growth.py", [head, "", *lines_of(known())])
    else:
        for size in asked.sizes:
            record(measure(size))


if __name__ == "__main__":
    main()
