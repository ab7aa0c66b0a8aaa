"""What a retraining costs beyond its steps, within one study: seconds against steps, in one process.

    python benchmarks/retrain_cost.py run --workspace DIR --run RUN [--repeats 5]
    python benchmarks/retrain_cost.py table

All data are retrained with the steps of 1, 2, 4 and 8 epochs, one seed after another in one worker, as a
sweep does it; the first retraining, which reads the pixels into memory, is left out. The straight line
through the medians gives the seconds of a step and, at no step at all, the fixed cost. Part of that is the
measuring on the held-out images, which grows with their number: it is timed apart, on the same images.
Run it on a quiet machine. Results: benchmarks/results/retrain_cost.json, and the table in docs/speed.md.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import psutil
import torch
from marked import machine_line, table_of, write_between

from datadiet.pipeline.progress import Silent
from datadiet.pipeline.run import Run, open_run
from datadiet.pipeline.studies import Protocol, open_study
from datadiet.pipeline.sweep import Sweeper, SweepOptions
from datadiet.pipeline.training_units import training_data
from datadiet.study.points import Point
from datadiet.training.checkpoint import load_model
from datadiet.training.inputs import predictions
from datadiet.training.loop import initial_checkpoint

RESULTS = Path(__file__).parent / "results" / "retrain_cost.json"
EPOCHS = (1, 2, 4, 8)
FIRST_SEED = 900  # none that another study of the run has measured


def seconds_of(run: Run, epochs: int, repeats: int) -> dict[str, float]:
    """Return the steps and the median seconds of a retraining of ``epochs``, the first one left out."""
    seeds = range(FIRST_SEED, FIRST_SEED + repeats + 1)
    with Sweeper(run, SweepOptions(Protocol(num_epochs=epochs), num_workers=1), progress=Silent()) as sweeper:
        for seed in seeds:
            sweeper.measure([(Point(rule="all"), seed)])
    frame = open_study(run.files, Protocol(num_epochs=epochs)).retrainings()
    mine = frame[frame["seed"].isin(list(seeds)[1:])]
    return {"num_steps": int(mine["num_steps"].iloc[0]), "seconds": float(mine["train_seconds"].median())}


def held_out_seconds(run: Run, repeats: int) -> tuple[int, float]:
    """Return how many images are held out, and the median seconds of measuring a model on them."""
    data, config = training_data(run.files, 0), run.files.config.train
    model = load_model(initial_checkpoint(config, data, 0), config, torch.device("cpu"))
    rows = np.concatenate([data.validation_rows, data.test_rows])
    torch.set_num_threads(config.num_threads)
    seconds = []
    for _ in range(repeats + 1):
        started = perf_counter()
        predictions(model, data.images, rows, data.stats, torch.device("cpu"))
        seconds.append(perf_counter() - started)
    return len(rows), median(seconds[1:])


def measured(run: Run, repeats: int) -> dict[str, Any]:
    """Return what retrainings of a run cost."""
    load = psutil.getloadavg()[0]
    points = [seconds_of(run, epochs, repeats) for epochs in EPOCHS]
    steps, seconds = ([point[name] for point in points] for name in ("num_steps", "seconds"))
    slope, fixed = np.polyfit(steps, seconds, 1)
    num_held_out, evaluation = held_out_seconds(run, repeats)
    return {
        "set": run.source_title,
        "num_held_out": num_held_out,
        "points": points,
        "seconds_a_step": float(slope),
        "fixed_seconds": float(fixed),
        "held_out_seconds": evaluation,
        "repeats": repeats,
        "load_before": load,
        "machine": run.files.environment,
    }


def table() -> None:
    """Write the table of docs/speed.md."""
    known = json.loads(RESULTS.read_text())
    head = [
        "run",
        *[f"seconds at {epochs} epochs" for epochs in EPOCHS],
        "ms a step",
        "fixed, s",
        "of it held-out images, s",
    ]
    rows = [
        [
            each["set"],
            *[f"{point['seconds']:.2f} ({point['num_steps']:,} steps)" for point in each["points"]],
            f"{1000 * each['seconds_a_step']:.1f}",
            f"{each['fixed_seconds']:.2f}",
            f"{each['held_out_seconds']:.2f} ({each['num_held_out']:,})",
        ]
        for each in known
    ]
    write_between(
        "speed.md",
        "retrainings",
        "retrain_cost.py",
        [
            f"Load before {', '.join(str(round(each['load_before'], 1)) for each in known)}. "
            f"{machine_line(known[0]['machine'])}",
            "",
            *table_of(head, rows),
        ],
    )


def main() -> None:
    """Measure, or write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--run")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    if options.what == "table":
        table()
        return
    entry = measured(open_run(options.run, workspace=options.workspace), options.repeats)
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    kept = [old for old in known if old["set"] != entry["set"]]
    RESULTS.write_text(json.dumps([*kept, entry], indent=1) + "\n")
    print(json.dumps({name: value for name, value in entry.items() if name != "machine"}, indent=1))


if __name__ == "__main__":
    main()
