"""A workspace with one run of half a million 8 x 8 images, for timings of the dashboard.

    python benchmarks/large_workspace.py DIR [--num 500000]

A short cut, not an audit: the digits are repeated with pixel noise and prepared as any source is; what the
run says of them (labels, two scores of two seeds at two steps, probabilities, triage) is drawn, not trained.
It has no training segments, so there are no curves.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from datadiet.config import AuditConfig
from datadiet.data.sources.arrays import ArraySource
from datadiet.data.sources.digits import digits_source
from datadiet.frames.scores import SEED_SCORES
from datadiet.frames.training import LABELS
from datadiet.frames.triage import CONFUSED, MISLABELS, NEIGHBOURS, OUTLIERS
from datadiet.pipeline.prepare import prepare_source
from datadiet.pipeline.progress import Silent
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.triage_files import current_folder
from datadiet.store.arrays import write_array
from datadiet.store.documents import publish_json, write_json
from datadiet.store.publish import publish_file, publish_folder
from datadiet.store.runs import record_run
from datadiet.store.tables import publish_table, write_table
from datadiet.store.workspace import Workspace
from datadiet.training.schedule import total_steps

RUN_ID = "0123456789abcdef"
SEEDS = (0, 1)
METHODS = ("el2n", "margin")
NUM_NEIGHBOURS = 10


def large_source(num: int, rng: np.random.Generator) -> ArraySource:
    """Return the digits over and over, each copy with noise of its own."""
    records = list(digits_source().records())
    pixels = np.stack([record.open() for record in records])
    chosen = rng.integers(0, len(records), num)
    noise = rng.integers(0, 60, (num, *pixels.shape[1:]), dtype=np.uint8)
    labels = np.array([int(record.label) for record in records])[chosen]
    images = np.minimum(pixels[chosen].astype(np.uint16) + noise, 255).astype(np.uint8)
    return ArraySource(images, labels, [str(digit) for digit in range(10)], name="large digits")


def drawn_labels(files: RunFiles, rng: np.random.Generator) -> pd.DataFrame:
    """Return the LABELS frame: one label in ten of train flipped."""
    examples = files.images.examples
    given = examples["given_label"].to_numpy()
    is_flipped = (rng.random(len(given)) < 0.1) & (examples["split"] == "train").to_numpy()
    label = np.where(is_flipped, (given + rng.integers(1, 10, len(given))) % 10, given)
    truth = pd.array(given, dtype="Int64")
    return LABELS.conform(
        pd.DataFrame({
            "example_id": examples["example_id"],
            "split": examples["split"],
            "fold": -1,
            "given_label": given,
            "label": label,
            "true_label": truth,
            "is_flipped": is_flipped,
        })
    )


def publish_scores(files: RunFiles, seed: int, rng: np.random.Generator) -> None:
    """Publish what one seed says: scores at an early and the last step, and probabilities."""
    labels, num = files.labels, len(files.labels)
    is_flipped = labels["is_flipped"].to_numpy()
    for method in METHODS:
        sign = 1.0 if method == "el2n" else -3.0
        for step in (files.last_step // 4, files.last_step):
            values = sign * np.clip(rng.beta(1.2, 6, num) + 0.7 * is_flipped, 0, 1.4)
            frame = pd.DataFrame({"example_id": labels["example_id"], "value": values})
            publish_table(files.score_path(seed, method, step), frame, SEED_SCORES)
    logits = rng.normal(0, 1, (num, 10)).astype(np.float32)
    logits[np.arange(num), labels["given_label"].to_numpy()] += 5
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    path = files.workspace.scores_dir(files.run_id, seed) / "probabilities.npy"
    publish_file(path, lambda part: write_array(part, probabilities.astype(np.float32)))


def publish_drawn_triage(files: RunFiles, rng: np.random.Generator) -> None:
    """Publish drawn tables of triage."""
    labels, num = files.labels, len(files.labels)
    ids = labels["example_id"].to_numpy()
    is_flipped = labels["is_flipped"].to_numpy()
    score = np.where(is_flipped, rng.beta(8, 1, num), rng.beta(1, 30, num))
    mislabels = pd.DataFrame({
        "example_id": ids,
        "mislabel_score": score,
        "suggested_label": labels["given_label"],
        "suggested_probability": rng.random(num),
        "predicted_label": labels["given_label"],
        "label_probability": rng.random(num),
        "oof_label_probability": rng.random(num),
        "is_suspect": score > 0.5,
    })
    distance = rng.random(num)
    outliers = pd.DataFrame({
        "example_id": ids,
        "outlier_score": distance.argsort().argsort() / num,
        "distance_overall": distance,
        "distance_in_class": distance,
    })
    neighbours = pd.DataFrame({
        "example_id": np.repeat(ids, NUM_NEIGHBOURS),
        "rank": np.tile(np.arange(NUM_NEIGHBOURS), num),
        "neighbour_id": ids[rng.integers(0, num, num * NUM_NEIGHBOURS)],
        "distance": rng.random(num * NUM_NEIGHBOURS),
    })
    num_wrong = int(is_flipped.sum())
    estimate = {
        "num_wrong": num_wrong,
        "low": num_wrong,
        "high": num_wrong,
        "method": "drawn",
        "num_examples": num,
    }
    with publish_folder(files.workspace, current_folder(files, SEEDS)) as attempt:
        write_table(attempt / "mislabels.parquet", mislabels, MISLABELS)
        write_table(attempt / "outliers.parquet", outliers, OUTLIERS)
        write_table(attempt / "neighbours.parquet", neighbours, NEIGHBOURS)
        write_table(attempt / "confused.parquet", CONFUSED.empty(), CONFUSED)
        write_json(attempt / "estimate.json", estimate)
        write_json(attempt / "detection.json", {})


def make(root: Path, num: int) -> None:
    """Make the workspace."""
    rng = np.random.default_rng(0)
    workspace, config = Workspace.open(root), AuditConfig()
    prepared = prepare_source(
        workspace, large_source(num, rng), config.data, num_workers=2, progress=Silent()
    )
    files = RunFiles(workspace, RUN_ID)
    num_train = int(prepared.document["num_examples"]["train"])
    document = {
        "run_id": RUN_ID,
        "dataset_id": prepared.dataset_id,
        "source": "large digits",
        "source_path": None,
        "config": config.model_dump(mode="json"),
        "num_train": num_train,
        "realised_noise_fraction": 0.1,
        "channel_mean": [0.3],
        "channel_std": [0.3],
        "class_names": prepared.class_names,
        "reviews": None,
    }
    assert total_steps(config.train, num_train)
    folder = workspace.run_dir(RUN_ID)
    record_run(workspace, document, name="large digits")
    publish_json(folder / "environment.json", {})
    publish_table(folder / "noise.parquet", drawn_labels(files, rng), LABELS)
    files = RunFiles(workspace, RUN_ID)
    for seed in SEEDS:
        publish_scores(files, seed, rng)
    publish_drawn_triage(files, rng)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--num", type=int, default=500_000)
    chosen = parser.parse_args()
    make(chosen.root, chosen.num)
