"""What a retraining costs beyond its steps, within one study, in one process.

    python benchmarks/retrain_cost.py run [--sets digits ...] [--repeats 5] [--workspace DIR]
    python benchmarks/retrain_cost.py table

Each set is audited, then all data are retrained for two epochs, and a fiftieth of them, drawn at random,
for one: a step or two, and whatever a retraining costs besides. The two give the seconds of a step and the
fixed cost. One seed after another goes through one worker, as in a sweep; the first of each, which reads
the pixels into memory, is left out. Measuring on the held-out images is part of the fixed cost and grows
with their number: it is timed apart, on the same images. Run it on a quiet machine. Results:
benchmarks/results/retrain_cost.json, and the table in docs/speed.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import psutil
import torch
from audits import sources
from marked import machine_line, table_of, write_between

from datadiet.execution.heap import keep_freed_memory
from datadiet.pipeline.progress import Silent
from datadiet.pipeline.run import Run, open_run
from datadiet.pipeline.studies import Protocol, open_study
from datadiet.pipeline.sweep import Sweeper, SweepOptions
from datadiet.pipeline.training_units import training_data
from datadiet.study.points import Point
from datadiet.training.checkpoint import load_model
from datadiet.training.device import forward_in
from datadiet.training.inputs import predictions
from datadiet.training.loop import initial_checkpoint

RESULTS = Path(__file__).parent / "results" / "retrain_cost.json"
SETS = ("digits", "CIFAR-10, 10,000 images")
LONG = (Point(rule="all"), Protocol(num_epochs=2))
SHORT = (Point(rule="random", keep_fraction=0.02), Protocol(fixed="epochs", num_epochs=1))
CPU = torch.device("cpu")
FIRST_SEED = 900  # none that another study of the run has measured


def audited(name: str, folder: Path) -> Run:
    """Return the run of a set, audited where it is not yet."""
    words = [*sources(folder)[name], "--name", name, "--workspace", str(folder / "workspace")]
    subprocess.run([sys.executable, "-m", "datadiet", "audit", *words], check=True)
    return open_run(name, workspace=folder / "workspace")


def seconds_of(run: Run, point: Point, protocol: Protocol, repeats: int) -> dict[str, Any]:
    """Return the steps of a retraining of ``point``, and the seconds of each, the first one left out."""
    seeds = range(FIRST_SEED, FIRST_SEED + repeats + 1)
    with Sweeper(run, SweepOptions(protocol, num_workers=1), progress=Silent()) as sweeper:
        for seed in seeds:
            sweeper.measure([(point, seed)])
    frame = open_study(run.files, protocol).retrainings()
    mine = frame[(frame["point_id"] == point.point_id) & frame["seed"].isin(list(seeds)[1:])]
    return {"num_steps": int(mine["num_steps"].iloc[0]), "seconds": mine["train_seconds"].tolist()}


def held_out_seconds(run: Run, repeats: int) -> tuple[int, float]:
    """Return how many images are held out, and the median seconds of measuring a model on them."""
    data, config = training_data(run.files, 0), run.files.config.train
    model = load_model(initial_checkpoint(config, data, 0), config, CPU)
    rows = np.concatenate([data.validation_rows, data.test_rows])
    torch.set_num_threads(config.num_threads)
    keep_freed_memory()  # as a worker does
    seconds = []
    for _ in range(repeats + 1):
        started = perf_counter()
        with forward_in(config.precision, CPU):
            predictions(model, data.images, rows, data.stats, CPU)
        seconds.append(perf_counter() - started)
    return len(rows), median(seconds[1:])


def measured(run: Run, repeats: int) -> dict[str, Any]:
    """Return what retrainings of a run cost."""
    load = psutil.getloadavg()[0]
    short, long = (seconds_of(run, *each, repeats) for each in (SHORT, LONG))
    seconds = {name: median(each["seconds"]) for name, each in (("short", short), ("long", long))}
    a_step = (seconds["long"] - seconds["short"]) / (long["num_steps"] - short["num_steps"])
    num_held_out, evaluation = held_out_seconds(run, repeats)
    return {
        "set": run.name,
        "num_held_out": num_held_out,
        "short": short,
        "long": long,
        "seconds_a_step": a_step,
        "fixed_seconds": seconds["short"] - short["num_steps"] * a_step,
        "held_out_seconds": evaluation,
        "repeats": repeats,
        "load_before": load,
        "machine": run.files.environment,
    }


def table() -> None:
    """Write the table of docs/speed.md."""
    known = json.loads(RESULTS.read_text())
    head = ["run", "all data, s", "a fiftieth, s", "ms a step", "fixed, s", "of it held-out images, s"]
    rows = [
        [
            each["set"],
            shown(each["long"]),
            shown(each["short"]),
            f"{1000 * each['seconds_a_step']:.1f}",
            f"{each['fixed_seconds']:.2f}",
            f"{each['held_out_seconds']:.2f} ({each['num_held_out']:,})",
        ]
        for each in known
    ]
    loads = ", ".join(str(round(each["load_before"], 1)) for each in known)
    lines = [f"Load before {loads}. {machine_line(known[0]['machine'])}", "", *table_of(head, rows)]
    write_between("speed.md", "retrainings", "retrain_cost.py", lines)


def shown(found: dict[str, Any]) -> str:
    """Return the median of the seconds, their range and the steps, in words."""
    seconds, steps = found["seconds"], found["num_steps"]
    words = f"{steps:,} step{'' if steps == 1 else 's'}"
    return f"{median(seconds):.2f} ({min(seconds):.2f}-{max(seconds):.2f}; {words})"


def run(names: list[str], repeats: int, folder: Path) -> None:
    """Audit and measure the sets, and store what was found."""
    for name in names:
        entry = measured(audited(name, folder), repeats)
        known = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
        kept = [old for old in known if old["set"] != name]
        RESULTS.write_text(json.dumps([*kept, entry], indent=1) + "\n")
        print(json.dumps({key: value for key, value in entry.items() if key != "machine"}, indent=1))


def main() -> None:
    """Measure, or write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--workspace", type=Path, help="Where audits are kept; a folder for this run alone.")
    options = parser.parse_args()
    if options.what == "table":
        table()
        return
    with tempfile.TemporaryDirectory() as scratch:
        run(options.sets, options.repeats, options.workspace or Path(scratch))


if __name__ == "__main__":
    main()
