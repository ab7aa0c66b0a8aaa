"""The 1,797 handwritten digits that ship with scikit-learn: 8 × 8 grey, ten classes."""

from __future__ import annotations

import numpy as np

from datadiet.data.sources.arrays import ArraySource


def digits_source() -> ArraySource:
    """Return the digits; their levels 0 to 16 become 0 to 255, rounded."""
    from sklearn.datasets import load_digits  # a second of import that others need not pay

    bunch = load_digits()
    levels = np.asarray(bunch.images, dtype=np.float64)  # (1797, 8, 8), whole numbers 0 to 16
    pixels = np.rint(levels * 255 / 16).astype(np.uint8)
    source = ArraySource(pixels, np.asarray(bunch.target), [str(digit) for digit in range(10)], name="digits")
    source.kind = "digits"
    source.rules.append("Grey levels 0 to 16 were scaled to 0 to 255.")
    return source
