"""Arrays on disk: written block by block, read in parts, each block verified when first touched."""

from __future__ import annotations

import io
import os
import weakref
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray

from datadiet.errors import CorruptFileError, DataError, StoreError
from datadiet.store.checksums import BLOCK_BYTES, FileSum, recorded_sum

HEADER_BYTES = (
    256  # magic, version and length included; room for any shape, since it is known only at the end
)
MAGIC = b"\x93NUMPY\x01\x00"

Rows = int | np.integer[Any] | slice | NDArray[Any] | list[int]


class ArrayWriter:
    """Writes a ``.npy`` file whose number of rows is known only at the end."""

    def __init__(self, path: Path, item_shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self._item_shape = tuple(item_shape)
        self._dtype = np.dtype(dtype)
        self._num_rows = 0
        self._file = path.open("wb")
        self._file.write(bytes(HEADER_BYTES))

    def append(self, block: NDArray[Any]) -> None:
        """Write the rows of ``block``.

        Raises:
            DataError: Its rows have another shape or dtype than this array.
        """
        if block.shape[1:] != self._item_shape or block.dtype != self._dtype:
            raise DataError(
                f"This array takes rows {self._item_shape} of {self._dtype}, "
                f"got {block.shape[1:]} of {block.dtype}."
            )
        self._file.write(np.ascontiguousarray(block).data)
        self._num_rows += len(block)

    def close(self) -> None:
        """Write the header, now that the shape is known."""
        if self._file.closed:
            return
        try:
            self._file.seek(0)
            self._file.write(_header((self._num_rows, *self._item_shape), self._dtype))
        finally:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def write_array(path: Path, values: NDArray[Any]) -> None:
    """Write ``values`` as a ``.npy`` file, in the form that :func:`open_array` reads."""
    with ArrayWriter(path, values.shape[1:], values.dtype) as writer:
        writer.append(values)


def _header(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bytes:
    text = f"{{'descr': {npy.dtype_to_descr(dtype)!r}, 'fortran_order': False, 'shape': {shape!r}, }}"
    length = HEADER_BYTES - len(MAGIC) - 2
    return MAGIC + length.to_bytes(2, "little") + text.encode().ljust(length - 1) + b"\n"


def open_array(path: Path) -> StoredArray:
    """Return the published array at ``path``, to be read in parts.

    Raises:
        NotFoundError: There is no such file.
        CorruptFileError: It is cut, or its first block is not what was written.
    """
    return StoredArray(path)


class StoredArray:
    """A read-only array on disk; indexing returns fresh arrays and holds no more than was asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sum = _blocked_sum(path)
        try:
            self._descriptor = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise StoreError.cannot_read(path, error.strerror or str(error)) from error
        weakref.finalize(self, os.close, self._descriptor)
        if os.fstat(self._descriptor).st_size != self._sum.size:
            raise CorruptFileError.wrong_digest(path)
        self._is_verified = np.zeros(len(self._sum.digests), bool)
        self.shape, self.dtype, self._start = self._read_header()
        self._row_bytes = int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize

    @property
    def ndim(self) -> int:
        """Return the number of dimensions."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Rows) -> NDArray[Any]:
        """Return the rows asked for, in that order, as a fresh array.

        Args:
            rows: A row, a slice, row numbers in any order, or a mask of length N.

        Raises:
            IndexError: A row lies outside the array.
            CorruptFileError: A block that holds one of them is not what was written.
        """
        if isinstance(rows, int | np.integer):
            row: NDArray[Any] = self._read(np.array([_positive(int(rows), len(self))]))[0]
            return row
        if isinstance(rows, slice):
            return self._read(np.arange(*rows.indices(len(self))))
        return self._read(_row_numbers(np.asarray(rows), len(self)))

    def _read(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        out = np.empty((len(rows), *self.shape[1:]), self.dtype)
        if not out.size:
            return out
        flat = memoryview(out.reshape(-1).view(np.uint8).data)
        breaks = np.flatnonzero(np.diff(rows) != 1) + 1
        for first, last in zip([0, *breaks.tolist()], [*breaks.tolist(), len(rows)], strict=True):
            start = self._start + int(rows[first]) * self._row_bytes
            self._read_into(flat[first * self._row_bytes : last * self._row_bytes], start)
        return out

    def _read_into(self, target: memoryview, start: int) -> None:
        """Fill ``target`` with the bytes from ``start``, after verifying the blocks they lie in."""
        for block in range(start // BLOCK_BYTES, (start + len(target) - 1) // BLOCK_BYTES + 1):
            if not self._is_verified[block]:
                self._verify(block)
        while target:
            if not (count := self._pread(target, start)):
                raise CorruptFileError.wrong_digest(self._path)
            target, start = target[count:], start + count

    def _verify(self, block: int) -> bytes:
        data = bytearray(min(BLOCK_BYTES, self._sum.size - block * BLOCK_BYTES))
        self._pread(memoryview(data), block * BLOCK_BYTES)
        if sha256(data).hexdigest() != self._sum.digests[block]:
            raise CorruptFileError.wrong_digest(self._path)
        self._is_verified[block] = True
        return bytes(data)

    def _pread(self, target: memoryview, start: int) -> int:
        try:
            return os.preadv(self._descriptor, [target], start)
        except OSError as error:
            raise StoreError.cannot_read(self._path, error.strerror or str(error)) from error

    def _read_header(self) -> tuple[tuple[int, ...], np.dtype[Any], int]:
        file = io.BytesIO(self._verify(0))
        try:
            version = npy.read_magic(file)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, is_fortran, dtype = read(file)
        except ValueError as error:
            raise CorruptFileError(f"{self._path} is not an array: {error}.") from error
        size = file.tell() + int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        if is_fortran or dtype.hasobject or not shape or size != self._sum.size:
            raise CorruptFileError(f"{self._path} is not an array of plain rows that fill the file.")
        return shape, dtype, file.tell()


def _blocked_sum(path: Path) -> FileSum:
    found = recorded_sum(path)
    if not found.is_blocked or not found.digests:
        raise CorruptFileError(f"{path} was not stored as an array.")
    return found


def _positive(row: int, num_rows: int) -> int:
    if not -num_rows <= row < num_rows:
        raise IndexError(f"row {row} of an array of {num_rows}")
    return row % num_rows


def _row_numbers(rows: NDArray[Any], num_rows: int) -> NDArray[np.int64]:
    if rows.dtype == bool:
        if rows.shape != (num_rows,):
            raise IndexError(f"mask of {rows.shape} for an array of {num_rows}")
        return np.flatnonzero(rows)
    if rows.ndim != 1 or (rows.size and rows.dtype.kind not in "iu"):
        raise IndexError(f"rows must be a list of integers, got {rows.dtype} of shape {rows.shape}")
    if rows.size and not (-num_rows <= rows.min() and rows.max() < num_rows):
        raise IndexError(f"rows {rows.min()} to {rows.max()} of an array of {num_rows}")
    numbers = rows.astype(np.int64)
    return np.where(numbers < 0, numbers + num_rows, numbers)
