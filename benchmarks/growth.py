"""Does memory stay bounded when the number of images grows tenfold? Prepare, train a little, score.

    python benchmarks/growth.py [--sizes 50000 500000]

The source is generated: grey 16 x 16 pictures, ten classes, a picture a number, so nothing but the
project's own memory is measured. Each size runs in a process of its own; a watch adds up the anonymous
resident memory of it and its workers twice a second. Writes benchmarks/results/growth.json.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil

RESULTS = Path(__file__).parent / "results" / "growth.json"
NUM_STEPS = 20  # of training: enough for a model, nothing grows with it
STAGES = ("prepare", "train and score")


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
    """Prepare, then train 20 steps of one seed and score by EL2N and GraNd; say when each stage ends."""
    from datadiet.pipeline.audit import begin_run, train_and_score
    from datadiet.pipeline.plan import AuditOptions, plan_audit
    from datadiet.pipeline.progress import Silent

    settings = {"train": {"num_epochs": 1, "num_steps": NUM_STEPS}, "num_folds": 0}
    print("prepare", flush=True)
    plan = plan_audit(
        Generated(size), settings, AuditOptions(num_seeds=1), workspace=workspace, progress=Silent()
    )
    print("train and score", flush=True)
    train_and_score(begin_run(plan), plan, plan.seeds, progress=Silent())
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


def measure(size: int) -> dict[str, object]:
    """Return seconds and peak anonymous memory of each stage at one size."""
    with tempfile.TemporaryDirectory() as workspace:
        command = [sys.executable, __file__, "--work", str(size), workspace]
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
    return {"num_images": size, "peak_anonymous_mib": peaks, "seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", nargs="*", type=int, default=[50_000, 500_000])
    parser.add_argument("--work", nargs=2, metavar=("SIZE", "WORKSPACE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(int(asked.work[0]), asked.work[1])
        return
    found = [measure(size) for size in asked.sizes]
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    for each in found:
        print(each)


if __name__ == "__main__":
    main()
