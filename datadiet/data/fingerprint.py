"""The id of a prepared data set: pixels, given labels, class names, source keys and splits."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import pandas as pd
from numpy.typing import NDArray

VERSION = "prepared 1"  # raised when the same source would be prepared to other pixels


class DatasetFingerprint:
    """Takes blocks of a prepared set in order; what comes out does not depend on where blocks end."""

    def __init__(self, class_names: Sequence[str]) -> None:
        self._pixels = sha256(VERSION.encode())
        self._rows = sha256()
        for name in class_names:
            self._rows.update(_framed(name))
        self._rows.update(b"\xff")
        self._shape: tuple[int, ...] = ()

    def update(self, images: NDArray[np.uint8], rows: pd.DataFrame) -> None:
        """Take a block.

        Args:
            images: (b, H, W, C), uint8.
            rows: Its rows of the table of examples.
        """
        self._shape = images.shape[1:]
        self._pixels.update(np.ascontiguousarray(images).data)
        for row in zip(
            rows["example_id"], rows["source_key"], rows["split"], rows["given_label"], strict=True
        ):
            self._rows.update(b"".join(_framed(str(value)) for value in row))

    def dataset_id(self) -> str:
        """Return 16 hex digits over everything taken so far."""
        return sha256(str(self._shape).encode() + self._pixels.digest() + self._rows.digest()).hexdigest()[
            :16
        ]


def _framed(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return len(data).to_bytes(4, "little") + data
