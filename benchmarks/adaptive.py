"""Does the adaptive study find as good a window with a third of a full grid's retrainings?

    python benchmarks/adaptive.py --set digits [--noise symmetric:0.1] --workspace DIR
    python benchmarks/adaptive.py --set fashion-mnist-6000 --workspace DIR
    python benchmarks/adaptive.py table

Of Fashion-MNIST 6,000 images train and 10,000 others validate, so that 252 retrainings are affordable and
one image is a hundredth of a point.

A full grid (every keep fraction and offset, at least 40 windows) is retrained with six seeds. Seeds 0-2 are
what the grid itself chooses by; 3-5 are the truth that nobody chooses by. Then three ways to spend a third of
the grid's retrainings are played on these outcomes, many times over with the seeds of each window in another
order: the adaptive rule, random search (also with no more than the adaptive rule spent), and the grid with
all of its retrainings. Regret is the true accuracy of the best window less that of the chosen one.
Leave-one-out coverage of the interval stands beside. Writes benchmarks/results/adaptive.json; ``table``
writes it into docs/results.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from audited import SHARED, SOURCES, audited, datadiet
from marked import write_between
from torchvision.datasets import FashionMNIST

from datadiet.data.fitting import encode_png
from datadiet.pipeline.studies import Protocol, open_study
from datadiet.study.adaptive import candidate_windows, next_windows
from datadiet.study.surface import Measured, fit_surface, leave_one_out, measured_windows

RESULTS = Path(__file__).parent / "results" / "adaptive.json"
KEEPS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
OFFSET_STEP = 0.1
CHOOSING, TRUTH = (0, 1, 2), (3, 4, 5)
NUM_EPOCHS = {"digits": 6, "fashion-mnist-6000": 4}  # of all data: every retraining takes that many steps
NUM_TRAIN, NUM_VALIDATION = 6_000, 10_000  # images of the small Fashion-MNIST
REPEATS = 10


def small_fashion(workspace: Path) -> list[str]:
    """Return the words that name a Parquet file of images of Fashion-MNIST; write it where it is not yet."""
    path = workspace.parent / "fashion-mnist-6000.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        order = np.random.default_rng(0).permutation(60_000)
        parts = {
            "train": (True, order[:NUM_TRAIN]),
            "validation": (True, order[NUM_TRAIN : NUM_TRAIN + NUM_VALIDATION]),
            "test": (False, np.arange(10_000)),
        }
        frames = [
            rows_of(is_train, chosen).assign(split=split) for split, (is_train, chosen) in parts.items()
        ]
        pq.write_table(pa.Table.from_pandas(pd.concat(frames), preserve_index=False), path)
    return [str(path)]


def rows_of(is_train: bool, chosen: np.ndarray) -> pd.DataFrame:
    """Return encoded images and labels of Fashion-MNIST."""
    images = FashionMNIST(str(SHARED), train=is_train)
    encoded = [encode_png(images.data[row].numpy()[..., None]) for row in chosen]
    return pd.DataFrame({"image": encoded, "label": images.targets.numpy()[chosen]})


def grid(name: str, noise: str, workspace: Path) -> pd.DataFrame:
    """Return the validation accuracy of every window (rows) with every seed (columns)."""
    run = audited(f"adaptive {name} {noise}", name, noise, workspace)
    words = ["--keep", ",".join(map(str, KEEPS)), "--offsets", f"0:1:{OFFSET_STEP}"]
    seeds = str(len(CHOOSING) + len(TRUTH))
    place = ["--workspace", str(workspace)]
    datadiet("sweep", run.run_id, *words, "--seeds", seeds, "--epochs", str(NUM_EPOCHS[name]), *place)
    frame = open_study(run.files, Protocol(num_epochs=NUM_EPOCHS[name])).retrainings()
    windows = frame[frame["rule"] == "window"]
    return windows.pivot_table(
        index=["keep_fraction", "window_offset"], columns="seed", values="validation_accuracy"
    )


class Player:
    """Outcomes of retrainings, handed out as if they were measured now: a window's seeds in a drawn order."""

    def __init__(self, outcomes: pd.DataFrame, draw: np.random.Generator) -> None:
        values = outcomes[list(CHOOSING)].to_numpy()
        self._values = draw.permuted(values, axis=1)
        self.windows = np.array([list(each) for each in outcomes.index])
        self._counts = np.zeros(len(values), dtype=int)

    @property
    def open(self) -> np.ndarray:
        """Return which windows still have a seed to hand out."""
        return self._counts < self._values.shape[1]

    def measure(self, window: int) -> None:
        """Measure a window once more."""
        self._counts[window] += 1

    def measured(self) -> Measured:
        """Return what was measured so far."""
        seen = np.flatnonzero(self._counts)
        parts = [self._values[each, : self._counts[each]] for each in seen]
        repeats = [part for part in parts if len(part) > 1]
        pooled = np.sqrt(np.mean([np.var(part, ddof=1) for part in repeats])) if repeats else 0.005
        return Measured(
            windows=self.windows[seen],
            accuracy=np.array([part.mean() for part in parts]),
            num_seeds=self._counts[seen].astype(np.int64),
            seed_deviation=max(float(pooled), 1e-4),
            own_errors=np.array([
                np.std(part, ddof=1) / np.sqrt(len(part)) if len(part) > 1 else np.nan for part in parts
            ]),
        )


def adaptive_choice(player: Player, budget: int) -> tuple[int, int]:
    """Return the window that the adaptive rule ends with, and what it spent."""
    places = {tuple(window): place for place, window in enumerate(player.windows.round(6))}
    for spent in range(budget):
        candidates = player.windows[player.open]
        advice = next_windows(player.measured(), candidates, num=1) if spent else None
        if advice is None:
            first = candidate_windows(KEEPS, OFFSET_STEP)
            middle = np.argmin(((candidates - first.mean(axis=0)) ** 2).sum(axis=1))
            player.measure(places[tuple(candidates[middle].round(6))])
            continue
        if advice.is_settled:
            return best_predicted(player), spent
        wanted = advice.suggestions[0]
        player.measure(places[round(wanted.keep_fraction, 6), round(wanted.window_offset, 6)])
    return best_predicted(player), budget


def best_predicted(player: Player) -> int:
    """Return the measured window with the highest predicted mean."""
    measured = player.measured()
    surface = fit_surface(measured)
    means = surface.predict(measured.windows)["accuracy"] if surface else pd.Series(measured.accuracy)
    window = measured.windows[int(means.to_numpy().argmax())]
    return int(np.flatnonzero((np.abs(player.windows - window) < 1e-9).all(axis=1))[0])


def random_choice(player: Player, budget: int, draw: np.random.Generator) -> int:
    """Return the window that random search ends with: each once, in a drawn order, best mean."""
    for place in draw.permutation(len(player.windows))[:budget]:
        player.measure(int(place))
    measured = player.measured()
    window = measured.windows[int(measured.accuracy.argmax())]
    return int(np.flatnonzero((np.abs(player.windows - window) < 1e-9).all(axis=1))[0])


def played(outcomes: pd.DataFrame) -> dict[str, Any]:
    """Return the regrets of each way over all repeats."""
    truth = outcomes[list(TRUTH)].mean(axis=1).to_numpy()
    by_grid = int(outcomes[list(CHOOSING)].mean(axis=1).to_numpy().argmax())
    budget = len(outcomes) * len(CHOOSING) // 3
    regrets: dict[str, list[float]] = {
        name: [] for name in ("adaptive", "random search", "random search, as many as adaptive")
    }
    spent = []
    for repeat in range(REPEATS):
        draw = np.random.default_rng(repeat)
        chosen, used = adaptive_choice(Player(outcomes, draw), budget)
        regrets["adaptive"].append(float(truth.max() - truth[chosen]))
        spent.append(used)
        for name, num in (("random search", budget), ("random search, as many as adaptive", used)):
            chosen = random_choice(Player(outcomes, draw), num, draw)
            regrets[name].append(float(truth.max() - truth[chosen]))
    return {
        "num_windows": len(outcomes),
        "budget": budget,
        "spent_by_adaptive": float(np.mean(spent)),
        "regret": {
            name: {"mean": float(np.mean(each)), "standard_error": float(np.std(each, ddof=1) / REPEATS**0.5)}
            for name, each in regrets.items()
        },
        "regret_of_full_grid": float(truth.max() - truth[by_grid]),
        "within_1_percent_of_best": int((truth > truth.max() - 0.01).sum()),
        "spread_of_truth": float(np.ptp(truth)),
    }


def table() -> None:
    """Write the table of docs/results.md between its marks: regret in points by way and set."""
    entries = json.loads(RESULTS.read_text())
    ways = dict.fromkeys(way for entry in entries for way in entry["regret"])
    rows = [["", *(f"{entry['set']}, {entry['noise']}" for entry in entries)]]
    rows += [["full grid", *(grid_cell(entry) for entry in entries)]]
    rows += [[way, *(regret_cell(entry, way) for entry in entries)] for way in ways]
    rows += [
        [
            "windows within a point of the best",
            *(f"{entry['within_1_percent_of_best']} of {entry['num_windows']}" for entry in entries),
        ],
        ["best less worst window, points", *(f"{100 * entry['spread_of_truth']:.1f}" for entry in entries)],
        ["left-out windows within their 95 % interval", *(coverage_cell(entry) for entry in entries)],
    ]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, "|---" * len(rows[0]) + "|")
    write_between("results.md", "adaptive", "adaptive.py", lines)


def grid_cell(entry: dict[str, Any]) -> str:
    """Return the regret of the full grid, and what it took."""
    return f"{100 * entry['regret_of_full_grid']:.3f} with {entry['num_windows'] * len(CHOOSING)}"


def regret_cell(entry: dict[str, Any], way: str) -> str:
    """Return the mean regret of a way with its standard error, and the retrainings that it took."""
    found = entry["regret"].get(way)
    if found is None:
        return "not played"
    num = entry["budget"] if way == "random search" else entry["spent_by_adaptive"]
    return f"{100 * found['mean']:.3f} ± {100 * found['standard_error']:.3f} with {num:.0f}"


def coverage_cell(entry: dict[str, Any]) -> str:
    """Return how many windows lay within the interval predicted without them, and how wide it was."""
    left_out = entry["leave_one_out"]
    inside = round(left_out["coverage"] * left_out["num_windows"])
    width = 100 * left_out["median_half_width"]
    return f"{inside} of {left_out['num_windows']}, ± {width:.1f} points"


def main() -> None:
    if sys.argv[1:] == ["table"]:
        table()
    else:
        measure()


def measure() -> None:
    """Retrain what is not there yet, play the ways to choose on it, and record what they gave away."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", required=True, choices=list(NUM_EPOCHS))
    parser.add_argument("--noise", default="symmetric:0.1")
    parser.add_argument("--workspace", type=Path, required=True)
    asked = parser.parse_args()
    if asked.set == "fashion-mnist-6000":
        SOURCES[asked.set] = small_fashion(asked.workspace)
    outcomes = grid(asked.set, asked.noise, asked.workspace)
    run = audited(f"adaptive {asked.set} {asked.noise}", asked.set, asked.noise, asked.workspace)
    frame = open_study(run.files, Protocol(num_epochs=NUM_EPOCHS[asked.set])).retrainings()
    chosen_by = frame[frame["seed"].isin(CHOOSING) & (frame["rule"] == "window")]
    left_out = leave_one_out(measured_windows(chosen_by))
    entry = {
        "set": asked.set,
        "noise": asked.noise,
        **played(outcomes),
        "leave_one_out": {
            "coverage": float(left_out["is_covered"].mean()),
            "median_half_width": float(left_out["half_width"].median()),
            "num_windows": len(left_out),
        },
        "environment": run.files.environment,
    }
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    kept = [old for old in known if (old["set"], old["noise"]) != (asked.set, asked.noise)]
    RESULTS.write_text(json.dumps([*kept, entry], indent=1) + "\n")
    print(json.dumps({key: value for key, value in entry.items() if key != "environment"}, indent=1))


if __name__ == "__main__":
    main()
