"""Blocks of encoded thumbnails: the bytes one after another, and a table of where each begins."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadiet.errors import CorruptFileError, StoreError
from datadiet.store.publish import verified_bytes


def pack_thumbnails(thumbnails: Sequence[bytes]) -> tuple[bytes, NDArray[np.int64]]:
    """Return the bytes joined, and the b + 1 places where each begins and the last ends.

    Example:
        >>> data, offsets = pack_thumbnails([b"ab", b"", b"c"])
        >>> data, offsets.tolist()
        (b'abc', [0, 2, 2, 3])
    """
    lengths = np.fromiter((len(data) for data in thumbnails), dtype=np.int64, count=len(thumbnails))
    return b"".join(thumbnails), np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])


class ThumbnailWriter:
    """Writes blocks into a folder that is not yet published: ``00000000.bin`` and ``00000000.npy``.

    The name is the first row of the block, so a row is found without an index.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._num_rows = 0
        folder.mkdir(parents=True, exist_ok=True)

    def append(self, thumbnails: Sequence[bytes]) -> None:
        """Write one block; an empty thumbnail says that the prepared picture is the whole one."""
        if not thumbnails:
            return
        data, offsets = pack_thumbnails(thumbnails)
        stem = f"{self._num_rows:08d}"
        (self._folder / f"{stem}.bin").write_bytes(data)
        np.save(self._folder / f"{stem}.npy", offsets, allow_pickle=False)
        self._num_rows += len(thumbnails)


class ThumbnailReader:
    """Reads single thumbnails; a block is verified when it is first touched, then read row by row."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        files = (path for path in folder.glob("*") if path.suffix in (".bin", ".npy"))
        self._starts = sorted({int(path.stem) for path in files})
        self._offsets = lru_cache(maxsize=None)(self._read_offsets)

    def __getitem__(self, row: int) -> bytes:
        """Return the encoded bytes of a row, empty where the prepared picture is the whole one.

        Raises:
            CorruptFileError: Its block is not what was written, or is gone.
            NotFoundError: One of the two files of its block is gone.
        """
        place = bisect_right(self._starts, row) - 1
        start = self._starts[place] if place >= 0 else 0  # there is always a first block
        offsets = self._offsets(start)
        if row - start + 1 >= len(offsets):
            raise CorruptFileError.wrong_digest(self._folder)
        first, last = int(offsets[row - start]), int(offsets[row - start + 1])
        return self._read_part(self._path(start), first, last) if first < last else b""

    def _path(self, start: int) -> Path:
        return self._folder / f"{start:08d}.bin"

    def _read_part(self, path: Path, first: int, last: int) -> bytes:
        try:
            with path.open("rb") as file:
                file.seek(first)
                data = file.read(last - first)
        except OSError as error:
            raise StoreError.cannot_read(path, error.strerror or str(error)) from error
        if len(data) < last - first:
            raise CorruptFileError.wrong_digest(path)
        return data

    def _read_offsets(self, start: int) -> NDArray[np.int64]:
        """Return where each thumbnail of a block begins, the block verified; its bytes are not kept."""
        path = self._path(start)
        num_bytes = len(verified_bytes(path))
        offsets = np.frombuffer(_npy_body(verified_bytes(path.with_suffix(".npy"))), dtype="<i8")
        if not len(offsets) or offsets[-1] != num_bytes:
            raise CorruptFileError.wrong_digest(path)
        return offsets


def _npy_body(data: bytes) -> bytes:
    """Return what follows the header of a version 1 .npy file."""
    return data[10 + int.from_bytes(data[8:10], "little") :]
