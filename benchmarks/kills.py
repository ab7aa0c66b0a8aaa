"""F1: kill -9 of a digits audit with all its processes at random moments, run again, compared byte for byte.

    python benchmarks/kills.py [--kills 20] [--seed 0] [--workspace DIR]

Each time the default audit of the digits (10 % of labels flipped, 3 seeds) begins in an empty workspace, is
killed at a moment drawn between its first and last second, and is run again to its end; one that ended before
its moment is no kill, shortens what is drawn from, and is done over. Held against an
undisturbed audit: every published file (clocks and the database apart), what ``datadiet verify`` says, and
whether a file that was there at the kill was written again. Writes benchmarks/results/kills.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from datadiet.pipeline.verify import verify_workspace

RESULTS = Path(__file__).parent / "results" / "kills.json"
COMMAND = ["audit", "digits", "--noise", "symmetric:0.1", "--device", "cpu"]


def start(root: Path) -> subprocess.Popen[bytes]:
    """Start the audit into the workspace ``root``."""
    words = [sys.executable, "-m", "datadiet", *COMMAND, "--workspace", str(root)]
    return subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and all below it at once."""
    below = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    for pid in [*below, process.pid]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()


def killed(root: Path, moments: random.Random, seconds: float) -> float:
    """Begin audits until one is killed before its end; return after how many seconds that was."""
    while True:
        after_seconds, began = moments.uniform(1.0, max(seconds - 1.0, 2.0)), time.monotonic()
        process = start(root)
        try:
            process.wait(after_seconds)
        except subprocess.TimeoutExpired:
            kill_all(process)
            return after_seconds
        seconds = min(seconds, time.monotonic() - began)
        shutil.rmtree(root)


def published(root: Path) -> dict[str, bytes]:
    """Return the bytes of every published file by its place, clocks and the database apart."""
    found = (path for top in ("datasets", "runs") for path in (root / top).rglob("*") if path.is_file())
    files = (path for path in found if "clock" not in path.parts and not path.name.startswith("."))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def identities(root: Path) -> dict[str, tuple[int, int]]:
    """Return inode and time of writing of every published file."""
    return {name: ((root / name).stat().st_ino, (root / name).stat().st_mtime_ns) for name in published(root)}


def run_again(root: Path, expected: dict[str, bytes]) -> dict[str, Any]:
    """Return what became of a killed audit that is run again."""
    done = identities(root)
    code = start(root).wait()
    now, files = identities(root), published(root)
    leftovers = list((root / "attempts").glob("*"))
    return {
        "num_files_at_kill": len(done),
        "exit_code_of_second_run": code,
        "num_files": len(files),
        "num_files_that_differ": sum(files.get(name) != data for name, data in expected.items())
        + len(set(files) - set(expected)),
        "num_files_written_again": sum(now.get(name) != identity for name, identity in done.items()),
        "num_damaged": len(verify_workspace(root).damaged),
        "num_leftovers": len(leftovers),
    }


def is_sound(entry: dict[str, Any]) -> bool:
    """Return whether an entry keeps R1 and R2."""
    zero = ("exit_code_of_second_run", "num_files_that_differ", "num_files_written_again", "num_damaged")
    return all(entry[name] == 0 for name in (*zero, "num_leftovers"))


def run(num_kills: int, seed: int, scratch: Path) -> dict[str, Any]:
    """Return the results of ``num_kills`` kills."""
    began = time.monotonic()
    code = start(scratch / "undisturbed").wait()
    seconds = time.monotonic() - began
    if code:
        raise SystemExit(f"The undisturbed audit ended with {code}.")
    expected, moments, entries = published(scratch / "undisturbed"), random.Random(seed), []
    for number in range(num_kills):
        root = scratch / "killed"
        after_seconds = killed(root, moments, seconds)
        entries.append({"killed_after_seconds": round(after_seconds, 2), **run_again(root, expected)})
        print(f"{number + 1} of {num_kills}: {entries[-1]}", flush=True)
        shutil.rmtree(root)
    return {
        "command": " ".join(["datadiet", *COMMAND]),
        "seed": seed,
        "undisturbed_seconds": round(seconds, 1),
        "num_kills": num_kills,
        "num_sound": sum(map(is_sound, entries)),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": {name: version(name) for name in ("datadiet", "torch", "numpy")},
        "kills": entries,
    }


def main() -> None:
    """Run and write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workspace", type=Path, help="empty folder to work in; default: a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kills-") as scratch:
        results = run(given.kills, given.seed, given.workspace or Path(scratch))
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"{results['num_sound']} of {results['num_kills']} kills ended in the same files -> {RESULTS}")


if __name__ == "__main__":
    main()
