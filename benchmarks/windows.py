"""Does leaving the very hardest out help? Windows, a pruning curve and controls on real sets, by commands.

    python benchmarks/windows.py run --set fashion-mnist [--noise symmetric:0.1 | none] --workspace DIR
    python benchmarks/windows.py curve --set fashion-mnist --workspace DIR
    python benchmarks/windows.py confirm --set fashion-mnist [--noise ...] --workspace DIR
    python benchmarks/windows.py table

``run`` audits the set (quick, 3 seeds) and retrains on windows that keep 40 %, 3 seeds each, all data and
random beside them; ``curve`` retrains on hardest, random, covering, input norm and GraNd at initialisation at
four keep fractions, with the steps of three epochs; ``confirm`` retrains the window that validation chose
with fresh seeds, and controls. What is done is never run again, so each goes on where it stopped.
Results: benchmarks/results/windows.json and pruning_curves.json; ``table`` writes them into docs/results.md.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
from audited import SOURCES, audited, datadiet
from audits import sources
from marked import write_between

from datadiet.pipeline.adaptive_sweep import best_window
from datadiet.pipeline.progress import Silent
from datadiet.pipeline.run import Run
from datadiet.pipeline.studies import Protocol, open_study
from datadiet.pipeline.sweep import Sweeper, SweepOptions
from datadiet.study.points import with_controls
from datadiet.study.summary import point_rows
from datadiet.study.verdict import verdict

RESULTS = Path(__file__).parent / "results" / "windows.json"
CURVES = RESULTS.with_name("pruning_curves.json")
KEEP, OFFSETS = "0.4", "0:0.5:0.1,0.55,0.58,0.59,0.6"
CURVE_KEEPS = "0.2,0.4,0.6,0.8"
SMALL_CIFAR = "cifar10-10000"  # its first 10,000 images: a retraining takes a fifth of the time
NUM_EPOCHS = {  # of all data: every retraining takes that many steps
    "digits": 6,
    "fashion-mnist": 6,
    "cifar10": 3,
    SMALL_CIFAR: 6,
}
CURVE_EPOCHS = 3  # the same, of the pruning curve
FRESH = range(100, 103)  # seeds of the confirmation


def run_windows(name: str, noise: str, workspace: Path) -> None:
    """Retrain on the windows of the figure."""
    run = audited(f"windows {name} {noise}", name, noise, workspace)
    words = ["--keep", KEEP, "--offsets", OFFSETS, "--seeds", "3", "--epochs", str(NUM_EPOCHS[name])]
    datadiet("sweep", run.run_id, *words, "--workspace", str(workspace))
    record(name, noise, run)


def run_curve(name: str, noise: str, workspace: Path) -> None:
    """Retrain on the pruning curve."""
    run = audited(f"windows {name} {noise}", name, noise, workspace)
    place = ["--workspace", str(workspace)]
    datadiet("score", run.run_id, "--method", "grand", "--epoch", "0", *place)
    common = ["--keep", CURVE_KEEPS, "--seeds", "3", "--epochs", str(CURVE_EPOCHS), *place]
    datadiet("sweep", run.run_id, "--rule", "hardest,covering,input_norm", *common)
    datadiet("sweep", run.run_id, "--rule", "hardest", "--score", "grand_step_000000", *common)
    frame = open_study(run.files, Protocol(num_epochs=CURVE_EPOCHS)).retrainings()
    curves = json.loads(CURVES.read_text()) if CURVES.exists() else []
    entry = described(name, noise, frame, run)
    kept = [old for old in curves if (old["set"], old["noise"]) != (name, noise)]
    CURVES.write_text(json.dumps([*kept, entry], indent=1) + "\n")


def confirm(name: str, noise: str, workspace: Path) -> None:
    """Retrain the window that validation chose, and its controls, with seeds that chose nothing."""
    run = audited(f"windows {name} {noise}", name, noise, workspace)
    chosen = best_window(frame_of(run, NUM_EPOCHS[name]), "el2n")
    hardest = chosen.model_copy(update={"window_offset": round(1.0 - chosen.keep_fraction, 6)})
    options = SweepOptions(Protocol(num_epochs=NUM_EPOCHS[name]))
    with Sweeper(run, options, progress=Silent()) as sweeper:
        points = list(dict.fromkeys(with_controls([chosen, hardest])))
        sweeper.measure([(point, seed) for seed in FRESH for point in points])
    record(name, noise, run)


def frame_of(run: Run, num_epochs: int, *, fresh: bool = False) -> pd.DataFrame:
    """Return the retrainings of the benchmark's study: of the seeds that choose, or of the fresh ones."""
    frame = open_study(run.files, Protocol(num_epochs=num_epochs)).retrainings()
    return frame[frame["seed"].isin(list(FRESH)) == fresh].reset_index(drop=True)


def record(name: str, noise: str, run: Run) -> None:
    """Put what is known of a set and noise in place of what was."""
    frame, fresh = (frame_of(run, NUM_EPOCHS[name], fresh=fresh) for fresh in (False, True))
    entry = {
        **described(name, noise, frame, run),
        "num_retrainings": len(frame) + len(fresh),
        "fresh": point_rows(fresh),
        "fresh_verdict": verdict(fresh) if len(fresh) else [],
    }
    kept = [old for old in entries() if (old["set"], old["noise"]) != (name, noise)]
    RESULTS.write_text(json.dumps([*kept, entry], indent=1) + "\n")
    print("\n".join([*entry["verdict"], *entry["fresh_verdict"]]))


def described(name: str, noise: str, frame: pd.DataFrame, run: Run) -> dict[str, Any]:
    """Return what the retrainings of a set and noise say."""
    return {
        "set": name,
        "noise": noise,
        "num_retrainings": len(frame),
        "seconds_a_retraining": float(frame["train_seconds"].median()),
        "load": psutil.getloadavg()[2],
        "num_steps": int(frame["num_steps"].median()),
        "points": point_rows(frame),
        "verdict": verdict(frame),
        "environment": run.files.environment,
    }


def entries() -> list[dict[str, Any]]:
    """Return what was measured so far."""
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else []


def table() -> None:
    """Write the tables of docs/results.md between their marks."""
    lines = [line for entry in entries() for line in [*lines_of(entry), ""]]
    write_between("results.md", "windows", "windows.py", lines[:-1])
    curves = json.loads(CURVES.read_text()) if CURVES.exists() else []
    write_between(
        "results.md", "curves", "windows.py", [line for each in curves for line in curve_lines(each)]
    )


def curve_lines(entry: dict[str, Any]) -> list[str]:
    """Return the table of a pruning curve: test accuracy by what is kept (rows) and how much (columns)."""
    rows: dict[str, dict[float, str]] = {}
    for row in entry["points"]:
        way = f"hardest by {row['score']}" if row["rule"] == "hardest" else row["rule"].replace("_", " ")
        rows.setdefault(way, {})[row["keep_fraction"]] = spread(row, "test_accuracy")
    keeps = [float(keep) for keep in CURVE_KEEPS.split(",")]
    whole = rows.pop("all", {}).get(1.0, "-")
    noise = "clean" if entry["noise"] == "none" else f"{entry['noise']} planted"
    return [
        f"**{entry['set']}, {noise}**: {entry['num_retrainings']} retrainings of {entry['num_steps']:,} "
        f"steps, {entry['seconds_a_retraining']:.0f} s each on one core (load {entry['load']:.0f}). "
        f"Test accuracy in percent; on all data {whole}.",
        "",
        f"| kept | {' | '.join(f'{keep:.0%}' for keep in keeps)} |",
        f"|---|{'---|' * len(keeps)}",
        *[f"| {way} | {' | '.join(cells.get(keep, '-') for keep in keeps)} |" for way, cells in rows.items()],
        "",
    ]


def lines_of(entry: dict[str, Any]) -> list[str]:
    """Return the table of one set and noise."""
    noise = "clean" if entry["noise"] == "none" else f"{entry['noise']} planted"
    lines = [
        f"**{entry['set']}, {noise}**: {entry['num_retrainings']} retrainings of {entry['num_steps']:,} "
        f"steps, {entry['seconds_a_retraining']:.0f} s each on one core (load {entry['load']:.0f}).",
        "",
        "| selection | images | seeds | validation % | test % | worst class % | flips among the kept % |",
        "|---|---|---|---|---|---|---|",
    ]
    of_figure = [row for row in entry["points"] if row["keep_fraction"] in {float(KEEP), 1.0}]
    lines += [point_line(row) for row in of_figure]  # other sizes of the same study are in the JSON
    if entry["fresh"]:
        lines += ["| *fresh seeds* | | | | | | |", *[point_line(row) for row in entry["fresh"]]]
    return (
        [*lines, "", *entry["fresh_verdict"], ""] if entry["fresh"] else [*lines, "", *entry["verdict"], ""]
    )


def point_line(row: dict[str, Any]) -> str:
    """Return a point as a line of the table."""
    cells = [spread(row, name) for name in ("validation_accuracy", "test_accuracy", "worst_class_accuracy")]
    flips = f"{100 * (row['flips_kept_fraction'] or 0.0):.1f}"
    return f"| {row['title']} | {row['num_kept']:,} | {row['num_seeds']} | {' | '.join(cells)} | {flips} |"


def spread(row: dict[str, Any], name: str) -> str:
    """Return mean ± standard error in percent."""
    mean, error = row[name], row[f"{name}_se"]
    if mean is None or np.isnan(mean):
        return "-"
    return f"{100 * mean:.1f}" + (f" ± {100 * error:.1f}" if error is not None else "")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    for name, does in (("run", run_windows), ("curve", run_curve), ("confirm", confirm)):
        running = commands.add_parser(name)
        running.add_argument("--set", required=True, choices=list(NUM_EPOCHS))
        running.add_argument("--noise", default="symmetric:0.1")
        running.add_argument("--workspace", type=Path, required=True)
        running.set_defaults(does=does)
    commands.add_parser("table")
    asked = parser.parse_args()
    if asked.command == "table":
        table()
    else:
        if asked.set == SMALL_CIFAR:
            asked.workspace.mkdir(parents=True, exist_ok=True)
            SOURCES[SMALL_CIFAR] = sources(asked.workspace)["CIFAR-10, 10,000 images"]
        asked.does(asked.set, asked.noise, asked.workspace)


if __name__ == "__main__":
    main()
