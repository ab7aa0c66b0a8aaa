"""Audit whole data sets with planted noise by the command line: minutes, memory, accuracy, what is found.

    python benchmarks/audits.py run [--sets digits ...] [--noise-seeds 0 1 2] [--workspace DIR]
    python benchmarks/audits.py table

``run`` adds an entry a set and noise seed to benchmarks/results/audits.json; ``table`` writes the tables of
docs/results.md from it. Times are wall clock of the command, from the source to the ranked table.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow.parquet as pq
from marked import write_between

from datadiet.pipeline.run import Run, open_run
from datadiet.scores.reliability import spearman
from datadiet.triage.truth import detection

RESULTS = Path(__file__).parent / "results" / "audits.json"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
NOISE = "symmetric:0.1"
SUBSET = 10_000  # images of the small CIFAR-10


def sources(scratch: Path) -> dict[str, list[str]]:
    """Return the words after ``datadiet audit`` that name each data set."""
    cifar = SHARED / "cifar10"
    return {
        "digits": ["digits"],
        "cats-and-dogs (64 px)": [str(SHARED / "cats_and_dogs"), "--image-size", "64"],
        "Fashion-MNIST": ["fashion-mnist", "--data-root", str(SHARED)],
        "CIFAR-10": [str(cifar / "train.parquet"), "--test-source", str(cifar / "test.parquet")],
        "CIFAR-10, 10,000 images": [
            str(first_rows(cifar / "train.parquet", scratch)),
            "--test-source",
            str(cifar / "test.parquet"),
        ],
    }


def first_rows(path: Path, scratch: Path) -> Path:
    """Return a Parquet file of the first rows of another, its schema kept."""
    small = scratch / "train_10000.parquet"
    if path.exists() and not small.exists():
        pq.write_table(pq.read_table(path).slice(0, SUBSET), small)
    return small


class MemoryWatch:
    """The most memory that a process and its children held at once: proportional set size, in MiB."""

    def __init__(self, pid: int) -> None:
        self.peak_mib = 0.0
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            total = 0
            try:
                for process in [self._process, *self._process.children(recursive=True)]:
                    total += process.memory_full_info().pss
            except psutil.Error:
                continue
            self.peak_mib = max(self.peak_mib, total / 2**20)

    def end(self) -> float:
        self._over.set()
        self._thread.join()
        return self.peak_mib


@dataclass(frozen=True)
class Cost:
    """What a command took; ``load`` is the machine's load average when it began, 0 when nothing else ran."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    load: float


def timed(command: list[str]) -> Cost:
    """Run a command and return what it took, its workers included."""
    load, started = psutil.getloadavg()[0], time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    watch = MemoryWatch(process.pid)
    code = process.wait()
    peak = watch.end()
    if code:
        sys.exit(f"{' '.join(command)} ended with {code}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.perf_counter() - started, cpu, peak, load)


def measure(name: str, words: list[str], noise_seed: int, workspace: Path) -> dict[str, Any]:
    """Audit one set with planted noise and return what was found and what it took."""
    datadiet = [sys.executable, "-m", "datadiet"]
    place = ["--workspace", str(workspace)]
    title = f"{name} noise seed {noise_seed}"
    noise = ["--noise", NOISE, "--noise-seed", str(noise_seed)]
    began = time.time()
    cost = timed([*datadiet, "audit", *words, *noise, "--name", title, *place])
    timed([*datadiet, "score", title, "--method", "grand", "--epoch", "0", *place])
    run = open_run(title, workspace=workspace)
    return entry_of(run, name, noise_seed, cost) | {"first_look": first_look_of(run, began)}


def first_look_of(run: Run, began: float) -> dict[str, float] | None:
    """Return when a run could first be looked at, and how good its order was then; None where never early.

    Args:
        run: Audited to its end.
        began: When its audit was started, in seconds since 1970.
    """
    files, seed = run.files, run.seeds[0]
    steps = [step for method, step in files.score_steps(seed) if method == "el2n" and step < files.last_step]
    path = files.evaluation_path(seed, "probabilities", min(steps, default=0))
    if not path.exists():
        return None
    labels = files.labels
    is_train = (labels["split"] == "train").to_numpy() & files.trained_by(seed)
    early = files.score(seed, "el2n", min(steps))[is_train]
    last = run.scores()["el2n"].to_numpy()[is_train]
    scored = [files.evaluation_path(each, "probabilities", files.last_step) for each in run.seeds]
    return {
        "seconds": path.stat().st_mtime - began,
        "seconds_to_last_step": min(each.stat().st_mtime for each in scored) - began,
        "step": min(steps),
        "spearman_with_last": spearman(early, last),
        "auroc": detection(early, labels["is_flipped"].to_numpy()[is_train]).auroc,
        "auroc_at_last": detection(last, labels["is_flipped"].to_numpy()[is_train]).auroc,
    }


def entry_of(run: Run, name: str, noise_seed: int, cost: Cost) -> dict[str, Any]:
    """Return what was found in a run that was also scored by GraNd at initialisation."""
    scores = run.scores()
    train = scores[scores["split"] == "train"]
    pairs = (("el2n", "grand"), ("grand_step_000000", "input_norm"), ("grand_step_000000", "el2n"))
    head = run.headline()
    return {
        "set": name,
        "noise": NOISE,
        "noise_seed": noise_seed,
        **asdict(cost),
        "num_examples": head["num_examples"],
        "num_seeds": len(head["seeds"]),
        "num_folds": head["num_folds"],
        "num_epochs": run.files.config.train.num_epochs,
        "test_accuracy": head["test_accuracy"],
        "test_accuracy_se": head["test_accuracy_se"],
        "num_flipped": int(run.files.labels["is_flipped"].sum()),
        "estimate": {key: head["estimate"][key] for key in ("num_wrong", "low", "high")},
        "detection": head["quality_of_scores"],
        "spearman": {f"{a} ~ {b}": spearman(train[a].to_numpy(), train[b].to_numpy()) for a, b in pairs},
        "reliability": dict(zip(*run.reliability()[["score", "split_half"]].to_numpy().T, strict=True)),
        "environment": run.files.environment,
    }


def run_all(sets: list[str], noise_seeds: list[int], workspace: Path | None) -> None:
    """Measure every set with every noise seed, an entry each; entries that are there are replaced."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        place = workspace or scratch / "workspace"
        named = sources(scratch)
        for noise_seed in noise_seeds:
            for name in sets or list(named):
                store(measure(name, named[name], noise_seed, place))


def entries() -> list[dict[str, Any]]:
    """Return what was measured so far."""
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else []


def store(entry: dict[str, Any]) -> None:
    """Put an entry in place of the one for the same set and noise seed."""
    known = {(old["set"], old["noise_seed"]): old for old in entries()}
    known[entry["set"], entry["noise_seed"]] = entry  # where the older one stood
    RESULTS.write_text(json.dumps(list(known.values()), indent=1, default=float) + "\n")
    print(entry["set"], entry["noise_seed"], f"{entry['seconds']:.0f} s", entry["estimate"], flush=True)


def table() -> None:
    """Write the tables of docs/results.md between their marks."""
    for mark, lines in (("audits", audit_lines()), ("scores", score_lines())):
        write_between("results.md", mark, "audits.py", lines)


def audit_lines() -> list[str]:
    """Return the table of audits, one line a set, of noise seed 0."""
    lines = [
        "| set | images | minutes (CPU minutes, load) | peak MiB | seeds x epochs, folds | test accuracy % "
        "| mislabel_score AUROC / AP | estimate (95 %) | flipped "
        "| el2n ~ grand | grand@0 ~ input_norm | grand@0 ~ el2n |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for entry in entries():
        if entry["noise_seed"] != 0:
            continue
        found, estimate, rho = entry["detection"]["mislabel_score"], entry["estimate"], entry["spearman"]
        lines.append(
            f"| {entry['set']} | {sum(entry['num_examples'].values()):,} "
            f"| {entry['seconds'] / 60:.1f} ({entry['cpu_seconds'] / 60:.1f}, {entry['load']:.0f}) "
            f"| {entry['peak_mib']:,.0f} "
            f"| {entry['num_seeds']} x {entry['num_epochs']}, {entry['num_folds']} "
            f"| {100 * entry['test_accuracy']:.1f} ± {100 * entry['test_accuracy_se']:.1f} "
            f"| {found['auroc']:.3f} / {found['average_precision']:.3f} "
            f"| {estimate['num_wrong']:,.0f} ({estimate['low']:,.0f}-{estimate['high']:,.0f}) "
            f"| {entry['num_flipped']:,} | {rho['el2n ~ grand']:.3f} "
            f"| {rho['grand_step_000000 ~ input_norm']:.3f} | {rho['grand_step_000000 ~ el2n']:.3f} |"
        )
    return [*lines, "", *look_lines()]


def look_lines() -> list[str]:
    """Return the table of first looks, one line a set, of noise seed 0."""
    looks = {entry["set"]: entry.get("first_look") for entry in entries() if entry["noise_seed"] == 0}
    lines = [
        "| set | seconds to the first look | to the first seed's last step | rank correlation of the two "
        "| AUROC of flips, first look | of all seeds at the last step |",
        "|---|---|---|---|---|---|",
    ]
    for name, look in looks.items():
        if look:
            lines.append(
                f"| {name} | {look['seconds']:.0f} | {look['seconds_to_last_step']:.0f} "
                f"| {look['spearman_with_last']:.2f} | {look['auroc']:.3f} | {look['auroc_at_last']:.3f} |"
            )
    return lines if len(lines) > 2 else []


def score_lines() -> list[str]:
    """Return the table of every score's AUROC: mean ± standard deviation over noise seeds, a column a set."""
    by_set: dict[str, list[dict[str, Any]]] = {}
    for entry in entries():
        by_set.setdefault(entry["set"], []).append(entry["detection"])
    by_set = {name: found for name, found in by_set.items() if len(found) > 1}
    if not by_set:
        return ["Not measured over several noise seeds yet."]
    methods = [
        name
        for name in next(iter(by_set.values()), [{}])[0]
        if "_step_" not in name and all(name in each for found in by_set.values() for each in found)
    ]
    lines = [
        "| score | "
        + " | ".join(f"{name} ({len(found)} noise seeds)" for name, found in by_set.items())
        + " |",
        "|---|" + "---|" * len(by_set),
    ]
    for method in methods:
        cells = []
        for found in by_set.values():
            values = [each[method]["auroc"] for each in found]
            cells.append(f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}")
        lines.append(f"| `{method}` | " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    running = commands.add_parser("run")
    running.add_argument("--sets", nargs="*", default=[])
    running.add_argument("--noise-seeds", nargs="*", type=int, default=[0])
    running.add_argument("--workspace", type=Path)
    entering = commands.add_parser(
        "enter", help="enter a run that was timed from outside, by /usr/bin/time -v"
    )
    entering.add_argument("--set", required=True)
    entering.add_argument("--run", required=True)
    entering.add_argument("--workspace", type=Path, required=True)
    entering.add_argument(
        "--cost", nargs=4, type=float, metavar=("SECONDS", "CPU", "MIB", "LOAD"), required=True
    )
    commands.add_parser("table")
    asked = parser.parse_args()
    if asked.command == "run":
        run_all(asked.sets, asked.noise_seeds, asked.workspace)
    elif asked.command == "enter":
        store(entry_of(open_run(asked.run, workspace=asked.workspace), asked.set, 0, Cost(*asked.cost)))
    else:
        table()


if __name__ == "__main__":
    main()
