"""Decisions as they read in one run: against the labels that it shows, which may have been corrected.

A stored decision is about the source: ``keep`` means the label that came with the image. A run of corrected
labels shows others. There ``keep`` is stored as a relabel to the label that was shown, and a stored relabel
to that label reads as ``keep``.
"""

from __future__ import annotations

import pandas as pd

from datadiet.pipeline.run_files import RunFiles


def corrected_names(files: RunFiles) -> pd.DataFrame:
    """Return the examples that the run shows under another label than the source's, planted flips left out.

    Returns:
        Columns ``example_id``, ``shown`` and ``given``: names of the classes.
    """
    labels = files.labels
    rows = labels[(labels["label"] != labels["given_label"]) & ~labels["is_flipped"]]
    names = files.class_names
    return pd.DataFrame({
        "example_id": rows["example_id"].to_numpy(),
        "shown": [names[index] for index in rows["label"]],
        "given": [names[index] for index in rows["given_label"]],
    })


def as_stored(files: RunFiles, place: int, decision: str, new_label: str) -> tuple[str, str]:
    """Return the decision and the class to store for what a person decided on a label as it was shown.

    Args:
        files: Of the run in which it was decided.
        place: Row of the example.
        decision: As it was made.
        new_label: Class that it names, else empty.
    """
    row = files.labels.iloc[place]
    if decision != "keep" or bool(row["is_flipped"]) or row["label"] == row["given_label"]:
        return decision, new_label
    return "relabel", files.class_names[int(row["label"])]


def as_seen(decided: pd.DataFrame, files: RunFiles) -> pd.DataFrame:
    """Return stored decisions as they read against the labels that a run shows.

    Args:
        decided: Columns ``example_id``, ``decision`` and ``new_label`` among others, as stored.
        files: Of the run.
    """
    shown = corrected_names(files).set_index("example_id")
    rows = decided["example_id"].isin(shown.index).to_numpy()
    if not rows.any():
        return decided
    ids = decided.loc[rows, "example_id"]
    given, named = ids.map(shown["given"]), decided.loc[rows, "new_label"]
    is_kept = decided.loc[rows, "decision"].isin(["relabel", "new_class"]) & (
        named == ids.map(shown["shown"])
    )
    is_back = decided.loc[rows, "decision"] == "keep"
    seen = decided.copy()
    seen.loc[is_kept[is_kept].index, ["decision", "new_label"]] = ["keep", ""]
    seen.loc[is_back[is_back].index, "decision"] = "relabel"
    seen.loc[is_back[is_back].index, "new_label"] = given[is_back]
    return seen
