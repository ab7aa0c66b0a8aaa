"""The table of a run: a row an example, every score with its doubt, and what triage makes of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from datadiet.frames.examples import DUPLICATES, QUALITY
from datadiet.frames.triage import MISLABELS, OUTLIERS
from datadiet.pipeline.ensemble import ScoreKey, held_out_mean, score_keys, seed_values, summary
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.triage_files import triage_folder
from datadiet.scores.ensemble import mean_over_seeds
from datadiet.store.checksums import refuse_unsealed
from datadiet.store.publish import is_published
from datadiet.store.tables import read_table

TINY = 1e-30  # least probability whose logarithm is taken
NEVER_LEARNED = "never_learned"  # a method whose mean over seeds is a fraction
TRIAGE_COLUMNS = (
    "mislabel_score",
    "suggested_label",
    "suggested_probability",
    "oof_label_probability",
    "is_suspect",
)


def score_table(files: RunFiles, seeds: Sequence[int]) -> pd.DataFrame:
    """Return all columns of :meth:`datadiet.pipeline.run.Run.scores`, decisions aside, in row order."""
    table = identity_columns(files)
    mislabels = _triage_table(files, seeds, "mislabels")
    if mislabels is not None:
        table["predicted_label"] = mislabels["predicted_label"].to_numpy()
    for key in score_keys(files, seeds, files.last_step):
        table = table.assign(**score_columns(files, key, seeds))
    table["oof_margin"] = left_out_margin(files, seeds)
    if mislabels is not None:
        table = table.assign(**{name: mislabels[name].to_numpy() for name in TRIAGE_COLUMNS})
    outliers = _triage_table(files, seeds, "outliers")
    if outliers is not None:
        table["outlier_score"] = outliers["outlier_score"].to_numpy()
    return with_data_flags(files, table)


def identity_columns(files: RunFiles) -> pd.DataFrame:
    """Return who each example is and which labels it has."""
    labels, examples = files.labels, files.images.examples
    names = np.asarray(files.class_names, dtype=object)
    return pd.DataFrame({
        "example_id": labels["example_id"],
        "source_key": examples["source_key"],
        "split": labels["split"],
        "given_label": labels["given_label"],
        "label": labels["label"],
        "true_label": labels["true_label"],
        "class_name": pd.Series(names[labels["given_label"].to_numpy()], dtype="string"),
        "is_flipped": labels["is_flipped"],
    })


def score_columns(files: RunFiles, key: ScoreKey, seeds: Sequence[int]) -> dict[str, np.ndarray]:
    """Return mean, standard error and percentile of one score; also the held-out mean of EL2N and margin."""
    if key.method == NEVER_LEARNED:
        return {"never_learned_fraction": mean_over_seeds(seed_values(files, key, seeds))}
    found = summary(files, key, seeds)
    columns = {
        key.name: found["mean"].to_numpy(),
        f"{key.name}_se": found["standard_error"].to_numpy(),
        f"{key.name}_percentile": found["percentile"].to_numpy(),
    }
    if key.is_last and key.method == "el2n":
        columns["oof_el2n"] = held_out_mean(files, key, seeds)
    return columns


def left_out_margin(files: RunFiles, seeds: Sequence[int]) -> np.ndarray:
    """Return the mean logit margin of the label over the seeds that left the example out, at the last step.

    A difference of logits is one of log-probabilities. NaN where no seed left the example out.
    """
    labels = files.labels["label"].to_numpy(dtype=np.int64)[:, None]
    margins = []
    for seed in seeds:
        probabilities = files.evaluation(seed, "probabilities")[:].astype(np.float64)  # (N, C)
        logs = np.log(np.maximum(probabilities, TINY))
        own = np.take_along_axis(logs, labels, axis=1)[:, 0]
        np.put_along_axis(logs, labels, -np.inf, axis=1)
        margins.append(np.where(files.trained_by(seed), np.nan, own - logs.max(axis=1)))
    return mean_over_seeds(np.stack(margins))


def with_data_flags(files: RunFiles, table: pd.DataFrame) -> pd.DataFrame:
    """Return ``table`` with ``duplicate_group``, missing for none, and ``quality_flags``, comma-separated."""
    folder = files.workspace.dataset_dir(files.images.dataset_id)
    groups = pd.Series(pd.NA, index=table["example_id"], dtype="Int64")
    flags = pd.Series("", index=table["example_id"], dtype="string")
    if is_published(folder / "duplicates.parquet"):
        duplicates = read_table(folder / "duplicates.parquet", DUPLICATES)
        groups[duplicates["example_id"]] = duplicates["duplicate_group"].to_numpy()
    if is_published(folder / "quality.parquet"):
        quality = read_table(folder / "quality.parquet", QUALITY)
        joined = quality.groupby("example_id")["flag"].agg(",".join)
        flags[joined.index] = joined.to_numpy()
    return table.assign(duplicate_group=groups.array, quality_flags=flags.array)


def _triage_table(files: RunFiles, seeds: Sequence[int], name: str) -> pd.DataFrame | None:
    path = triage_folder(files, seeds) / f"{name}.parquet"
    if not is_published(path):
        refuse_unsealed(path.parent)
        return None
    return read_table(path, {"mislabels": MISLABELS, "outliers": OUTLIERS}[name])
