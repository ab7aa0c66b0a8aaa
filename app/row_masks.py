"""Which of many rows are meant, as browser and server tell each other: eight a byte, lowest bit first."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def mask_of(rows: Sequence[int] | NDArray[np.int64], num: int) -> str:
    """Return ``rows`` of ``num`` as base64.

    Example:
        >>> mask_of([2, 0], 4)
        'BQ=='
    """
    bits = np.zeros(num, np.uint8)
    bits[np.asarray(rows, np.int64)] = 1
    return base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode("ascii")


def rows_of(mask: object, num: int) -> NDArray[np.int64]:
    """Return the rows that a mask means, rising.

    Args:
        mask: What came in; anything else than such a text of the right length means none.
        num: Rows there are.

    Example:
        >>> rows_of("BQ==", 4).tolist(), rows_of("?", 4).tolist()
        ([0, 2], [])
    """
    try:
        data = base64.b64decode(mask, validate=True) if isinstance(mask, str) else b""
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != -(-num // 8):
        return np.zeros(0, np.int64)
    bits = np.unpackbits(np.frombuffer(data, np.uint8), count=num, bitorder="little")
    return np.flatnonzero(bits).astype(np.int64)
