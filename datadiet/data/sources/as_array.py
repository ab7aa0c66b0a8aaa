"""What a user holds in Python, a tensor among them, as a NumPy array: all of it, or a refusal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadiet.errors import SourceError


def as_array(value: Any, what: str) -> NDArray[Any]:
    """Return ``value`` as an array; a tensor is taken off its graph and device, without importing torch.

    Args:
        value: An array, a tensor, or nested sequences.
        what: What it is, as a sentence begins: ``The images of arrays``.

    Raises:
        SourceError: Values of it are masked, its parts have different shapes, or NumPy cannot hold it, as
            a sparse tensor or one of type bfloat16.
    """
    parts = value if isinstance(value, list | tuple) else [value]
    if any(np.ma.is_masked(part) for part in parts):
        raise SourceError(
            f"{what} are masked in places, and what a mask hides is not read. Leave those examples out, "
            "or fill them in with .filled()."
        )
    try:
        return np.asarray(_on_host(value))
    except (TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise SourceError(
            f"{what} cannot be read as an array: {reason}. Give a dense array or tensor of integers, "
            "truth values, or floats of 16, 32 or 64 bits."
        ) from None
    except ValueError:
        raise SourceError(
            f"{what} are of different shapes and make no array. Bring them to one shape; images of several "
            "sizes are read from a folder, or from a data set with len() and [i] giving image and label."
        ) from None


def _on_host(value: Any) -> Any:
    for step in ("detach", "cpu", "numpy"):
        method = getattr(value, step, None)
        value = method() if callable(method) else value
    return value
