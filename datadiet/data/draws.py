"""Random draws that are the same on every machine and NumPy: raw 64-bit words of PCG64, ordered stably.

NumPy keeps the stream of a bit generator fixed but not what ``Generator`` makes of it, so splits and
flips are made from the words themselves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadiet.seeds import derive_seed


class Draws:
    """A stream of random numbers for one purpose."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._bits = np.random.PCG64(derive_seed(seed, purpose))

    def words(self, count: int) -> NDArray[np.uint64]:
        """Return ``count`` uniform 64-bit words."""
        return np.asarray(self._bits.random_raw(count), dtype=np.uint64).reshape(count)

    def uniform(self, count: int) -> NDArray[np.float64]:
        """Return ``count`` uniform numbers in [0, 1), multiples of 2**-53."""
        return (self.words(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def integers(self, count: int, limit: int) -> NDArray[np.int64]:
        """Return ``count`` uniform integers in [0, ``limit``)."""
        return np.minimum((self.uniform(count) * limit).astype(np.int64), limit - 1)

    def order(self, count: int) -> NDArray[np.int64]:
        """Return a random order of ``count`` things."""
        return np.argsort(self.words(count), kind="stable").astype(np.int64)
