"""Two runs side by side: what differs in how they were made, what each found, and where they agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from datadiet.pipeline.ensemble import MeanAndError
from datadiet.pipeline.run import Run
from datadiet.scores.reliability import spearman


@dataclass(frozen=True)
class Finding:
    """What one run found."""

    run_id: str
    num_seeds: int
    test: MeanAndError
    validation: MeanAndError
    estimate: dict[str, Any] | None  # None where the run was not triaged
    num_suspects: int | None
    auroc: float | None  # of the mislabel score against known truth; None without one
    num_flipped: int  # labels flipped on purpose


@dataclass(frozen=True)
class Comparison:
    """Two runs side by side."""

    first: Finding
    second: Finding
    settings: list[tuple[str, Any, Any]]  # those that differ: a dotted name and both values
    matched_by: str  # example_id, source_key, or empty where nothing matches
    num_shared: int  # examples of both
    num_suspects_both: int | None  # of the shared examples; None where one was not triaged
    num_only_first: int | None
    num_only_second: int | None
    el2n_correlation: float  # Spearman, over shared training examples; NaN where it is not known


def compare_runs(first: Run, second: Run) -> Comparison:
    """Return two runs side by side.

    Examples are the same where both runs work on one data set, else where their source keys match.

    Args:
        first: One run, such as the one before cleaning.
        second: Another.

    Raises:
        CorruptFileError: A file of one is not what was written.
    """
    tables = [run.scores() for run in (first, second)]
    matched_by, shared = _shared(first, second, tables)
    suspects = _suspects(shared) if first.is_triaged and second.is_triaged else (None, None, None)
    return Comparison(
        first=_finding(first, tables[0]),
        second=_finding(second, tables[1]),
        settings=differing_settings(first, second),
        matched_by=matched_by,
        num_shared=len(shared),
        num_suspects_both=suspects[0],
        num_only_first=suspects[1],
        num_only_second=suspects[2],
        el2n_correlation=_correlation(shared),
    )


def differing_settings(first: Run, second: Run) -> list[tuple[str, Any, Any]]:
    """Return the settings in which two runs differ, with what else decides a run: data set and decisions."""
    values = [_settings(run) for run in (first, second)]
    names = list(dict.fromkeys([*values[0], *values[1]]))
    pairs = [(name, values[0].get(name), values[1].get(name)) for name in names]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _settings(run: Run) -> dict[str, Any]:
    parent = run.parent
    found: dict[str, Any] = {
        "data set": run.files.document["dataset_id"],
        "source": run.source_title,
        "decisions applied": parent["num_decisions"] if parent else 0,
    }
    config = run.files.config.model_dump(mode="json")
    for name, value in config.items():
        if not isinstance(value, dict):
            found[name] = value
            continue
        places = ("test_source", "data_root")  # folders of a machine
        found |= {f"{name}.{key}": each for key, each in value.items() if key not in places}
    return found


def _finding(run: Run, table: pd.DataFrame) -> Finding:
    is_triaged = run.is_triaged
    return Finding(
        run_id=run.run_id,
        num_seeds=len(run.seeds),
        test=run.accuracy("test"),
        validation=run.accuracy("validation"),
        estimate=run.estimate if is_triaged else None,
        num_suspects=int(table["is_suspect"].sum()) if is_triaged else None,
        auroc=run.detection().get("mislabel_score", {}).get("auroc"),
        num_flipped=int(table["is_flipped"].sum()),
    )


def _shared(first: Run, second: Run, tables: list[pd.DataFrame]) -> tuple[str, pd.DataFrame]:
    """Return by what examples match, and a row each that both runs have."""
    is_one_set = first.files.document["dataset_id"] == second.files.document["dataset_id"]
    by = "example_id" if is_one_set else "source_key"
    if any(table[by].duplicated().any() for table in tables):
        return "", tables[0].iloc[:0].merge(tables[1], how="inner", on="example_id", suffixes=("_1", "_2"))
    columns = [name for name in ("split", "el2n", "is_suspect") if all(name in table for table in tables)]
    parts = [table[[by, *columns]] for table in tables]
    shared = parts[0].merge(parts[1], on=by, suffixes=("_1", "_2"))
    return (by if len(shared) else ""), shared


def _suspects(shared: pd.DataFrame) -> tuple[int, int, int]:
    one, two = (shared[f"is_suspect_{n}"].fillna(value=False).astype(bool) for n in (1, 2))
    return int((one & two).sum()), int((one & ~two).sum()), int((two & ~one).sum())


def _correlation(shared: pd.DataFrame) -> float:
    if "el2n_1" not in shared or len(shared) < 2:
        return float("nan")
    is_known = (
        (shared["split_1"] == "train")
        & (shared["split_2"] == "train")
        & shared["el2n_1"].notna()
        & shared["el2n_2"].notna()
    )
    if int(is_known.sum()) < 2:
        return float("nan")
    values = [shared.loc[is_known, f"el2n_{n}"].to_numpy(dtype=np.float64) for n in (1, 2)]
    return spearman(values[0], values[1])
