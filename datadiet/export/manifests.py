"""The manifest of a kept set: path and label, which ``datadiet audit`` reads again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from datadiet.errors import DataError
from datadiet.frames.exports import MANIFEST


@dataclass(frozen=True)
class Manifest:
    """Paths and labels of the kept examples that still have a class, and counts."""

    frame: pd.DataFrame  # table MANIFEST
    counts: dict[str, int]


def kept_manifest(corrected: pd.DataFrame, kept_ids: Sequence[int], *, paths: pd.Series[str]) -> Manifest:
    """Return path and corrected class of the kept examples, in source order.

    Examples that a person dropped, or that belong to no class, are left out and counted.

    Args:
        corrected: Table ``corrected_labels``.
        kept_ids: example_id of each kept example.
        paths: Path of each example's file below the source's folder, by example_id; missing where the
            example has no file of its own.

    Raises:
        DataError: A kept example has no file, as in digits, arrays or Parquet images.
    """
    rows = corrected[corrected["example_id"].isin(list(kept_ids))].sort_values("example_id")
    has_class = rows["corrected_label"].notna()
    left = rows[has_class]
    files = paths.reindex(left["example_id"])
    if files.isna().any():
        raise DataError(
            f"{int(files.isna().sum())} of {len(left)} kept examples have no file of their own, so there "
            "is no manifest to write; export kept instead, as an index list."
        )
    frame = pd.DataFrame({
        "path": files.to_numpy(object),
        "label": left["corrected_class_name"].to_numpy(object),
    })
    counts = {"num_kept": len(left), "num_without_class": int((~has_class).sum())}
    return Manifest(MANIFEST.conform(frame), counts)
