"""One example in full for the detail panel: labels, scores, classes, neighbours, decisions; as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.browse import readers
from app.browse.columns import QUALITY, title
from app.browse.readers import Opened
from app.text import plain_name
from datadiet.triage.reviews import active, matched

MOST_CLASSES = 10  # of the probabilities shown, the likeliest
MOST_COPIES = 12  # of a group of duplicates shown


def detail(opened: Opened, row: int, reviews: pd.DataFrame) -> dict[str, Any]:
    """Return what the panel shows of an example at once.

    Args:
        opened: The run.
        row: Of the example.
        reviews: A REVIEWS table, for who decided what.
    """
    record = opened.table.scores.iloc[row]
    example = opened.run.files.images.examples.iloc[row]
    example_id, label = int(record["example_id"]), int(record["label"])
    suggested = _index(record.get("suggested_label", record.get("predicted_label")))
    run, key = opened.run, (opened.run.run_id, opened.stamp)
    near = readers.nearest(run, *key)
    opinions = _opinions(opened, row, [label, *([] if suggested is None else [suggested])])
    return {
        "id": example_id,
        "key": plain_name(str(record["source_key"])),
        "size": f"{int(example['width'])} × {int(example['height'])}",
        "note": plain_name(str(example["note"])) if example["note"] else "",
        "given": _index(record["given_label"]),
        "truth": _index(record["true_label"]),
        "suggestedProbability": _number(record.get("suggested_probability")),
        "mislabel": _number(record.get("mislabel_score")),
        "quality": _quality(str(record["quality_flags"])),
        "scores": _scores(opened, record),
        "opinions": opinions,
        "probabilities": opinions[0]["classes"],
        "neighbours": None if near is None else [[i, round(d, 4)] for i, d in near.of(example_id)],
        "typicalGiven": readers.typical(run, *key, label),
        "typicalSuggested": _typical_suggested(opened, suggested, label),
        "copies": _copies(opened, record["duplicate_group"], example_id),
        "decisions": decisions_of(opened, row, reviews),
    }


def _quality(flags: str) -> list[str]:
    return [flag.replace("_", " ") for flag in QUALITY if flag in flags.split(",")]


def _typical_suggested(opened: Opened, suggested: int | None, label: int) -> list[int]:
    if suggested is None or suggested == label:
        return []
    return readers.typical(opened.run, opened.run.run_id, opened.stamp, suggested)


def _index(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _scores(opened: Opened, record: pd.Series[Any]) -> list[dict[str, Any]]:
    """Return each score with its percentile and standard error; those this example has no value of too."""
    return [
        {
            "name": score.name,
            "title": title(score.name),
            "value": _number(record[score.name]),
            "error": _number(record.get(f"{score.name}_se")),
            "percentile": _number(record.get(f"{score.name}_percentile")),
        }
        for score in opened.table.names
    ]


def _opinions(opened: Opened, row: int, named: Sequence[int]) -> list[dict[str, Any]]:
    """Return what the models say of an example: first those that did not train on it, then those that did."""
    key = (opened.run.run_id, opened.stamp)
    values = np.stack([array[row] for array in readers.probabilities(opened.run, *key)]).astype(np.float64)
    is_train = readers.trained(opened.run, *key)[:, row]  # (S,)
    parts = ((True, values[~is_train]), (False, values[is_train]))
    return [
        {"isHeldOut": is_held_out, "num": len(part), "classes": _probabilities(part, named)}
        for is_held_out, part in parts
        if len(part)
    ]


def _probabilities(values: NDArray[np.float64], named: Sequence[int]) -> list[list[float]]:
    """Return class, mean, lowest and highest probability over seeds: the likeliest classes and ``named``.

    Args:
        values: p(class) of each seed, shape (S, C).
        named: Classes to return too.
    """
    mean = values.mean(axis=0)
    likeliest = [int(index) for index in np.argsort(-mean, kind="stable")[:MOST_CLASSES]]
    shown = [*likeliest, *(index for index in dict.fromkeys(named) if index not in likeliest)]
    return [
        [index, *(round(float(each[index]), 4) for each in (mean, values.min(axis=0), values.max(axis=0)))]
        for index in shown
    ]


def _copies(opened: Opened, group: Any, example_id: int) -> dict[str, Any] | None:
    """Return the other images of its group of duplicates; None where it is in none."""
    if pd.isna(group):
        return None
    members = np.flatnonzero(opened.table.columns["group"] == int(group))
    ids = [int(opened.table.example_ids[row]) for row in members]
    others = [each for each in ids if each != example_id]
    return {"group": int(group), "num": len(others), "ids": others[:MOST_COPIES]}


def decisions_of(opened: Opened, row: int, reviews: pd.DataFrame) -> list[list[str]]:
    """Return who decided what on an example, and when; the newest first, undone ones left out."""
    if reviews.empty:
        return []
    examples = opened.run.files.images.examples
    own = examples.iloc[[row]]
    alike = (reviews["source_key"] == own["source_key"].iloc[0]) | (
        reviews["image_hash"] == own["image_hash"].iloc[0]
    )
    if not alike.any():
        return []
    found = matched(active(reviews), examples)
    found = found[found["example_id"] == int(own["example_id"].iloc[0])].sort_values(
        "sequence", ascending=False
    )
    names = ("reviewer", "decision", "new_label", "time", "note", "queue")
    return [
        [plain_name(str(each[name])) if each[name] else "" for name in names]
        for each in found.to_dict("records")
    ]


def depth(opened: Opened, row: int) -> dict[str, Any]:
    """Return what takes reading every seed once: the spread of each score, and curves over epochs.

    Args:
        opened: The run.
        row: Of the example.
    """
    run, key = opened.run, (opened.run.run_id, opened.stamp)
    spreads = readers.seed_spreads(run, *key)
    return {
        "id": int(opened.table.example_ids[row]),
        "spreads": {name: _pair(values[:, row]) for name, values in spreads.items()},
        "curves": [
            {
                "seed": each.seed,
                "epochs": each.epochs,
                "probability": _line(each.label_probability[:, row]),
                "margin": _line(each.margin[:, row]),
            }
            for each in readers.curves(run, *key)
            if not np.isnan(each.margin[:, row]).all()
        ],
    }


def _pair(values: Any) -> list[float] | None:
    return None if bool(np.isnan(values).any()) else [float(value) for value in values]


def _line(values: Any) -> list[float | None]:
    return [None if bool(np.isnan(value)) else round(float(value), 4) for value in values]
