"""A map-style data set, such as torch's: ``len(dataset)`` and ``dataset[i]`` giving image and label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datadiet.data.decode import pixels_of_image
from datadiet.data.sources.labels import class_labels
from datadiet.data.sources.record import Picture, Problem, SourceRecord
from datadiet.errors import ImageDecodeError, SourceError


class MappedSource:
    """One or two data sets, train and test; source keys are indices, ``test:`` before those of test."""

    kind = "dataset"

    def __init__(
        self,
        dataset: Any,
        *,
        test: Any = None,
        name: str | None = None,
        class_names: Sequence[str] | None = None,
    ) -> None:
        """Read the labels, from ``targets`` or ``labels`` where the data set has them, else item by item.

        Args:
            dataset: Its items are (image, label); an image is a Pillow image, an array (H, W[, C]), or a
                tensor (C, H, W); floats in [0, 1].
            test: The test part, if there is one.
            name: What to call it; None: the name of its class.
            class_names: What label i is called; None: the data set's ``classes``, else its labels.

        Raises:
            SourceError: An item is not an image and a label, or differs when read twice.
        """
        self.name = name or type(dataset).__name__
        self.problems: list[Problem] = []
        self.rules: list[str] = []
        self._parts = [dataset] if test is None else [dataset, test]
        _check_repeats(dataset, self.name)
        labels = [_labels(part, self.name) for part in self._parts]
        declared = class_names if class_names is not None else _classes(dataset)
        self._labels, self.class_names = class_labels(np.concatenate(labels), declared, where=self.name)

    def signature(self) -> str:
        """Return a hash of lengths, labels and the first pictures; pixels are hashed when prepared."""
        digest = sha256(repr((self.name, self.class_names)).encode("utf-8", "surrogatepass"))
        digest.update(self._labels.tobytes())
        for part in self._parts:
            for index in range(0, len(part), max(1, len(part) // 64)):
                picture = _picture(part, index)
                digest.update(
                    picture if isinstance(picture, bytes) else np.ascontiguousarray(picture).tobytes()
                )
        return digest.hexdigest()[:32]

    def records(self) -> Iterator[SourceRecord]:
        """Yield a record an item, the test part last."""
        position = 0
        for number, part in enumerate(self._parts):
            split = None if len(self._parts) == 1 else ("train", "test")[number]
            for index in range(len(part)):
                yield SourceRecord(
                    position=position,
                    source_key=f"test:{index}" if number else str(index),
                    split=split,
                    label=int(self._labels[position]),
                    true_label=None,
                    group=None,
                    open=partial(_picture, part, index),
                )
                position += 1


def _check_repeats(dataset: Any, name: str) -> None:
    """Refuse a data set that augments: its images would be others at every reading."""
    if not len(dataset):
        raise SourceError(f"{name} holds no images.")
    for index in {0, len(dataset) - 1}:
        first, second = _pixels(_item(dataset, index, name)[0]), _pixels(_item(dataset, index, name)[0])
        if first.shape != second.shape or not np.array_equal(first, second):
            raise SourceError(
                f"{name} gives another image when item {index} is read twice; take its random transforms out."
            )


def _item(dataset: Any, index: int, name: str) -> tuple[Any, Any]:
    item = dataset[index]
    if not isinstance(item, tuple | list) or len(item) < 2:
        raise SourceError(f"Item {index} of {name} is {type(item).__name__}; it must be (image, label).")
    return item[0], item[1]


def _labels(dataset: Any, name: str) -> NDArray[Any]:
    for attribute in ("targets", "labels", "_labels"):
        values = getattr(dataset, attribute, None)
        if values is not None and not callable(values) and len(values) == len(dataset):
            labels = _numpy(values)
            if labels.ndim == 1:
                _check_agreement(dataset, labels, name, attribute)
                return labels
    return np.asarray([_numpy(_item(dataset, index, name)[1]).item() for index in range(len(dataset))])


def _check_agreement(dataset: Any, labels: NDArray[Any], name: str, attribute: str) -> None:
    """Refuse labels listed beside the items when the items say otherwise."""
    for index in {0, len(dataset) // 2, len(dataset) - 1}:
        label = _numpy(_item(dataset, index, name)[1])
        if label.shape != () or label.item() != labels[index].item():
            raise SourceError(
                f"Item {index} of {name} has the label {label!r}, but its {attribute} say {labels[index]!r}."
            )


def _classes(dataset: Any) -> list[str] | None:
    classes = getattr(dataset, "classes", None)
    if isinstance(classes, list | tuple) and all(isinstance(name, str) for name in classes):
        return list(classes)
    return None


def _picture(dataset: Any, index: int) -> Picture:
    return _pixels(dataset[index][0])


def _pixels(image: Any) -> NDArray[Any]:
    """Return an image of any of the kinds as an array (H, W) or (H, W, C)."""
    if isinstance(image, Image.Image):
        return pixels_of_image(image, [])
    array = _numpy(image)
    is_tensor = not isinstance(image, np.ndarray)
    if array.ndim == 3 and array.shape[0] in {1, 3} and (is_tensor or array.shape[2] not in {1, 3, 4}):
        array = array.transpose(1, 2, 0)
    if array.dtype.kind == "f" and not bool(((array >= 0) & (array <= 1)).all()):
        raise SourceError(
            "An image of the data set has floats that are NaN or outside [0, 1]; take its normalisation out."
        )
    if array.ndim not in {2, 3} or array.dtype == object:
        raise ImageDecodeError(f"an item of type {type(image).__name__} is not an image", kind="not_an_image")
    return array


def _numpy(value: Any) -> NDArray[Any]:
    """Return an array of what may be a tensor, without importing torch."""
    convert = getattr(value, "numpy", None)
    return np.asarray(convert() if callable(convert) else value)
