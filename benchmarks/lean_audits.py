"""Audit CIFAR-10 by four lean seeds: EL2N, margin and forgetting at the last step, without GraNd.

    python benchmarks/lean_audits.py run [--epochs 2 3] [--repeats 1]
    python benchmarks/lean_audits.py table

``run`` writes benchmarks/results/lean_audits.json; ``table`` writes the table of docs/results.md from it.
Times are wall clock of the command, from the Parquet file to the ranked table, quality and duplicates
included.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from audits import NOISE, Cost, sources, timed
from marked import machine_line, table_of, write_between

from datadiet.pipeline.run import open_run

RESULTS = Path(__file__).parent / "results" / "lean_audits.json"
SET, NUM_SEEDS = "CIFAR-10", 4


def measured(num_epochs: int, scratch: Path) -> dict[str, Any]:
    """Return what one audit took and found."""
    name, workspace = f"{num_epochs} epochs", scratch / f"epochs_{num_epochs}"
    settings = ["--seeds", str(NUM_SEEDS), "--lean", "--set", f"train.num_epochs={num_epochs}"]
    place = ["--noise", NOISE, "--name", name, "--workspace", str(workspace)]
    cost = timed([sys.executable, "-m", "datadiet", "audit", *sources(scratch)[SET], *settings, *place])
    run = open_run(name, workspace=workspace)
    head = run.headline()
    return {
        "num_epochs": num_epochs,
        **asdict(cost),
        "test_accuracy": head["test_accuracy"],
        "test_accuracy_se": head["test_accuracy_se"],
        "detection": {name: head["quality_of_scores"][name] for name in ("mislabel_score", "el2n")},
        "environment": run.files.environment,
    }


def run_all(epochs: list[int], repeats: int) -> None:
    """Measure the audits in turn and store all of them."""
    found = []
    for _ in range(repeats):
        for num_epochs in epochs:
            with tempfile.TemporaryDirectory() as folder:
                found.append(measured(num_epochs, Path(folder)))
            print(num_epochs, "epochs:", f"{found[-1]['seconds']:.0f} s", flush=True)
    RESULTS.write_text(json.dumps(found, indent=1, default=float) + "\n")


def table() -> None:
    """Write the table of docs/results.md between its marks."""
    known = json.loads(RESULTS.read_text())
    head = [
        "epochs",
        "seconds (CPU seconds, load)",
        "test accuracy %",
        "mislabel_score AUROC / AP",
        "el2n AUROC",
    ]
    rows = []
    for each in sorted(known, key=lambda entry: entry["num_epochs"]):
        cost = Cost(*(each[name] for name in ("seconds", "cpu_seconds", "peak_mib", "load")))
        score, el2n = each["detection"]["mislabel_score"], each["detection"]["el2n"]
        rows.append([
            str(each["num_epochs"]),
            f"{cost.seconds:.0f} ({cost.cpu_seconds:.0f}, {cost.load:.1f})",
            f"{100 * each['test_accuracy']:.1f} ± {100 * each['test_accuracy_se']:.1f}",
            f"{score['auroc']:.3f} / {score['average_precision']:.3f}",
            f"{el2n['auroc']:.3f}",
        ])
    lines = [machine_line(known[0]["environment"]), "", *table_of(head, rows)]
    write_between("results.md", "lean", "lean_audits.py", lines)


def main() -> None:
    """Measure, or write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    running = commands.add_parser("run")
    running.add_argument("--epochs", nargs="*", type=int, default=[2, 3])
    running.add_argument("--repeats", type=int, default=1)
    commands.add_parser("table")
    asked = parser.parse_args()
    if asked.command == "run":
        run_all(asked.epochs, asked.repeats)
    table()


if __name__ == "__main__":
    main()
