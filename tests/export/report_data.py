"""A made-up run to report on: tables with the shape of a real one, pictures real or drawn."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
from PIL import Image

from datadiet.export.report import Estimate, ReportData, Subject
from datadiet.frames.scores import RELIABILITY


def drawn_thumbnail(example_id, *, side=8):
    """Return a small PNG whose pixels follow from the example's number."""
    pixels = np.random.default_rng(example_id).integers(0, 255, (side, side, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def made_up_scores(*, num=400, class_names=("cat", "dog"), keys=None):
    """Return a table like ``run.scores()`` with a tenth of the labels flipped."""
    rng = np.random.default_rng(0)
    given = rng.integers(0, len(class_names), num)
    is_flipped = rng.random(num) < 0.1
    label = np.where(is_flipped, (given + 1) % len(class_names), given)
    el2n = np.clip(rng.gamma(1.2, 0.18, num) + is_flipped * rng.normal(0.9, 0.15, num), 0.0, 1.41)
    wrong = np.clip(el2n / 1.41 + rng.normal(0, 0.1, num), 0.0, 1.0)
    return pd.DataFrame({
        "example_id": np.arange(num),
        "source_key": keys or [f"{class_names[c]}/{class_names[c]}.{i}.jpg" for i, c in enumerate(given)],
        "split": np.where(np.arange(num) % 10 == 0, "validation", "train"),
        "given_label": given,
        "label": label,
        "is_flipped": is_flipped,
        "el2n": el2n,
        "el2n_se": rng.uniform(0.01, 0.08, num),
        "el2n_percentile": np.argsort(np.argsort(el2n)) / (num - 1),
        "mislabel_score": wrong,
        "is_suspect": wrong > 0.5,
        "suggested_label": np.where(wrong > 0.5, given, label),
        "suggested_probability": np.clip(wrong + 0.1, 0, 1),
        "decision": np.where(np.arange(num) % 37 == 5, "drop", ""),
    })


def made_up_history(num_seeds=3, num_epochs=8):
    rng = np.random.default_rng(1)
    epochs = np.arange(1, num_epochs + 1)
    return pd.concat([
        pd.DataFrame({
            "seed": seed,
            "epoch": epochs,
            "step": epochs * 39,
            "learning_rate": 0.1,
            "train_loss": 1.0,
            "train_accuracy": 0.9 - 0.4 * np.exp(-epochs / 3) + rng.normal(0, 0.008, num_epochs),
            "validation_accuracy": 0.85 - 0.35 * np.exp(-epochs / 2) + rng.normal(0, 0.012, num_epochs),
            "test_accuracy": 0.84 - 0.35 * np.exp(-epochs / 2) + rng.normal(0, 0.01, num_epochs),
        })
        for seed in range(num_seeds)
    ])


def made_up_truth(scores):
    rng = np.random.default_rng(2)
    rankings = {
        "mislabel_score": scores["mislabel_score"],
        "el2n": scores["el2n"],
        "margin": scores["el2n"] + rng.normal(0, 0.15, len(scores)),
        "grand": scores["el2n"] + rng.normal(0, 0.3, len(scores)),
        "forgetting": scores["el2n"] + rng.normal(0, 0.6, len(scores)),
        "input_norm": rng.random(len(scores)),
        "random": rng.random(len(scores)),
    }
    parts = []
    for name, values in rankings.items():
        hits = scores["is_flipped"].to_numpy()[np.argsort(-np.asarray(values))].cumsum()
        depths = np.unique(np.geomspace(1, len(scores), 40).astype(int))
        found = hits[depths - 1]
        parts.append(
            pd.DataFrame({
                "score": name,
                "depth": depths,
                "precision": found / depths,
                "recall": found / max(1, hits[-1]),
            })
        )
    return pd.concat(parts, ignore_index=True)


def made_up_report(*, class_names=("cat", "dog"), num=400, keys=None, thumbnail=drawn_thumbnail, **changes):
    """Return report data over made-up tables."""
    scores = made_up_scores(num=num, class_names=class_names, keys=keys)
    num_classes = len(class_names)
    values = {
        "subject": Subject(
            dataset_name="cats_and_dogs",
            dataset_id="5f1d0c3a9be24477",
            run_id="3f2a9c1b77d0e4a2",
            run_name="first look",
            seeds=(0, 1, 2),
            version="0.1.0",
            noise="10 % symmetric noise planted",
            training={"profile": "quick", "model": "quick net", "epochs": "8", "image size": "64 px"},
            machine={
                "processor": "x86_64, 2 cores",
                "memory": "7.8 GiB",
                "python": "3.11",
                "torch": "2.14.1",
            },
        ),
        "class_names": class_names,
        "scores": scores,
        "problems": pd.DataFrame({
            "example_id": pd.array([7, None], dtype="Int64"),
            "source_key": ["cat/broken.jpg", ".DS_Store"],
            "kind": ["unreadable", "ignored"],
            "reason": ["The file ends before the image does.", "Not an image of the set."],
        }),
        "history": made_up_history(),
        "truth": made_up_truth(scores),
        "confused": pd.DataFrame({
            "label": np.arange(num_classes),
            "true_label": (np.arange(num_classes) + 1) % num_classes,
            "num_wrong": np.linspace(22.0, 3.0, num_classes),
        }),
        "reliability": RELIABILITY.from_rows([
            {"score": "el2n", "num_seeds": 3, "split_half": 0.91, "seeds_for_90": 3, "seeds_for_95": 6},
            {"score": "grand", "num_seeds": 3, "split_half": 0.88, "seeds_for_90": 4, "seeds_for_95": 8},
            {
                "score": "forgetting",
                "num_seeds": 3,
                "split_half": 0.2,
                "seeds_for_90": None,
                "seeds_for_95": None,
            },
        ]),
        "estimate": Estimate(
            43, 36, 52, 400, "The count is by confident learning on left-out probabilities."
        ),
        "thumbnail": thumbnail,
    }
    return ReportData(**{**values, **changes})
