"""Does labelling what ``score-pool`` ranks first beat labelling random images? On the digits.

    python benchmarks/pool.py [--repeats 5] [--start 150] [--add 100] [--rounds 3]

A start set of ``--start`` labelled digits is audited (quick, 3 seeds); each round adds ``--add`` labels, the
first of the ranking of all that is left or random ones, and audits anew. Test accuracy on 400 digits that no
training sees, mean over the ensemble's seeds; mean and standard error over repeats, each with a start set
and test set of its own. Results: benchmarks/results/pool.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import datadiet
from datadiet.data.sources.digits import digits_source
from datadiet.pipeline.plan import AuditOptions

RESULTS = Path(__file__).parent / "results" / "pool.json"
NUM_TEST, NUM_SEEDS = 400, 3
WAYS = ("ranked", "random")


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return images (N, 8, 8) and labels of the digits."""
    records = list(digits_source().records())
    images = np.stack([np.asarray(record.open()) for record in records]).astype(np.uint8)
    return images, np.array([int(record.label) for record in records])


def accuracies(way: str, repeat: int, args: argparse.Namespace) -> list[float]:
    """Return the test accuracy after each round, the start first."""
    images, labels = digits()
    draw = np.random.default_rng(repeat)
    order = draw.permutation(len(images))
    test, rest = order[:NUM_TEST], order[NUM_TEST:]
    labelled, left = rest[: args.start], rest[args.start :]
    found = []
    for number in range(args.rounds + 1):
        source = datadiet.ArraySource(
            images[labelled],
            labels[labelled],
            [str(each) for each in range(10)],
            name="labelled",
            test_images=images[test],
            test_labels=labels[test],
        )
        with tempfile.TemporaryDirectory() as folder:
            run = datadiet.audit(
                source,
                seeds=NUM_SEEDS,
                folds=0,
                workspace=folder,
                options=AuditOptions(num_workers=args.workers),
            )
            found.append(run.accuracy("test").mean)
            if number < args.rounds:
                if way == "ranked":
                    ranking = datadiet.score_pool(run, images[left]).frame["position"].to_numpy()
                else:
                    ranking = draw.permutation(len(left))
                labelled = np.concatenate([labelled, left[ranking[: args.add]]])
                left = np.delete(left, ranking[: args.add])
    return found


def summary(found: np.ndarray) -> dict[str, Any]:
    """Return mean and standard error over repeats (R, rounds + 1)."""
    error = (
        found.std(axis=0, ddof=1) / len(found) ** 0.5 if len(found) > 1 else np.full(found.shape[1], np.nan)
    )
    return {"mean": found.mean(axis=0).round(4).tolist(), "standard_error": error.round(4).tolist()}


def main() -> None:
    """Measure both ways and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--start", type=int, default=150)
    parser.add_argument("--add", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=0)
    args = parser.parse_args()
    found = {way: np.array([accuracies(way, each, args) for each in range(args.repeats)]) for way in WAYS}
    gaps = found["ranked"] - found["random"]
    document = {
        "set": "digits",
        "num_labelled": [args.start + args.add * each for each in range(args.rounds + 1)],
        "repeats": args.repeats,
        "seeds": NUM_SEEDS,
        **{way: summary(values) for way, values in found.items()},
        "ranked_minus_random": summary(gaps),
    }
    RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
