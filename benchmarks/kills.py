"""F1: kill -9 of an audit or a sweep with all its processes at random moments, run again, compared by bytes.

    python benchmarks/kills.py audit [--kills 20] [--seed 0] [--workspace DIR]
    python benchmarks/kills.py sweep [--kills 10] [--seed 0] [--workspace DIR]

``audit``: each time the default audit of the digits (10 % of labels flipped, 3 seeds) begins in an empty
workspace. ``sweep``: each time retrainings on three windows, all data and random begin in a copy of a
workspace that holds that audit. The command is killed at a moment drawn between its first and last second,
and is run again to its end; one that ended before its moment is no kill, shortens what is drawn from, and is
done over. Held against an undisturbed one: every published file (clocks and the database apart), what
``datadiet verify`` says, and whether a file that was there at the kill was written again. Writes
benchmarks/results/kills.json and sweep_kills.json.
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
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from datadiet.pipeline.verify import verify_workspace

RESULTS = Path(__file__).parent / "results"
AUDIT = ["audit", "digits", "--noise", "symmetric:0.1", "--device", "cpu", "--name", "killed digits"]
SWEEP = [
    "sweep",
    "killed digits",
    "--keep",
    "0.4",
    "--offsets",
    "0,0.3,0.6",
    "--seeds",
    "2",
    "--epochs",
    "20",
]
FILES = {"audit": RESULTS / "kills.json", "sweep": RESULTS / "sweep_kills.json"}
NUM_KILLS = {"audit": 20, "sweep": 10}


@dataclass(frozen=True)
class Victim:
    """A command, and the workspace that it begins in a copy of (None: an empty one)."""

    command: list[str]
    before: Path | None

    def place(self, root: Path) -> None:
        """Make the workspace as it is before the command."""
        if self.before is not None:
            shutil.copytree(self.before, root)

    def start(self, root: Path) -> subprocess.Popen[bytes]:
        """Start the command on the workspace ``root``."""
        words = [sys.executable, "-m", "datadiet", *self.command, "--workspace", str(root)]
        return subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )


def victim(what: str, scratch: Path) -> Victim:
    """Return what is killed; for a sweep the audit that it needs is made first."""
    if what == "audit":
        return Victim(AUDIT, None)
    before = scratch / "audited"
    if Victim(AUDIT, None).start(before).wait():
        raise SystemExit("The audit that the sweep needs failed.")
    return Victim(SWEEP, before)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and all below it at once."""
    below = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    for pid in [*below, process.pid]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()


def killed(victim: Victim, root: Path, moments: random.Random, seconds: float) -> float:
    """Begin until one is killed before its end; return after how many seconds that was."""
    while True:
        victim.place(root)
        after_seconds, began = moments.uniform(1.0, max(seconds - 1.0, 2.0)), time.monotonic()
        process = victim.start(root)
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


def run_again(victim: Victim, root: Path, expected: dict[str, bytes]) -> dict[str, Any]:
    """Return what became of a killed command that is run again."""
    done = identities(root)
    code = victim.start(root).wait()
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


def run(victim: Victim, num_kills: int, seed: int, scratch: Path) -> dict[str, Any]:
    """Return the results of ``num_kills`` kills."""
    victim.place(scratch / "undisturbed")
    began = time.monotonic()
    code = victim.start(scratch / "undisturbed").wait()
    seconds = time.monotonic() - began
    if code:
        raise SystemExit(f"The undisturbed command ended with {code}.")
    expected, moments, entries = published(scratch / "undisturbed"), random.Random(seed), []
    for number in range(num_kills):
        root = scratch / "killed"
        after_seconds = killed(victim, root, moments, seconds)
        entries.append({"killed_after_seconds": round(after_seconds, 2), **run_again(victim, root, expected)})
        print(f"{number + 1} of {num_kills}: {entries[-1]}", flush=True)
        shutil.rmtree(root)
    return {
        "command": " ".join(["datadiet", *victim.command]),
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
    parser.add_argument("what", choices=sorted(FILES))
    parser.add_argument("--kills", type=int, help="default: 20 of an audit, 10 of a sweep")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workspace", type=Path, help="empty folder to work in; default: a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kills-") as scratch:
        place = given.workspace or Path(scratch)
        num_kills = given.kills or NUM_KILLS[given.what]
        results = run(victim(given.what, place), num_kills, given.seed, place)
    FILES[given.what].write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"{results['num_sound']} of {results['num_kills']} kills ended in the same files")


if __name__ == "__main__":
    main()
