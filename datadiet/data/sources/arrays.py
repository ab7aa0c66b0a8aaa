"""Images and labels that are already in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadiet.data.sources.as_array import as_array
from datadiet.data.sources.labels import class_labels
from datadiet.data.sources.record import Picture, Problem, SourceRecord
from datadiet.errors import SourceError


class ArraySource:
    """A source of Python arrays; source keys are row numbers, ``test:`` before those of the test part."""

    kind = "arrays"

    def __init__(
        self,
        images: Any,
        labels: Any,
        class_names: Sequence[str] | None = None,
        *,
        test_images: Any = None,
        test_labels: Any = None,
        name: str = "arrays",
    ) -> None:
        """Check and keep the arrays.

        Args:
            images: (N, H, W) or (N, H, W, C), C in {1, 3, 4}; uint8, uint16, bool, or float in [0, 1]; an
                array or a tensor, without masked values.
            labels: (N,) class indices, or class names where ``class_names`` is None.
            class_names: What label i is called; None: sorted distinct labels.
            test_images: The test part, if there is one, like ``images``.
            test_labels: Its labels.
            name: What to call the source.

        Raises:
            SourceError: Lengths, shapes, types or values are not as above, or one of the test part is
                given without the other.
        """
        _refuse_half(test_images, test_labels, name)
        parts = [(images, labels, None if test_images is None else "train")]
        if test_images is not None:
            parts.append((test_images, test_labels, "test"))
        self.name = name
        self.problems: list[Problem] = []
        self.rules: list[str] = []
        checked = [(checked_images(x, name), _length_checked(x, y, name), split) for x, y, split in parts]
        every = np.concatenate([np.asarray(y) for _, y, _ in checked])
        indices, self.class_names = class_labels(every, class_names, where=f"the labels of {name}")
        self._parts: list[_Part] = []
        start = 0
        for pictures, values, split in checked:
            self._parts.append(_Part(pictures, indices[start : start + len(values)], split, start))
            start += len(values)

    def signature(self) -> str:
        """Return a hash of all pixels, labels and names."""
        digest = sha256(repr(self.class_names).encode("utf-8", "surrogatepass"))
        for part in self._parts:
            digest.update(f"{part.split} {part.images.shape} {part.images.dtype}".encode())
            digest.update(part.labels.tobytes())
            for start in range(0, len(part.images), 1024):
                digest.update(np.ascontiguousarray(part.images[start : start + 1024]).tobytes())
        return digest.hexdigest()[:32]

    def records(self) -> Iterator[SourceRecord]:
        """Yield a record a row, test rows last."""
        for part in self._parts:
            prefix = "test:" if part.split == "test" else ""
            for row, label in enumerate(part.labels.tolist()):
                yield SourceRecord(
                    position=part.start + row,
                    source_key=f"{prefix}{row}",
                    split=part.split,
                    label=label,
                    true_label=None,
                    group=None,
                    open=partial(_picture, part.images, row),
                )


@dataclass(frozen=True)
class _Part:
    images: NDArray[Any] = field(repr=False)
    labels: NDArray[np.int64] = field(repr=False)
    split: str | None
    start: int


def _picture(images: NDArray[Any], row: int) -> Picture:
    return np.asarray(images[row])


def checked_images(images: Any, name: str) -> NDArray[Any]:
    """Return ``images`` as an array of pictures.

    Raises:
        SourceError: Shape, type or values are not those of pictures; the sentence says what is.
    """
    array = as_array(images, f"The images of {name}")
    check_picture_layout(array.shape, array.dtype, name)
    if array.dtype.kind == "f":
        for start in range(0, len(array), 1024):
            check_floats(array[start : start + 1024], name)
    return array


def check_picture_layout(shape: tuple[int, ...], dtype: np.dtype[Any], name: str) -> None:
    """Check shape and type of a stack of pictures, before anything is read.

    Raises:
        SourceError: It is not (N, H, W) or (N, H, W, C), or of a type without a stated range.
    """
    if dtype not in {np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.bool_)} and dtype.kind != "f":
        raise SourceError(
            f"The images of {name} are of type {dtype}; use uint8, uint16, or floats in [0, 1]."
        )
    if len(shape) == 4 and shape[1] in {1, 3} and shape[3] not in {1, 3, 4}:
        raise SourceError(
            f"The images of {name} have shape {shape}, channels first; "
            "transpose them to (N, height, width, channels) with images.transpose(0, 2, 3, 1)."
        )
    if len(shape) not in {3, 4} or (len(shape) == 4 and shape[3] not in {1, 3, 4}):
        raise SourceError(
            f"The images of {name} have shape {shape}; it must be (N, height, width) or "
            "(N, height, width, channels) with 1, 3 or 4 channels."
        )


def check_floats(block: NDArray[Any], name: str) -> None:
    """Check that float pixels are in [0, 1].

    Raises:
        SourceError: One is NaN or outside.
    """
    if not bool(((block >= 0) & (block <= 1)).all()):
        raise SourceError(
            f"The images of {name} are floats with values that are NaN or outside [0, 1]; "
            "scale them to [0, 1], or use uint8."
        )


def _refuse_half(test_images: Any, test_labels: Any, name: str) -> None:
    if (test_images is None) != (test_labels is None):
        given, missing = "test_images", "test_labels"
        if test_images is None:
            given, missing = missing, given
        raise SourceError(f"{name} has {given} and no {missing}; give both, or neither.")


def _length_checked(images: Any, labels: Any, name: str) -> NDArray[Any]:
    values = as_array(labels, f"The labels of {name}")
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1 or len(values) != len(images):
        raise SourceError(
            f"{name} has {len(images)} images and labels of shape {values.shape}; "
            "there must be one label an image."
        )
    return values
