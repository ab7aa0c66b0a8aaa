"""Selections of a study in the words of the page: shares in percent, scores by their titles."""

from __future__ import annotations

from typing import Any

import pandas as pd

from app.jobs.sweeps import RULES
from app.text import plain_name
from datadiet.export.shown import score_title
from datadiet.selection.orders import parse_pacing
from datadiet.study.points import CURRICULUM, WHOLE


def selection_names(frame: pd.DataFrame) -> dict[str, str]:
    """Return each selection of a RETRAININGS table by its id, letter by letter."""
    rows = frame.drop_duplicates("point_id").to_dict("records")
    return {str(row["point_id"]): plain_name(selection_words(row)) for row in rows}


def selection_words(row: dict[Any, Any]) -> str:
    """Return what a selection keeps.

    Args:
        row: Of a RETRAININGS table.

    Example:
        >>> row = {"rule": "random", "score": "", "keep_fraction": 0.7, "quota": "none"}
        >>> selection_words({**row, "drop_suspects": True})
        'random 70 %, suspects dropped'
    """
    by = f" by {score_title(str(row['score']))}" if row["score"] else ""
    more = "" if row["quota"] == "none" else f", quota {row['quota']} of each {row['quota_by']}"
    more += ", suspects dropped" if row["drop_suspects"] else ""
    return f"{_kept(row)}{by}{more}"


def _kept(row: dict[Any, Any]) -> str:
    rule, keep = str(row["rule"]), f"{100 * row['keep_fraction']:g} %"
    if rule == CURRICULUM:
        return f"all images, {parse_pacing(str(row['order'])).words()}"
    if rule in WHOLE:
        return "all images"
    if rule == "window":
        return f"keep {keep} from {100 * row['window_offset']:g} %"
    return "a list of images" if rule == "list" else f"{RULES.get(rule, rule)} {keep}"
