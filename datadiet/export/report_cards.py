"""The pictures of the report: the most suspect and the hardest images, with what is said of each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from datadiet.export.shown import Picture, picture, score_title

_MARKS = {"keep": "✓", "relabel": "→", "new_class": "→", "drop": "✕", "no_class": "✕", "unsure": "?"}


@dataclass(frozen=True)
class Naming:
    """What turns rows into cards: the classes' names, and an example's thumbnail."""

    class_names: Sequence[str]
    thumbnail: Callable[[int], bytes]


@dataclass(frozen=True)
class Card:
    """One picture and its caption."""

    example_id: int
    source_key: str
    picture: Picture
    label: str  # trained on
    suggestion: str  # what the ensemble would have said; empty where that is the label
    probability: str  # of the suggestion; empty without one
    given: str  # the given label where the other was planted, else empty
    figure: str  # the number it is ranked by, with its name
    decision: str  # word, empty for none
    mark: str  # its sign


def suspect_cards(scores: pd.DataFrame, naming: Naming, *, num: int) -> list[Card]:
    """Return the examples with the highest mislabel_score, worst first; ties in source order."""
    if "mislabel_score" not in scores:
        return []
    rows = scores.sort_values(["mislabel_score", "example_id"], ascending=[False, True]).head(num)
    return [_card(row, naming, f"looks wrong {row['mislabel_score']:.2f}") for row in rows.to_dict("records")]


def hardest_cards(scores: pd.DataFrame, naming: Naming, *, score: str, num: int) -> list[Card]:
    """Return the training examples that rank hardest by ``score``, hardest first; ties in source order."""
    percentile = f"{score}_percentile"
    if percentile not in scores:
        return []
    rows = scores[(scores["split"] == "train") & scores[percentile].notna()]
    rows = rows.sort_values([percentile, "example_id"], ascending=[False, True]).head(num)
    return [_card(row, naming, _score_figure(row, score)) for row in rows.to_dict("records")]


def _score_figure(row: dict[Hashable, Any], score: str) -> str:
    error = row.get(f"{score}_se")
    spread = "" if error is None or pd.isna(error) else f" ± {error:.2f}"
    return f"{score_title(score)} {row[score]:.2f}{spread}"


def _card(row: dict[Hashable, Any], naming: Naming, figure: str) -> Card:
    label, suggested = int(row["label"]), row.get("suggested_label")
    other = None if suggested is None or pd.isna(suggested) or int(suggested) == label else int(suggested)
    decision = row.get("decision")
    word = "" if decision is None or pd.isna(decision) else str(decision)
    return Card(
        example_id=int(row["example_id"]),
        source_key=str(row["source_key"]),
        picture=picture(naming.thumbnail(int(row["example_id"]))),
        label=naming.class_names[label],
        suggestion="" if other is None else naming.class_names[other],
        probability="" if other is None else f"{row['suggested_probability']:.2f}",
        given=naming.class_names[int(row["given_label"])] if row.get("is_flipped") else "",
        figure=figure,
        decision=word.replace("_", " "),
        mark=_MARKS.get(word, ""),
    )
