"""CIFAR-10 and CIFAR-100 as torchvision stores them, read without running what the files say.

Their batches are pickles, which datadiet never loads. The standard library's disassembler lists what is
in one as plain opcodes; pixels are the one long byte string, labels the integers after their key.
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadiet.data.sources.arrays import ArraySource
from datadiet.errors import SourceError

_PICTURE_BYTES = 3 * 32 * 32
_MEMO = {"BINPUT", "LONG_BINPUT", "PUT", "MEMOIZE", "BINGET", "LONG_BINGET", "GET"}


@dataclass(frozen=True)
class _Cifar:
    folder: str
    train: tuple[str, ...]
    test: str
    label_key: str
    meta: str
    meta_key: str
    class_name: str  # of torchvision.datasets, for its address


CIFAR_SETS = {
    "cifar10": _Cifar(
        "cifar-10-batches-py",
        tuple(f"data_batch_{number}" for number in range(1, 6)),
        "test_batch",
        "labels",
        "batches.meta",
        "label_names",
        "CIFAR10",
    ),
    "cifar100": _Cifar(
        "cifar-100-python", ("train",), "test", "fine_labels", "meta", "fine_label_names", "CIFAR100"
    ),
}


def cifar_source(name: str, root: Path, *, is_fetched: bool) -> ArraySource:
    """Return CIFAR-10 or CIFAR-100 from the folder that torchvision makes under ``root``.

    Raises:
        SourceError: The folder is not there and was not to be fetched, or a file is not as published.
    """
    layout = CIFAR_SETS[name]
    folder = root / layout.folder
    if is_fetched and not folder.is_dir():
        _fetch(layout, root)
    if not folder.is_dir():
        raise SourceError(
            f"{name} is not under {root} (no folder {layout.folder}). "
            "Name its folder with --data-root, or pass --download to fetch it."
        )
    train = [_batch(folder / part, layout.label_key) for part in layout.train]
    test_images, test_labels = _batch(folder / layout.test, layout.label_key)
    source = ArraySource(
        np.concatenate([images for images, _ in train]),
        np.concatenate([labels for _, labels in train]),
        _names(folder / layout.meta, layout.meta_key),
        test_images=test_images,
        test_labels=test_labels,
        name=name,
    )
    source.kind = "torchvision"
    return source


def _fetch(layout: _Cifar, root: Path) -> None:
    known = getattr(import_module("torchvision.datasets"), layout.class_name)
    fetch = import_module("torchvision.datasets.utils").download_and_extract_archive
    try:
        fetch(known.url, str(root), filename=known.filename, md5=known.tgz_md5)
    except Exception as error:  # whatever the network raises
        raise SourceError(f"{known.url} cannot be fetched: {' '.join(str(error).split())[:200]}.") from None


def _opcodes(path: Path) -> list[tuple[str, Any]]:
    try:
        data = path.read_bytes()
        return [(opcode.name, argument) for opcode, argument, _ in pickletools.genops(data)]
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read as a CIFAR batch: {str(error)[:200]}.") from None


def _batch(path: Path, label_key: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    opcodes = _opcodes(path)
    pixels = max((_as_bytes(x) for _, x in opcodes if isinstance(x, str | bytes)), key=len, default=b"")
    labels = [value for value in _after(opcodes, label_key) if isinstance(value, int)]
    if not labels or len(pixels) != len(labels) * _PICTURE_BYTES:
        raise SourceError(f"{path} is not a CIFAR batch: {len(pixels)} bytes for {len(labels)} labels.")
    planes = np.frombuffer(pixels, np.uint8).reshape(-1, 3, 32, 32)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), np.asarray(labels, dtype=np.int64)


def _names(path: Path, key: str) -> list[str]:
    names = [
        _as_bytes(value).decode() for value in _after(_opcodes(path), key) if isinstance(value, str | bytes)
    ]
    if not names:
        raise SourceError(f"{path} holds no {key}.")
    return names


def _after(opcodes: list[tuple[str, Any]], key: str) -> Iterator[Any]:
    """Yield the values of the list that follows ``key``, up to the opcode that ends it."""
    place = next(
        (i for i, (_, x) in enumerate(opcodes) if x is not None and _as_bytes(x) == key.encode()), None
    )
    rest = [] if place is None else [item for item in opcodes[place + 1 :] if item[0] not in _MEMO]
    for (name, argument), (following, _) in zip(rest, [*rest[1:], ("STOP", None)], strict=True):
        if name == "APPENDS" and following != "MARK":  # a long list is appended a thousand at a time
            return
        if argument is not None:
            yield argument


def _as_bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode("latin-1", "replace") if isinstance(value, str) else b""
