"""A .npz file with images and labels: headers are checked before anything is allocated."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from datadiet.data.sources.arrays import check_floats, check_picture_layout
from datadiet.data.sources.labels import class_labels
from datadiet.data.sources.record import Picture, Problem, SourceRecord
from datadiet.errors import SourceError

_PARTS = (  # split, names of the images, names of the labels
    ("train", ("train_images", "x_train", "images", "x", "data"), ("train_labels", "y_train", "labels", "y")),
    (
        "validation",
        ("val_images", "x_val", "validation_images"),
        ("val_labels", "y_val", "validation_labels"),
    ),
    ("test", ("test_images", "x_test"), ("test_labels", "y_test")),
)
_NAMES = ("class_names", "classes", "label_names")
_SMALL_BYTES = 2**28  # of a member that is read whole: labels, names
_BOMB_RATIO, _BOMB_BYTES = 400, 2**28
_BLOCK_BYTES = 2**22


@dataclass(frozen=True, slots=True)
class _Member:
    """One array of the file, its header checked."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    header_bytes: int
    is_fortran: bool

    @property
    def row_bytes(self) -> int:
        return int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize


class NpzSource:
    """Arrays of a .npz; source keys are row numbers, ``val:`` or ``test:`` before those of such parts."""

    kind = "npz"

    def __init__(self, path: Path) -> None:
        """Check all headers and read the labels; images are streamed.

        Args:
            path: The file. Images are (N, H, W) or (N, H, W, C); labels (N,) or (N, 1).

        Raises:
            SourceError: It is no such file, or a member has another layout than it must.
        """
        self.name, self._path = path.name, path
        self.problems: list[Problem] = []
        self.rules: list[str] = []
        members = _members(path)
        parts = list(_found_parts(members, self.name))
        labels = [_read_labels(path, member, images, self.name) for _, images, member in parts]
        self._lengths = [len(part) for part in labels]
        names = _read_names(path, members)
        self._labels, self.class_names = class_labels(np.concatenate(labels), names, where=self.name)
        self._parts = [(split if len(parts) > 1 else None, images) for split, images, _ in parts]
        for _, images in self._parts:
            if images.dtype.kind == "f":
                for block in _stream(path, images):
                    check_floats(block, self.name)

    def signature(self) -> str:
        """Return a hash of name, size and time of the file."""
        status = self._path.stat()
        text = repr((self.name, status.st_size, status.st_mtime_ns, self._parts))
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def records(self) -> Iterator[SourceRecord]:
        """Yield a record a row, train first, then validation, then test."""
        position = 0
        prefixes = {"validation": "val:", "test": "test:"}
        for (split, images), length in zip(self._parts, self._lengths, strict=True):
            cursor = _Cursor(self._path, images)
            for row in range(length):
                yield SourceRecord(
                    position=position,
                    source_key=f"{prefixes.get(split or '', '')}{row}",
                    split=split,
                    label=int(self._labels[position]),
                    true_label=None,
                    group=None,
                    open=partial(cursor.picture, row),
                )
                position += 1


def _members(path: Path) -> dict[str, _Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            return dict(_checked_members(archive, path.name))
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise SourceError(f"{path} cannot be read as .npz: {error}.") from None


def _checked_members(archive: zipfile.ZipFile, where: str) -> Iterator[tuple[str, _Member]]:
    for info in archive.infolist():
        if not info.filename.endswith(".npy"):
            continue
        if info.file_size > _BOMB_BYTES and info.file_size > _BOMB_RATIO * max(1, info.compress_size):
            raise SourceError(f"{where} unpacks to {info.file_size:,} bytes at {info.filename}: a zip bomb?")
        with archive.open(info) as stream:
            member = _read_header(stream, info.filename, where)
        expected = int(np.prod(member.shape, dtype=object)) * member.dtype.itemsize + member.header_bytes
        if expected != info.file_size:
            raise SourceError(
                f"{info.filename} in {where} declares {member.shape} {member.dtype}, {expected:,} bytes, "
                f"but holds {info.file_size:,}."
            )
        yield info.filename.removesuffix(".npy"), member


def _read_header(stream: IO[bytes], name: str, where: str) -> _Member:
    head = BytesIO(stream.read(2**16))
    try:
        version = npy.read_magic(head)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, is_fortran, dtype = read(head)
    except (ValueError, EOFError, SyntaxError, TypeError) as error:
        raise SourceError(
            f"{name} in {where} is no array ({str(error)[:100]}); pickles are not read."
        ) from None
    if dtype.hasobject:
        raise SourceError(f"{name} in {where} holds Python objects, which are not read; save plain arrays.")
    if dtype.fields is not None:
        raise SourceError(f"{name} in {where} is a table of fields ({dtype}); save a plain array of each.")
    return _Member(name, shape, dtype, head.tell(), bool(is_fortran))


def _found_parts(members: dict[str, _Member], where: str) -> Iterator[tuple[str, _Member, _Member]]:
    by_lower = {name.lower(): member for name, member in members.items()}
    for split, image_names, label_names in _PARTS:
        images = next((by_lower[name] for name in image_names if name in by_lower), None)
        labels = next((by_lower[name] for name in label_names if name in by_lower), None)
        if images is None and labels is None and split != "train":
            continue
        if images is None or labels is None:
            raise SourceError(
                f"{where} holds the arrays {sorted(members)}; it must hold images and labels "
                "(or train_images, train_labels, test_images, test_labels)."
            )
        check_picture_layout(images.shape, images.dtype, where)
        if images.is_fortran:
            raise SourceError(
                f"{images.name} in {where} is in Fortran order; save np.ascontiguousarray(images)."
            )
        if labels.shape not in {images.shape[:1], (images.shape[0], 1)}:
            raise SourceError(
                f"{where} has images of shape {images.shape} and labels of shape {labels.shape}; "
                "there must be one label an image."
            )
        yield split, images, labels


def _read_labels(path: Path, member: _Member, images: _Member, where: str) -> NDArray[Any]:
    return _read_small(path, member, where).reshape(images.shape[0])


def _read_names(path: Path, members: dict[str, _Member]) -> list[str] | None:
    name = next((name for name in _NAMES if name in members), None)
    if name is None:
        return None
    names = _read_small(path, members[name], path.name).ravel()
    if names.dtype.kind not in "SU":
        raise SourceError(f"{name} in {path.name} is of type {names.dtype}; class names are text.")
    try:
        return (np.char.decode(names, "utf-8") if names.dtype.kind == "S" else names).tolist()
    except UnicodeDecodeError as error:
        raise SourceError(f"{name} in {path.name} holds text that is not UTF-8: {error.reason}.") from None


def _read_small(path: Path, member: _Member, where: str) -> NDArray[Any]:
    if member.row_bytes * (member.shape[0] if member.shape else 1) > _SMALL_BYTES:
        raise SourceError(f"{member.name} in {where} is larger than {_SMALL_BYTES // 2**20} MiB.")
    with zipfile.ZipFile(path) as archive, archive.open(member.name) as stream:
        data = stream.read()[member.header_bytes :]
    values = np.frombuffer(data, member.dtype)
    return values.reshape(member.shape[::-1]).T if member.is_fortran else values.reshape(member.shape)


def _stream(path: Path, member: _Member) -> Iterator[NDArray[Any]]:
    """Yield the rows of a member in blocks, without holding it."""
    rows = max(1, _BLOCK_BYTES // max(1, member.row_bytes))
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member.name) as stream:
            stream.read(member.header_bytes)
            for start in range(0, member.shape[0], rows):
                count = min(rows, member.shape[0] - start)
                data = stream.read(count * member.row_bytes)
                yield np.frombuffer(data, member.dtype).reshape(count, *member.shape[1:])
    except (OSError, zipfile.BadZipFile, zlib.error, ValueError, EOFError) as error:
        raise SourceError(f"{path} is damaged at {member.name}: {error}.") from None


class _Cursor:
    """Reads pictures in order; going back starts again."""

    def __init__(self, path: Path, member: _Member) -> None:
        self._path, self._member = path, member
        self._blocks: Iterator[NDArray[Any]] = iter(())
        self._start, self._block = 0, np.zeros(0)
        self._restart()

    def _restart(self) -> None:
        self._blocks = _stream(self._path, self._member)
        self._start, self._block = 0, np.zeros((0, 0))

    def picture(self, row: int) -> Picture:
        """Return the pixels of a row."""
        if row < self._start:
            self._restart()
        while row >= self._start + len(self._block):
            self._start += len(self._block)
            self._block = next(self._blocks)
        return np.asarray(self._block[row - self._start])
