"""The group of each example: class, the source's group column, or a column of a table beside the source."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from datadiet.data.sources.csv_table import read_csv
from datadiet.errors import ConfigError, DataError, NotFoundError
from datadiet.pipeline.run_files import RunFiles

CLASS, GROUP = "class", "group"
_ID = "example_id"
_NO_GROUP = "(none)"


def group_names(files: RunFiles, scores: pd.DataFrame, by: str, table: Path | None = None) -> pd.Series[str]:
    """Return the group of each example, by name.

    A training example is of the class of the label that it is trained on, as quotas and the window count;
    one held out is of the class of its given label, which its accuracy is measured on.

    Args:
        files: Of the run.
        scores: What ``run.scores()`` returns.
        by: ``class``, ``group`` (the source's group column) or a column of ``table``.
        table: CSV with the column ``by``, and one that names examples: ``example_id``, or any column that
            holds the ``source_key`` of every example, as the table of a manifest does.

    Returns:
        Shape ``(N,)``, in the order of ``scores``.

    Raises:
        NotFoundError: There is no such column.
        ConfigError: ``by`` is a column, and there is no table.
        DataError: The table does not name every example once.
    """
    if table is not None:
        return _from_table(scores, by, table)
    if by == CLASS:
        labels = scores["label"].where(scores["split"] == "train", scores["given_label"])
        return pd.Series([files.class_names[int(label)] for label in labels], dtype="string")
    if by == GROUP:
        column = files.images.examples["group"]
        groups: pd.Series[str] = column.astype("string").fillna("")
        if groups.eq("").all():
            raise NotFoundError(
                "The source of this run was read without a group column; name a table with --table."
            )
        return groups.mask(groups == "", _NO_GROUP)
    raise ConfigError(f"{by!r} is neither class nor group; name the CSV with that column by --table.")


def _from_table(scores: pd.DataFrame, by: str, path: Path) -> pd.Series[str]:
    columns = read_csv(path)
    if by not in columns:
        raise NotFoundError.unknown_name(f"column of {path.name}", by, list(columns))
    is_by_id = _ID in columns
    keys = scores[_ID].astype(str) if is_by_id else scores["source_key"].astype(str)
    wanted = set(keys)
    names = [_ID] if is_by_id else [name for name in columns if wanted <= set(columns[name])]
    if not names or not wanted <= set(columns[names[0]]):
        raise DataError(
            f"{path.name} has no column that names every example of the run by source_key or example_id."
        )
    found = dict(zip(columns[names[0]], columns[by], strict=True))
    if len(found) != len(columns[by]):
        raise DataError(f"{path.name} names an example twice in the column {names[0]}.")
    return pd.Series([found[key] or _NO_GROUP for key in keys], dtype="string")


def has_groups(files: RunFiles) -> bool:
    """Return whether the source has a group column with anything in it."""
    return bool(files.images.examples["group"].fillna("").ne("").any())
