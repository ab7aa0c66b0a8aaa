"""Rows of a run as tiles of the image grid."""

from __future__ import annotations

from typing import Any

import pandas as pd

from app.components.image_grid import Tile, TileSource
from app.text import plain_name
from datadiet.export.shown import score_title
from datadiet.pipeline.run import Run

MOST_SHOWN = 600  # of the hardest images on the overview
LIKELIEST = 0.5  # probability from which no other class can be likelier


def suspect_tiles(run: Run, suspects: pd.DataFrame, score: str, stamp: str) -> TileSource:
    """Return the suspects, worst first; under each how likely its label is wrong."""
    return _source(
        run, suspects, score, f"suspects/{run.run_id}/{score}/{stamp}", note_column="mislabel_score"
    )


def hardest_tiles(run: Run, scores: pd.DataFrame, score: str, stamp: str) -> TileSource:
    """Return the training examples with the hardest scores; under each its percentile."""
    column = f"{score}_percentile"
    rows = scores[(scores["split"] == "train") & scores[column].notna()]
    worst = rows.sort_values([column, "example_id"], ascending=[False, True], kind="stable").head(MOST_SHOWN)
    return _source(run, worst, score, f"hardest/{run.run_id}/{score}/{stamp}", note_column=column)


def _source(run: Run, rows: pd.DataFrame, score: str, version: str, *, note_column: str) -> TileSource:
    def tiles(part: slice) -> list[Tile]:
        records = rows.iloc[part].to_dict("records")
        return [tile_of(record, run.class_names, score, note_column=note_column) for record in records]

    def thumbnails(ids: Any) -> list[bytes]:
        return [run.files.images.thumbnail(example_id) for example_id in ids]

    return TileSource(version, len(rows), tiles, thumbnails)


def tile_of(record: dict[Any, Any], class_names: list[str], score: str, *, note_column: str) -> Tile:
    """Return the tile of one row of ``run.scores()``.

    Args:
        record: The row.
        class_names: By index.
        score: The score whose value and percentile the panel shows.
        note_column: Fraction shown under the picture, in percent.
    """
    is_planted = bool(record["is_flipped"])
    value = record[note_column]
    note = likelihood(value) if note_column == "mislabel_score" else f"{100 * value:.1f} %"
    return Tile(
        example_id=int(record["example_id"]),
        caption=_caption(record, class_names),
        note=f"◆ {note}" if is_planted else note,
        is_planted=is_planted,
        details=_details(record, class_names, score),
    )


def likelihood(probability: float) -> str:
    """Return a probability in whole percent; never a certainty.

    Example:
        >>> likelihood(0.9991), likelihood(0.934), likelihood(0.001)
        ('> 99 %', '93 %', '< 1 %')
    """
    if probability > 0.99:
        return "> 99 %"
    return "< 1 %" if probability < 0.01 else f"{100 * probability:.0f} %"


def _caption(record: dict[Any, Any], class_names: list[str]) -> str:
    label = plain_name(class_names[int(record["label"])])
    suggested = _suggested(record, class_names)
    return f"{label} → {suggested}" if suggested and suggested != label else label


def _suggested(record: dict[Any, Any], class_names: list[str]) -> str:
    suggested = record.get("suggested_label")
    return "" if suggested is None or pd.isna(suggested) else plain_name(class_names[int(suggested)])


def _details(record: dict[Any, Any], class_names: list[str], score: str) -> list[tuple[str, str]]:
    title = score_title(score)
    details = [("labelled", plain_name(class_names[int(record["label"])]))]
    if suggested := _suggested(record, class_names):
        details.append(_suggestion(record, suggested))
        details.append(("label wrong", f"{likelihood(record['mislabel_score'])} likely"))
    if pd.notna(record[score]):
        details.append((title, _with_error(record[score], record.get(f"{score}_se"))))
        details.append(("percentile", f"{100 * record[f'{score}_percentile']:.1f} %"))
    details.append(("split", str(record["split"])))
    details.append(("example", f"{int(record['example_id'])}"))
    if str(record["source_key"]) != str(record["example_id"]):
        details.append(("source key", plain_name(str(record["source_key"]))))
    if record["is_flipped"]:
        details.append(("◆ flipped", f"was {plain_name(class_names[int(record['given_label'])])}"))
    return details


def _suggestion(record: dict[Any, Any], suggested: str) -> tuple[str, str]:
    """Return what all models together say, in the words of Browse's panel.

    Of a suspect it is the likeliest class but its label, which may be likelier still: then none suggests it.
    """
    probability = float(record["suggested_probability"])
    if int(record["suggested_label"]) == int(record["label"]):
        return "models agree on", f"{suggested}, {likelihood(probability)}"
    if probability < LIKELIEST:
        return "likeliest other class", suggested
    return "models suggest", f"{suggested}, {likelihood(probability)} by all of them together"


def _with_error(value: float, error: Any) -> str:
    return f"{value:.3g}" if error is None or pd.isna(error) else f"{value:.3g} ± {error:.1g}"
