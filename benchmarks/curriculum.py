"""Does it help to show easy images first? Curricula by EL2N against shuffled and random stages, by commands.

    python benchmarks/curriculum.py run --set digits [--noise symmetric:0.1 | none] [--seeds 3] --workspace D
    python benchmarks/curriculum.py table

``run`` audits the set (quick, 3 seeds) where the workspace does not hold it, and retrains on all images in 2
and in 4 stages, the easiest first, the hardest first and in random order, and shuffled; every retraining
takes the steps of 6 passes. Test accuracy on given labels; mean and standard error over seeds, and the
difference from shuffled paired by seed. Results: benchmarks/results/curriculum.json, and the table of
docs/dynamics.md by ``table``.
"""

from __future__ import annotations

import argparse
import json
import platform
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
from audited import SOURCES, audited, datadiet
from marked import write_between

from datadiet.pipeline.environment import processor_name
from datadiet.pipeline.studies import Protocol, open_study
from datadiet.study.summary import point_rows
from datadiet.study.verdict import curriculum_verdict

RESULTS = Path(__file__).parent / "results" / "curriculum.json"
STAGES, NUM_EPOCHS = "2,4", 6
NAMES = {"digits": "digits", "fashion-mnist": "Fashion-MNIST"}


def measure(asked: argparse.Namespace) -> None:
    """Retrain on the curricula and put what came out in place of what was known."""
    run = audited(f"curriculum {asked.set} {asked.noise}", asked.set, asked.noise, asked.workspace)
    words = [
        "--rule",
        "curriculum",
        "--stages",
        STAGES,
        "--seeds",
        str(asked.seeds),
        "--epochs",
        str(NUM_EPOCHS),
    ]
    more = [] if asked.workers is None else ["--workers", str(asked.workers)]
    datadiet("sweep", run.run_id, *words, *more, "--workspace", str(asked.workspace))
    frame = open_study(run.files, Protocol(num_epochs=NUM_EPOCHS)).retrainings()
    frame = frame[frame["rule"].isin(["all", "curriculum"]) & (frame["seed"] < asked.seeds)]
    entry = {
        "set": asked.set,
        "noise": asked.noise,
        "num_seeds": asked.seeds,
        "num_retrainings": len(frame),
        "seconds_a_retraining": float(frame["train_seconds"].median()),
        "num_steps": int(frame["num_steps"].median()),
        "num_train": int(frame["num_kept"].max()),
        "points": [{**row, "test_minus_shuffled": paired(frame, row)} for row in point_rows(frame)],
        "verdict": curriculum_verdict(frame),
        "machine": {
            "processor": processor_name(),
            "cores": psutil.cpu_count(),
            "memory_gib": round(psutil.virtual_memory().total / 2**30),
            "load": round(psutil.getloadavg()[2], 1),
            "python": platform.python_version(),
        },
        "environment": run.files.environment,
    }
    kept = [old for old in entries() if (old["set"], old["noise"]) != (asked.set, asked.noise)]
    RESULTS.write_text(json.dumps([*kept, entry], indent=1) + "\n", encoding="utf-8")
    print("\n".join(entry["verdict"]))


def paired(frame: pd.DataFrame, row: dict[str, Any]) -> dict[str, float] | None:
    """Return the difference in test accuracy from shuffled, seeds compared with themselves."""
    if not row["order"]:
        return None
    by_seed = frame.set_index("seed")
    mine = by_seed.loc[by_seed["point_id"] == row["point_id"], "test_accuracy"]
    gaps = (mine - by_seed.loc[by_seed["rule"] == "all", "test_accuracy"]).dropna()
    return {"mean": float(gaps.mean()), "standard_error": float(gaps.std(ddof=1) / np.sqrt(len(gaps)))}


def entries() -> list[dict[str, Any]]:
    """Return what was measured so far."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []


def table() -> None:
    """Write the table of docs/dynamics.md between its marks."""
    found = sorted(entries(), key=lambda each: (each["set"], noise_of(each) != "clean", each["noise"]))
    heads = [f"{NAMES[each['set']]}, {noise_of(each)}" for each in found]
    sizes = [f"{each['num_seeds']}, {each['num_steps']:,}" for each in found]
    lines = [
        f"| test accuracy % | {' | '.join(heads)} |",
        f"|---|{'---|' * len(found)}",
        *(
            f"| {title} | {' | '.join(cell(each, order) for each in found)} |"
            for order, title in orders(found).items()
        ),
        f"| seeds, steps | {' | '.join(sizes)} |",
    ]
    write_between("dynamics.md", "curricula", "curriculum.py", lines)


def noise_of(entry: dict[str, Any]) -> str:
    """Return what was planted, in words."""
    return (
        "clean" if entry["noise"] == "none" else f"{100 * float(entry['noise'].split(':')[1]):.0f} % flipped"
    )


def orders(found: list[dict[str, Any]]) -> dict[str, str]:
    """Return the title of each order, shuffled first."""
    titles = {row["order"]: row["title"] for each in found for row in each["points"]}
    return {
        order: "shuffled"
        if not order
        else titles[order].removeprefix("curriculum, ").removesuffix(", by el2n")
        for order in sorted(titles)
    }


def cell(entry: dict[str, Any], order: str) -> str:
    """Return accuracy, and the difference from shuffled, in percent."""
    row = next((row for row in entry["points"] if row["order"] == order), None)
    if row is None:
        return "-"
    told = f"{100 * row['test_accuracy']:.1f} ± {100 * row['test_accuracy_se']:.1f}"
    gap = row["test_minus_shuffled"]
    return told if gap is None else f"{told} ({100 * gap['mean']:+.1f} ± {100 * gap['standard_error']:.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    running = commands.add_parser("run")
    running.add_argument("--set", required=True, choices=list(SOURCES))
    running.add_argument("--noise", default="none")
    running.add_argument("--seeds", type=int, default=3)
    running.add_argument("--workers", type=int)
    running.add_argument("--workspace", type=Path, required=True)
    commands.add_parser("table")
    asked = parser.parse_args()
    if asked.command == "table":
        table()
    else:
        measure(asked)


if __name__ == "__main__":
    main()
