"""How long Python takes to import datadiet, and the command to show its help.

    python benchmarks/imports.py run [--rounds 15]
    python benchmarks/imports.py table

Each is a process of its own, from start to end, in turn with a Python that does nothing; files were read
before. Results: benchmarks/results/imports.json and the table of docs/speed.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from marked import machine_line, table_of, write_between

from datadiet.pipeline.environment import environment

RESULTS = Path(__file__).parent / "results" / "imports.json"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import datadiet": ["-c", "import datadiet"],
    "datadiet --help": ["-m", "datadiet", "--help"],
    "datadiet audit --help": ["-m", "datadiet", "audit", "--help"],
}
GOALS = {"import datadiet": 0.3, "datadiet --help": 0.5}  # seconds


def run(num_rounds: int) -> None:
    """Time every command, in turn; the first round is left out."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(num_rounds + 1):
        for name, words in COMMANDS.items():
            begun = perf_counter()
            subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
            if number:
                seconds[name].append(perf_counter() - begun)
    found = {"seconds": seconds, "machine": environment("cpu")}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


def table() -> None:
    """Write the table of docs/speed.md."""
    found = json.loads(RESULTS.read_text())
    rows = [
        [f"`{name}`", f"{median(each):.2f} ({min(each):.2f}-{max(each):.2f})", GOALS.get(name, "")]
        for name, each in found["seconds"].items()
    ]
    num = len(next(iter(found["seconds"].values())))
    head = f"{num} rounds. {machine_line(found['machine'])}"
    write_between(
        "speed.md", "imports", "imports.py", [head, "", *table_of(["", "seconds (range)", "goal"], rows)]
    )


def main() -> None:
    """Measure, or write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    if asked.what == "table":
        table()
    else:
        run(asked.rounds)


if __name__ == "__main__":
    main()
