"""How long to train on a small set: audits with planted flips, at several numbers of epochs.

    python benchmarks/small_sets.py run [--sets NAME ...] [--lengths EPOCHSxBATCH ...]
                                        [--noise-seeds 0 1 2] [--workspace DIR]
    python benchmarks/small_sets.py lookalikes [--lengths ...]
    python benchmarks/small_sets.py table

``run`` audits each set by the command line with 10 % symmetric flips, the quick profile but for epochs and
batch, and adds an entry a set, length and noise seed to benchmarks/results/small_sets.json; what is there
is not run again. A small part of a set is its first images, split as the audit splits any set. Seconds are
CPU time of the command and its workers. ``lookalikes`` trains on flips between images that a network of the
profile finds ambiguous, by the functions of mislabels.py, and adds to small_sets_lookalikes.json. ``table``
writes the tables of docs/speed.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch
from audits import NOISE, SHARED, timed
from marked import machine_line, table_of, write_between
from mislabels import NUM_SEEDS, Setting, measured
from planted import load

from datadiet.pipeline.run import Run, open_run

RESULTS = Path(__file__).parent / "results" / "small_sets.json"
LOOKALIKES = RESULTS.with_name("small_sets_lookalikes.json")
LENGTHS = ("4x62", "8x62", "12x62", "20x62", "40x62", "8x31", "12x31")  # epochs x images a batch
TINY, SMALLER, SMALL = 400, 1_500, 4_000  # images of a part of a set
SCORES = ("mislabel_score", "el2n", "forgetting")
KEYS = ("set", "num_epochs", "batch_size", "noise_seed")
HEAD = (
    *("set", "trained on", "epochs x batch", "mislabel_score: AUROC", "its AP", "el2n: AUROC"),
    *("el2n: reliability", "test accuracy %", "CPU s"),
)


def sources(scratch: Path) -> dict[str, list[str]]:
    """Return the words after ``datadiet audit`` that name each data set; parts of sets are written here."""
    photographs = [str(SHARED / "cats_and_dogs"), "--image-size"]
    return {
        "digits": ["digits"],
        "cats-and-dogs (64 px)": [*photographs, "64"],
        "cats-and-dogs (128 px)": [*photographs, "128"],
        "CIFAR-10, 400 images": [str(first_of_cifar(scratch, TINY))],
        "CIFAR-10, 1,500 images": [str(first_of_cifar(scratch, SMALLER))],
        "CIFAR-10, 4,000 images": [str(first_of_cifar(scratch, SMALL))],
        "Fashion-MNIST, 400 images": [str(first_of_fashion(scratch, TINY))],
        "Fashion-MNIST, 1,500 images": [str(first_of_fashion(scratch, SMALLER))],
        "Fashion-MNIST, 4,000 images": [str(first_of_fashion(scratch, SMALL))],
    }


def first_of_cifar(scratch: Path, num_images: int) -> Path:
    """Return a Parquet file of the first rows of CIFAR-10's, its schema kept."""
    path = scratch / f"cifar-10-{num_images}.parquet"
    if not path.exists():
        pq.write_table(pq.read_table(SHARED / "cifar10" / "train.parquet").slice(0, num_images), path)
    return path


def first_of_fashion(scratch: Path, num_images: int) -> Path:
    """Return an ``.npz`` file of the first training images of Fashion-MNIST."""
    path = scratch / f"fashion-mnist-{num_images}.npz"
    if not path.exists():
        raw = SHARED / "FashionMNIST" / "raw"
        images = np.fromfile(raw / "train-images-idx3-ubyte", np.uint8, offset=16).reshape(-1, 28, 28)
        labels = np.fromfile(raw / "train-labels-idx1-ubyte", np.uint8, offset=8)
        np.savez(path, images=images[:num_images], labels=labels[:num_images].astype(np.int64))
    return path


def run(sets: Sequence[str], lengths: Sequence[str], noise_seeds: Sequence[int], workspace: Path) -> None:
    """Audit what is missing, an entry each."""
    workspace.mkdir(parents=True, exist_ok=True)
    named = sources(workspace)
    for noise_seed, name, length in product(noise_seeds, sets or list(named), lengths):
        num_epochs, batch_size = (int(part) for part in length.split("x"))
        wanted = {"set": name, "num_epochs": num_epochs, "batch_size": batch_size, "noise_seed": noise_seed}
        if not any(wanted.items() <= entry.items() for entry in entries()):
            store(measure(named[name], wanted, workspace))


def measure(words: Sequence[str], wanted: dict[str, Any], workspace: Path) -> dict[str, Any]:
    """Audit one set with planted flips for so long; return what was found and what it took."""
    title = " ".join(str(value) for value in wanted.values())
    length = [f"--set=train.{name}={wanted[name]}" for name in ("num_epochs", "batch_size")]
    noise = ["--noise", NOISE, "--noise-seed", str(wanted["noise_seed"])]
    place = ["--name", title, "--workspace", str(workspace)]
    cost = timed([sys.executable, "-m", "datadiet", "audit", *words, *length, *noise, *place])
    return wanted | found_in(open_run(title, workspace=workspace)) | {"cpu_seconds": cost.cpu_seconds}


def found_in(audited: Run) -> dict[str, Any]:
    """Return how accurate the networks are, how well scores find the flips and how reliable EL2N is."""
    head = audited.headline()
    reliability = audited.reliability().set_index("score")["split_half"]
    return {
        "num_train": head["num_examples"]["train"],
        "num_folds": head["num_folds"],
        "test_accuracy": head["test_accuracy"],
        "num_flipped": int(audited.files.labels["is_flipped"].sum()),
        "estimate": head["estimate"]["num_wrong"],
        "detection": {name: head["quality_of_scores"][name] for name in SCORES},
        "reliability": float(reliability["el2n"]),
        "environment": audited.files.environment,
    }


def entries() -> list[dict[str, Any]]:
    """Return what was measured so far."""
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else []


def store(entry: dict[str, Any]) -> None:
    """Add an entry."""
    RESULTS.write_text(json.dumps([*entries(), entry], indent=1, default=float) + "\n")
    print(*[entry[name] for name in KEYS], f"AUROC {entry['detection']['el2n']['auroc']:.3f}", flush=True)


def run_lookalikes(lengths: Sequence[str]) -> None:
    """Train on flips between look-alikes of the small sets, each length on the same flips."""
    torch.set_num_threads(1)
    for name, fraction, noise_seed, length in product(
        ("cats-and-dogs", "digits"), (0.1, 0.2), (200, 201), lengths
    ):
        num_epochs, batch_size = (int(part) for part in length.split("x"))
        setting = Setting(name, "look-alikes", fraction, noise_seed, NUM_SEEDS)
        line = measured(load(name), setting, {"num_epochs": num_epochs, "batch_size": batch_size})
        kept = {key: line[key] for key in ("data", "fraction", "noise_seed", "num_wrong", "estimate")}
        found = {key: {score: line[key][score] for score in SCORES} for key in ("auroc", "average_precision")}
        known = json.loads(LOOKALIKES.read_text()) if LOOKALIKES.exists() else []
        LOOKALIKES.write_text(json.dumps([*known, kept | {"length": length} | found], indent=1) + "\n")
        print(name, fraction, noise_seed, length, found["average_precision"], flush=True)


def lookalike_rows() -> list[list[str]]:
    """Return a line a set, share of flips and length: means over draws."""
    by_line: dict[tuple[str, float, str], list[dict[str, Any]]] = {}
    for entry in json.loads(LOOKALIKES.read_text()) if LOOKALIKES.exists() else []:
        by_line.setdefault((entry["data"], entry["fraction"], entry["length"]), []).append(entry)
    rows = []
    for (name, fraction, length), found in sorted(by_line.items(), key=lambda item: item[0][:2]):
        means = [
            np.mean([entry[kind][score] for entry in found])
            for score, kind in product(("mislabel_score", "el2n"), ("auroc", "average_precision"))
        ]
        counted = np.mean([entry["estimate"]["num_wrong"] for entry in found])
        wrong = np.mean([entry["num_wrong"] for entry in found])
        rows.append([
            f"{name}, {fraction:.0%}",
            length.replace("x", " x "),
            *(f"{mean:.3f}" for mean in means),
            f"{counted:.0f} / {wrong:.0f}",
        ])
    return rows


def table() -> None:
    """Write the tables of docs/speed.md: a line a set and length, means over noise seeds."""
    head = (
        "set",
        "epochs x batch",
        "mislabel_score: AUROC",
        "its AP",
        "el2n: AUROC",
        "its AP",
        "estimate / truth",
    )
    write_between("speed.md", "look-alikes", "small_sets.py", table_of(head, lookalike_rows()))
    by_line: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for entry in entries():
        by_line.setdefault(tuple(entry[key] for key in KEYS[:3]), []).append(entry)
    order = list(dict.fromkeys(name for name, _, _ in by_line))
    lines = sorted(by_line, key=lambda line: (order.index(line[0]), line[1], -line[2]))
    rows = [row_of(by_line[line]) for line in lines]
    write_between(
        "speed.md",
        "small sets",
        "small_sets.py",
        [machine_line(entries()[-1]["environment"]), "", *table_of(HEAD, rows)],
    )


def row_of(found: Sequence[dict[str, Any]]) -> list[str]:
    """Return the line of one set and length."""

    def mean_of(value: Callable[[dict[str, Any]], float], form: str = ".3f") -> str:
        values = [value(entry) for entry in found]
        spread = f" ± {np.std(values, ddof=1):{form}}" if len(values) > 1 else ""
        return f"{np.mean(values):{form}}{spread}"

    first = found[0]
    return [
        first["set"],
        f"{first['num_train']:,}",
        f"{first['num_epochs']} x {first['batch_size']}",
        mean_of(lambda entry: entry["detection"]["mislabel_score"]["auroc"]),
        mean_of(lambda entry: entry["detection"]["mislabel_score"]["average_precision"]),
        mean_of(lambda entry: entry["detection"]["el2n"]["auroc"]),
        mean_of(lambda entry: entry["reliability"], ".2f"),
        mean_of(lambda entry: 100 * entry["test_accuracy"], ".1f"),
        mean_of(lambda entry: entry["cpu_seconds"], ".0f"),
    ]


def main() -> None:
    """Read the options and do what they say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["run", "lookalikes", "table"])
    parser.add_argument("--sets", nargs="*", default=[])
    parser.add_argument("--lengths", nargs="*", default=LENGTHS)
    parser.add_argument("--noise-seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--workspace", type=Path)
    asked = parser.parse_args()
    if asked.what == "table":
        table()
        return
    if asked.what == "lookalikes":
        run_lookalikes(asked.lengths)
        return
    with tempfile.TemporaryDirectory() as folder:
        run(asked.sets, asked.lengths, asked.noise_seeds, asked.workspace or Path(folder))


if __name__ == "__main__":
    main()
