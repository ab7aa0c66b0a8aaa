"""The prepared form of a data set, opened read-only: pixels, rows, problems, thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.data.fitting import encode_png
from datadiet.data.thumbnails import ThumbnailReader
from datadiet.errors import NotFoundError
from datadiet.frames.examples import EXAMPLES, PROBLEMS
from datadiet.store.arrays import StoredArray, open_array
from datadiet.store.documents import read_json
from datadiet.store.tables import read_table


@dataclass(frozen=True)
class LabeledImages:
    """A folder ``datasets/<dataset_id>``; row i of every array is row i of ``examples``."""

    images: StoredArray  # (N, H, W, C), uint8
    examples: pd.DataFrame = field(repr=False)
    problems: pd.DataFrame = field(repr=False)
    document: dict[str, Any] = field(repr=False)
    _thumbnails: ThumbnailReader = field(repr=False)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Return the data set in ``folder``.

        Raises:
            NotFoundError: A file of it is absent.
            CorruptFileError: A file of it is not what was written.
        """
        return cls(
            images=open_array(folder / "images.npy"),
            examples=read_table(folder / "examples.parquet", EXAMPLES),
            problems=read_table(folder / "problems.parquet", PROBLEMS),
            document=read_json(folder / "dataset.json"),
            _thumbnails=ThumbnailReader(folder / "thumbnails"),
        )

    @property
    def dataset_id(self) -> str:
        """Return the fingerprint of pixels, given labels, class names, keys and splits."""
        return str(self.document["dataset_id"])

    @property
    def class_names(self) -> list[str]:
        """Return what label i is called."""
        return list(self.document["class_names"])

    def __len__(self) -> int:
        return len(self.examples)

    def rows(self, example_ids: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row of each example, in the order given.

        Raises:
            NotFoundError: No such example was prepared.
        """
        known = self.examples["example_id"].to_numpy(dtype=np.int64)  # rising
        wanted = np.asarray(example_ids, dtype=np.int64)
        rows = np.searchsorted(known, wanted)
        absent = (rows >= len(known)) | (known[np.minimum(rows, len(known) - 1)] != wanted)
        if absent.any():
            raise NotFoundError(
                f"There is no example {int(wanted[absent][0])} in data set {self.dataset_id}."
            )
        return rows.astype(np.int64)

    def thumbnail(self, example_id: int) -> bytes:
        """Return the picture as small JPEG or PNG bytes without metadata.

        Raises:
            NotFoundError: No such example was prepared.
            CorruptFileError: What is stored is not what was written.
        """
        row = int(self.rows([example_id])[0])
        return self._thumbnails[row] or encode_png(self.images[row])

    def pictures(self, example_ids: Sequence[int]) -> list[bytes | NDArray[np.uint8]]:
        """Return each picture as it is stored: a small JPEG or PNG, or pixels (H, W, C) where these are all.

        What :meth:`thumbnail` returns, without encoding pixels that are about to be drawn.

        Raises:
            NotFoundError: No such example was prepared.
            CorruptFileError: What is stored is not what was written.
        """
        rows = self.rows(example_ids)
        encoded = [self._thumbnails[int(row)] for row in rows]
        whole = rows[[not data for data in encoded]]
        pixels = iter(self.images[whole])
        return [data or next(pixels) for data in encoded]
