"""Which score finds planted wrong labels, and is their estimated number right? All on the same nets.

    python benchmarks/mislabels.py run [--sets digits cifar10 ...] [--noise-seeds 1]
    python benchmarks/mislabels.py table

``run`` adds a line a setting to benchmarks/results/mislabels.jsonl and skips those that are there, so that it
can be stopped, and run for two sets at once; ``table`` writes the tables of docs/mislabels.md from it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import warnings
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cleanlab
import numpy as np
import pandas as pd
import torch
from cleanlab.count import num_label_issues
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from planted import Images, between_lookalikes, load, pair_matrix

from datadiet.config import NoiseConfig
from datadiet.data.noise import flip_labels
from datadiet.data.splits import assign_folds
from datadiet.pipeline.environment import environment
from datadiet.scores.passes import evaluate
from datadiet.training.checkpoint import load_model
from datadiet.training.inputs import ChannelStats, TrainingData
from datadiet.training.loop import initial_checkpoint, train_segment
from datadiet.training.opinions import MinibatchOpinions
from datadiet.training.profiles import resolve_training
from datadiet.triage.discriminant import discriminant_logits
from datadiet.triage.estimate import folds_for
from datadiet.triage.evidence import SeedEvidence, log_softmax
from datadiet.triage.mislabels import find_mislabels
from datadiet.triage.nearest import nearest, unit_vectors
from datadiet.triage.neighbours import label_shares
from datadiet.triage.truth import detection

RESULTS = Path(__file__).parent / "results"
LINES = RESULTS / "mislabels.jsonl"
SETS = ("digits", "cats-and-dogs", "fashion-mnist", "cifar10")
KINDS = ("look-alikes", "pairs", "symmetric")
FRACTIONS = (0.05, 0.1, 0.2, 0.4)
NUM_SEEDS = 3
FIRST_NOISE_SEED = 200  # the constants of the score were set on other draws
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Setting:
    data: str
    kind: str
    fraction: float
    noise_seed: int
    num_folds: int


@dataclass(frozen=True)
class Seen:
    """What one seed saw, and its scores from training (NaN outside its training rows)."""

    evidence: SeedEvidence
    scores: dict[str, np.ndarray]
    seconds: float


def stats_of(pixels: np.ndarray) -> ChannelStats:
    shares = pixels.reshape(-1, pixels.shape[3]) / 255
    return ChannelStats(tuple(shares.mean(axis=0)), tuple(shares.std(axis=0)))


def train_seed(
    images: Images,
    labels: np.ndarray,
    train_rows: np.ndarray,
    seed: int,
    settings: dict[str, int] | None = None,
) -> Seen:
    """Return what a quick net saw that trained on ``train_rows``; ``settings`` change its training."""
    started, pixels = time.perf_counter(), images.pixels
    validation = np.arange(images.num_train, len(labels))
    nothing = np.empty(0, np.int64)
    data = TrainingData(
        images=pixels,
        train_rows=train_rows,
        train_labels=labels[train_rows],
        train_ids=train_rows,
        validation_rows=validation,
        validation_labels=labels[validation],
        test_rows=nothing,
        test_labels=nothing,
        num_classes=images.num_classes,
        stats=stats_of(pixels[train_rows]),
    )
    config = resolve_training(
        "quick",
        num_train=len(train_rows),
        image_size=pixels.shape[1],
        in_channels=pixels.shape[3],
        settings=settings,
    )
    heard = MinibatchOpinions(len(train_rows), images.num_classes)
    start = initial_checkpoint(config, data, seed)
    segment = train_segment(config, data, start, stop_epoch=config.num_epochs, device=CPU, observers=[heard])
    model = load_model(segment.checkpoint, config)
    rows = np.arange(len(labels))
    seen = evaluate(model, pixels, rows, labels, data.stats, ["el2n"], device=CPU, batch_size=500)
    minibatch = np.full((len(labels), images.num_classes), np.nan, np.float32)
    minibatch[train_rows] = heard.mean()
    is_train = np.isin(rows, train_rows)
    by_example = segment.signals.groupby("example_id")
    scores = {
        "el2n": np.where(is_train, seen.values["el2n"], np.nan),
        "margin": placed(-by_example["margin"].mean(), len(labels)),
        "cartography": placed(1 - by_example["label_probability"].mean(), len(labels)),
        "el2n, mean over epochs": placed(by_example["el2n"].mean(), len(labels)),
        "forgetting": placed(by_example["is_correct"].agg(times_forgotten), len(labels)),
    }
    accuracies = tuple(segment.history["train_accuracy"])
    evidence = SeedEvidence(seen.probabilities, seen.features, is_train, minibatch, accuracies)
    return Seen(evidence, scores, time.perf_counter() - started)


def times_forgotten(correct: Any) -> float:
    """Return correct -> wrong changes; never learned counts as one change a presentation."""
    hits = correct.to_numpy()
    return float((hits[:-1] & ~hits[1:]).sum()) if hits.any() else float(len(hits))


def placed(by_row: Any, num_rows: int) -> np.ndarray:
    values = np.full(num_rows, np.nan)
    values[by_row.index.to_numpy()] = by_row.to_numpy()
    return values


def reference_logits(images: Images, name: str) -> np.ndarray:
    """Return what networks that saw none of these images' labels think of them."""
    path = Path(tempfile.gettempdir()) / "datadiet-benchmarks" / f"reference_{name}.npy"
    if path.exists():
        return np.load(path)
    if images.reference_pixels is not None:
        both = Images(
            np.concatenate([images.reference_pixels, images.pixels]),
            np.concatenate([images.reference_truth, images.truth]),
            len(images.reference_pixels), None, None,
        )  # fmt: skip
        seen = train_seed(both, both.truth, np.arange(both.num_train), seed=99)
        logits = np.log(seen.evidence.probabilities[both.num_train :] + 1e-7)
    else:
        half = np.arange(len(images.truth)) % 2
        logits = np.zeros((len(half), images.num_classes), np.float32)
        for side in (0, 1):
            seen = train_seed(images, images.truth, np.flatnonzero(half == side), seed=99 + side)
            logits[half != side] = np.log(seen.evidence.probabilities[half != side] + 1e-7)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, logits)
    return logits


def planted_labels(images: Images, setting: Setting) -> np.ndarray:
    if setting.kind == "look-alikes":
        logits = reference_logits(images, setting.data)
        return between_lookalikes(images.truth, logits, setting.fraction, setting.noise_seed)
    if setting.kind == "pairs":
        matrix = pair_matrix(setting.data, setting.fraction)
        config = NoiseConfig(kind="asymmetric", matrix=matrix, seed=setting.noise_seed)
    else:
        config = NoiseConfig(kind="symmetric", fraction=setting.fraction, seed=setting.noise_seed)
    everywhere = np.ones(len(images.truth), bool)
    return flip_labels(images.truth, everywhere, config, images.num_classes).labels


def candidates(labels: np.ndarray, seen: list[Seen], mislabel_score: np.ndarray) -> dict[str, np.ndarray]:
    """Return every way to rank, high = suspect."""
    evidence = [one.evidence for one in seen]
    mean = np.mean([one.probabilities for one in evidence], axis=0, dtype=np.float64)
    mean /= mean.sum(axis=1, keepdims=True)
    is_train = np.any([one.is_train for one in evidence], axis=0)
    features = [one.features for one in evidence]
    judged = discriminant_logits(labels, features, is_train, num_classes=mean.shape[1])
    shares = label_shares(labels, nearest(unit_vectors(features), 20), num_classes=mean.shape[1])
    rows = np.arange(len(labels))
    found = {
        "mislabel_score": mislabel_score,
        "1 - mean p(label)": 1 - mean[rows, labels],
        "discriminant alone": -log_softmax(judged)[rows, labels].astype(np.float64),
        "neighbours of another label": 1 - shares[rows, labels],
        "random": np.random.default_rng(0).random(len(labels)),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # an example that no seed trained on has no mean
        for name in seen[0].scores:
            found[name] = np.nanmean([one.scores[name] for one in seen], axis=0)
    for method in ("self_confidence", "normalized_margin", "confidence_weighted_entropy"):
        adjust = method != "confidence_weighted_entropy"
        quality = get_label_quality_scores(labels, mean, method=method, adjust_pred_probs=adjust)
        found[f"cleanlab {method}"] = 1 - quality
    return found


def measured(images: Images, setting: Setting, training: dict[str, int] | None = None) -> dict[str, Any]:
    """Return what was found in one setting; ``training`` changes the quick profile's."""
    labels = planted_labels(images, setting)
    is_train = np.arange(len(labels)) < images.num_train
    folds = np.full(len(labels), -1)
    if setting.num_folds:
        groups = pd.Series([""] * images.num_train)
        folds[is_train] = assign_folds(labels[is_train], groups, setting.num_folds, 0)
    seen = [
        train_seed(images, labels, np.flatnonzero(is_train & (folds != seed % max(setting.num_folds, 1)))
                   if setting.num_folds else np.flatnonzero(is_train), seed, training)
        for seed in range(NUM_SEEDS)
    ]  # fmt: skip
    started = time.perf_counter()
    split = np.where(is_train, "train", "validation")
    verdict = find_mislabels(np.arange(len(labels)), labels, split, [one.evidence for one in seen])
    seconds = time.perf_counter() - started
    is_wrong = labels != images.truth
    score = verdict.table["mislabel_score"].to_numpy()
    ranked = candidates(labels, seen, score)
    found = {name: detection(values[is_train], is_wrong[is_train]) for name, values in ranked.items()}
    return {
        **asdict(setting),
        "num_examples": len(labels),
        "num_wrong": int(is_wrong.sum()),
        "estimate": verdict.estimate.document(),
        "auroc": {name: one.auroc for name, one in found.items()},
        "average_precision": {name: one.average_precision for name, one in found.items()},
        "suggestion_right": suggestion_right(verdict.table, images.truth, is_wrong),
        "calibration": calibration(score, is_wrong),
        "cleanlab": cleanlab_peer(labels, seen, is_wrong, is_train),
        "train_seconds": sum(one.seconds for one in seen),
        "triage_seconds": seconds,
    }


def suggestion_right(table: Any, truth: np.ndarray, is_wrong: np.ndarray) -> float | None:
    """Return how often the suggestion is the true label, among suspects that really are wrong."""
    rows = is_wrong & table["is_suspect"].to_numpy()
    return float((table["suggested_label"].to_numpy() == truth)[rows].mean()) if rows.any() else None


def calibration(score: np.ndarray, is_wrong: np.ndarray) -> list[dict[str, float]]:
    edges = (0.0, 0.05, 0.2, 0.5, 0.8, 1.0001)
    bins = [(score >= low) & (score < high) for low, high in pairwise(edges)]
    return [
        {"num": int(one.sum()), "promised": float(score[one].mean()), "wrong": float(is_wrong[one].mean())}
        for one in bins
        if one.any()
    ]


def cleanlab_peer(
    labels: np.ndarray, seen: list[Seen], is_wrong: np.ndarray, is_train: np.ndarray
) -> dict[str, float]:
    """Return cleanlab's own count and list: left-out probabilities where there are folds, else in-sample."""
    weights = np.stack([~one.evidence.is_train for one in seen])[..., None]
    probabilities = np.stack([one.evidence.probabilities for one in seen]).astype(np.float64)
    left_out = (probabilities * weights).sum(axis=0) / np.maximum(weights.sum(axis=0), 1)
    has_any = weights.any(axis=0)
    mean = np.where(has_any, left_out, probabilities.mean(axis=0))[is_train]
    mean /= mean.sum(axis=1, keepdims=True)
    listed = find_label_issues(labels[is_train], mean, n_jobs=1)
    wrong = is_wrong[is_train]
    return {
        "num_label_issues": int(num_label_issues(labels[is_train], mean)),
        "of": int(wrong.sum()),
        "listed": int(listed.sum()),
        "precision": float(wrong[listed].mean()) if listed.any() else 0.0,
        "recall": float(listed[wrong].mean()),
    }


def settings(sets: list[str], noise_seeds: int) -> list[Setting]:
    """Return all settings, look-alikes first and a tenth wrong before the rest, every data set in turn."""
    folds = {}
    for name in sets:
        images = load(name)
        folds[name] = folds_for(len(images.truth) - images.num_train, NUM_SEEDS)
    other_way = [
        Setting(name, "look-alikes", 0.1, FIRST_NOISE_SEED, 0 if folds[name] else NUM_SEEDS) for name in sets
    ]
    in_turn = [(kind, 0.1) for kind in KINDS] + [("look-alikes", fraction) for fraction in (0.05, 0.2, 0.4)]
    in_turn += [(kind, fraction) for fraction in (0.4, 0.05, 0.2) for kind in KINDS if kind != "look-alikes"]
    planned = [
        Setting(name, kind, fraction, noise_seed, folds[name])
        for noise_seed in range(FIRST_NOISE_SEED, FIRST_NOISE_SEED + noise_seeds)
        for kind, fraction in in_turn
        for name in sets
    ]
    return planned + other_way


def run(sets: list[str], noise_seeds: int) -> None:
    torch.set_num_threads(1)
    RESULTS.mkdir(exist_ok=True)
    lines = LINES.read_text().splitlines() if LINES.exists() else []
    keys = Setting.__dataclass_fields__
    done = {tuple(json.loads(line)[key] for key in keys) for line in lines}
    for setting in settings(sets, noise_seeds):
        if tuple(asdict(setting).values()) in done:
            continue
        line = {**measured(load(setting.data), setting), "machine": machine()}
        with LINES.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(f"{setting}: AP {line['average_precision']['mislabel_score']:.3f} "
              f"(1 - p {line['average_precision']['1 - mean p(label)']:.3f}), {line['num_wrong']} wrong, "
              f"estimate {line['estimate']['num_wrong']:.0f} "
              f"[{line['estimate']['low']:.0f}, {line['estimate']['high']:.0f}], "
              f"{line['train_seconds']:.0f} s", flush=True)  # fmt: skip


def machine() -> dict[str, Any]:
    """Return on what a setting is measured."""
    found = environment("cpu")
    return {**found, "versions": {**found["versions"], "cleanlab": cleanlab.__version__}, "num_threads": 1}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=["run", "table"])
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--noise-seeds", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.verb == "run":
        run(arguments.sets, arguments.noise_seeds)
    else:
        from mislabels_table import write_tables

        write_tables([json.loads(line) for line in LINES.read_text().splitlines()])


if __name__ == "__main__":
    main()
