"""The images to hold a doubtful one against: typical of a class, and different from each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.errors import NotFoundError
from datadiet.frames.examples import DUPLICATES
from datadiet.frames.triage import MISLABELS, OUTLIERS
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.triage_files import read_triage
from datadiet.store.publish import is_published
from datadiet.store.tables import read_table
from datadiet.triage.exemplars import diverse, exemplars, num_candidates


class Typical:
    """Finds typical images of the classes of a run; what all classes share is read once."""

    def __init__(self, files: RunFiles, seeds: Sequence[int]) -> None:
        """Read the tables of triage.

        Args:
            files: Of the run.
            seeds: Whose features tell images apart.

        Raises:
            NotFoundError: The run has not been triaged.
        """
        self._labels = files.labels
        self._ids = files.labels["example_id"].to_numpy(dtype=np.int64)
        self._mislabels = read_triage(files, seeds, "mislabels", MISLABELS)
        self._outliers = read_triage(files, seeds, "outliers", OUTLIERS)
        self._groups = _duplicate_groups(files)
        try:
            self._features = [files.evaluation(seed, "features") for seed in seeds]
        except NotFoundError:
            self._features = []

    def of_class(self, class_index: int, num: int) -> list[int]:
        """Return the example_ids of ``num`` typical training images of a class, the most typical first.

        They are the most typical one and those among the most typical tenth that differ most from each
        other in the ensemble's features; of copies of one picture one is taken.
        """
        most = num_candidates(int((self._labels["label"] == class_index).sum()), num)
        found = exemplars(self._mislabels, self._outliers, self._labels, class_index, num=most)
        if len(found) and self._features:
            found = diverse(found, self._vectors(found), self._groups_of(found), num=num)
        return [int(example_id) for example_id in found[:num]]

    def _vectors(self, example_ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return unit vectors, shape (M, D): each seed's features L2-normalised, then side by side."""
        rows = np.searchsorted(self._ids, example_ids)
        order = np.argsort(rows)
        parts = [_unit(np.asarray(each[rows[order]], dtype=np.float32)) for each in self._features]
        vectors = np.empty((len(rows), sum(part.shape[1] for part in parts)), np.float32)
        vectors[order] = _unit(np.concatenate(parts, axis=1))
        return vectors

    def _groups_of(self, example_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        groups = self._groups.reindex(example_ids.tolist(), fill_value=-1)
        return np.asarray(groups, dtype=np.int64)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, np.finfo(np.float32).tiny), dtype=np.float32)


def _duplicate_groups(files: RunFiles) -> pd.Series[int]:
    path = files.workspace.dataset_dir(files.images.dataset_id) / "duplicates.parquet"
    table = read_table(path, DUPLICATES) if is_published(path) else DUPLICATES.empty()
    return table.set_index("example_id")["duplicate_group"]
