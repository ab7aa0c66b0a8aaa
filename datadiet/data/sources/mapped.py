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
from datadiet.data.sources.as_array import as_array
from datadiet.data.sources.labels import class_labels
from datadiet.data.sources.record import Picture, Problem, SourceRecord
from datadiet.errors import ImageDecodeError, SourceError

_HASHED_BYTES = 2**30  # of pixels that are read a second time to tell whether a data set changed
_SAMPLED = 64  # items of a part, at the least, that are read for it otherwise


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
        for part in self._parts:
            _check_repeats(part, self.name)
        labels = [_labels(part, self.name) for part in self._parts]
        declared = class_names if class_names is not None else _classes(dataset)
        self._labels, self.class_names = class_labels(np.concatenate(labels), declared, where=self.name)
        self._hashed = [range(len(part)) for part in self._parts]
        if not self._is_affordable():
            self._hashed = [_sampled(part) for part in self._parts]
            self.rules.append(self._sampled_rule())

    def _is_affordable(self) -> bool:
        """Return whether all pixels may be read a second time, judged by the mean size of sampled items."""
        sizes = [len(_content(part, index, self.name)) for part in self._parts for index in _sampled(part)]
        return len(self._labels) * sum(sizes) <= _HASHED_BYTES * len(sizes)

    def _sampled_rule(self) -> str:
        return (
            f"{self.name} holds more than {_HASHED_BYTES // 2**20:,} MiB of pixels: whether it changed since "
            f"it was prepared is told by its labels and {sum(map(len, self._hashed)):,} of its "
            f"{len(self._labels):,} images. After a change of others alone, choose another --workspace."
        )

    def signature(self) -> str:
        """Return a hash of names, lengths, labels and pictures: of all, or of those that ``rules`` names."""
        lengths = [len(part) for part in self._parts]
        digest = sha256(repr((self.name, self.class_names, lengths)).encode("utf-8", "surrogatepass"))
        digest.update(self._labels.tobytes())
        for part, indices in zip(self._parts, self._hashed, strict=True):
            for index in indices:
                digest.update(_content(part, index, self.name))
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
                    open=partial(_picture, part, index, self.name),
                )
                position += 1


def _check_repeats(dataset: Any, name: str) -> None:
    """Refuse a data set that augments: its images would be others at every reading."""
    if not len(dataset):
        raise SourceError(f"{name} holds no images.")
    for index in {0, len(dataset) - 1}:
        if _content(dataset, index, name) != _content(dataset, index, name):
            raise SourceError(
                f"{name} gives another image when item {index} is read twice; take its random transforms out."
            )


def _item(dataset: Any, index: int, name: str) -> tuple[Any, Any]:
    try:
        item = dataset[index]
    except LookupError as error:
        raise SourceError(
            f"Item {index} of {name} cannot be read ({type(error).__name__}: {error}); a data set must give "
            "(image, label) for every index from 0 to its length."
        ) from error
    if not isinstance(item, tuple | list) or len(item) < 2:
        raise SourceError(f"Item {index} of {name} is {type(item).__name__}; it must be (image, label).")
    return item[0], item[1]


def _labels(dataset: Any, name: str) -> NDArray[Any]:
    for attribute in ("targets", "labels", "_labels"):
        values: Any = getattr(dataset, attribute, None)
        if _is_sized(values) and len(values) == len(dataset):
            labels = as_array(values, f"The {attribute} of {name}")
            if labels.ndim == 1:
                _check_agreement(dataset, labels, name, attribute)
                return labels
    return np.asarray([_label(dataset, index, name) for index in range(len(dataset))])


def _is_sized(values: Any) -> bool:
    return hasattr(values, "__len__") and not callable(values) and getattr(values, "shape", None) != ()


def _label(dataset: Any, index: int, name: str) -> Any:
    """Return the label of an item as one Python value."""
    label = as_array(_item(dataset, index, name)[1], f"The label of item {index} of {name}")
    if label.size != 1:
        raise SourceError(
            f"The label of item {index} of {name} has the shape {label.shape}; it must be one whole number "
            "or one text. Of a one-hot label, give the place of its 1, label.argmax()."
        )
    return label.item()


def _check_agreement(dataset: Any, labels: NDArray[Any], name: str, attribute: str) -> None:
    """Refuse labels listed beside the items when the items say otherwise."""
    for index in {0, len(dataset) // 2, len(dataset) - 1}:
        label = _label(dataset, index, name)
        if label != np.asarray(labels[index]).item():
            raise SourceError(
                f"Item {index} of {name} has the label {label!r}, but its {attribute} say {labels[index]!r}."
            )


def _classes(dataset: Any) -> list[str] | None:
    classes = getattr(dataset, "classes", None)
    if isinstance(classes, list | tuple) and all(isinstance(name, str) for name in classes):
        return list(classes)
    return None


def _picture(dataset: Any, index: int, name: str) -> Picture:
    return _pixels(_item(dataset, index, name)[0], f"item {index} of {name}")


def _sampled(dataset: Any) -> range:
    return range(0, len(dataset), max(1, len(dataset) // _SAMPLED))


def _content(dataset: Any, index: int, name: str) -> bytes:
    """Return what is hashed of an item: its pixels, their shape and type, or why it is no image."""
    try:
        pixels = _pixels(_item(dataset, index, name)[0], f"item {index} of {name}")
    except ImageDecodeError as error:
        return str(error).encode("utf-8", "surrogatepass")
    return f"{pixels.shape} {pixels.dtype}".encode() + pixels.tobytes()


def _pixels(image: Any, what: str) -> NDArray[Any]:
    """Return an image of any of the kinds as an array (H, W) or (H, W, C)."""
    if isinstance(image, Image.Image):
        return pixels_of_image(image, [])
    array = as_array(image, f"The pixels of {what}")
    is_tensor = not isinstance(image, np.ndarray)
    if array.ndim == 3 and array.shape[0] in {1, 3} and (is_tensor or array.shape[2] not in {1, 3, 4}):
        array = array.transpose(1, 2, 0)
    if array.dtype.kind == "f" and not bool(((array >= 0) & (array <= 1)).all()):
        raise SourceError(
            f"The pixels of {what} are floats with values that are NaN or outside [0, 1]; "
            "take the normalisation of the data set out."
        )
    if array.ndim not in {2, 3} or array.dtype == object:
        raise ImageDecodeError(f"an item of type {type(image).__name__} is not an image", kind="not_an_image")
    return array
