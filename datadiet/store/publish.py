"""Publication: work in an attempt, seal it, flush it, rename it once; the first wins."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from datadiet.errors import CorruptFileError, StoreError
from datadiet.store.checksums import (
    SEAL_NAME,
    check_bytes,
    file_sum,
    folder_seal,
    place_of,
    recorded_sum,
    seal_bytes,
    sidecar_of,
)
from datadiet.store.disk import (
    claim,
    disk_errors,
    free_bytes,
    locked,
    make_folder,
    remove,
    short_name,
    sync,
    sync_tree,
)
from datadiet.store.workspace import Workspace

log = logging.getLogger(__name__)


@dataclass
class Attempt:
    """A folder to work in; ``won`` says, once published, whether this attempt came first.

    ``final`` may be changed inside the block, where the name follows from the content.
    """

    folder: Path
    final: Path
    won: bool = field(default=False)

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


@contextmanager
def publish_folder(workspace: Workspace, final: Path, *, num_bytes: int = 0) -> Generator[Attempt]:
    """Yield an attempt folder; when the block ends well, publish it at ``final`` by one rename.

    Every file is checksummed and flushed first. Where ``final`` already exists, this attempt is
    discarded and its ``won`` stays False. Where the block raises, nothing is published.

    Args:
        workspace: Holds the attempt until it is published.
        final: The folder that is to appear, inside the workspace.
        num_bytes: Bytes the block will write at least, 0 where unknown; checked before it begins.

    Raises:
        CorruptFileError: A folder without a seal stands at ``final``; it is left as it is.
        StoreError: The disk is full, read-only or failing; ``final`` is then absent or another's.
    """
    _check_place(final)
    if num_bytes > free_bytes(workspace.root):
        raise StoreError.disk_full(final, needed=num_bytes, free=free_bytes(workspace.root), inodes=None)
    with disk_errors(final, num_bytes=num_bytes):
        folder, lock = _new_attempt(workspace.attempts_dir)
    attempt = Attempt(folder, final)
    try:
        with disk_errors(final, num_bytes=num_bytes, within=folder):
            yield attempt
            _seal_folder(folder, place_of(attempt.final))
            make_folder(attempt.final.parent)
            attempt.won = _rename_folder(folder, attempt.final)
    finally:
        remove(folder)
        os.close(lock)


@contextmanager
def scratch_folder(workspace: Workspace) -> Generator[Path]:
    """Yield a folder of the workspace to work in, removed when the block ends, however it ends.

    Raises:
        StoreError: The disk is full, read-only or failing.
    """
    with disk_errors(workspace.attempts_dir):
        folder, lock = _new_attempt(workspace.attempts_dir)
    try:
        with disk_errors(workspace.attempts_dir, within=folder):
            yield folder
    finally:
        remove(folder)
        os.close(lock)


def _new_attempt(attempts: Path) -> tuple[Path, int]:
    """Return a new folder and the lock that says somebody alive works in it."""
    make_folder(attempts)
    while True:
        folder = attempts / short_name()
        folder.mkdir()
        if (lock := claim(folder)) is not None:
            return folder, lock


def _seal_folder(folder: Path, place: str) -> None:
    (folder / SEAL_NAME).write_bytes(folder_seal(folder, place))
    sync_tree(folder)


def _rename_folder(folder: Path, final: Path) -> bool:
    """Rename ``folder`` to ``final`` unless that exists; say which."""
    with locked(final.parent):
        _check_place(final)
        if is_published(final):
            log.info("%s was published by another attempt; this one is discarded", final)
            return False
        if final.exists():
            _clear_place(final)
        folder.rename(final)
        sync(final.parent)
    return True


def _check_place(final: Path) -> None:
    """Refuse files that nothing vouches for where a folder is to be published: work would end in vain."""
    holds_files = final.is_file() or any(path.is_file() for path in final.rglob("*"))
    if holds_files and not is_published(final):
        raise CorruptFileError.no_seal(final)


def _clear_place(final: Path) -> None:
    """Take away folders without a file, which somebody's deletion leaves; a file that appears stops it."""
    for folder in sorted(final.rglob("*"), reverse=True):
        folder.rmdir()
    final.rmdir()


def publish_file(final: Path, write: Callable[[Path], None]) -> bool:
    """Publish one file: ``write`` fills a temporary one beside it, which is sealed, flushed and renamed.

    The seal lies beside it as ``<name>.sums`` and appears before the file does.

    Args:
        final: The file that is to appear.
        write: Called with the path to write to.

    Returns:
        Whether this attempt came first; where the file was there already, it is left as it is.

    Raises:
        StoreError: The disk is full, read-only or failing; ``final`` is then absent or another's.
    """
    part = final.parent / f".{short_name()}.part{final.suffix}"
    try:
        with disk_errors(final):
            lock = _new_part(part)
    except StoreError:
        remove(part)
        raise
    try:
        with disk_errors(final, within=part):
            write(part)
            sync(part)
            return _rename_file(part, final)
    finally:
        remove(part)
        os.close(lock)


def _new_part(part: Path) -> int:
    """Make the temporary file; return the lock that says somebody alive writes it."""
    make_folder(part.parent)
    with locked(part.parent):
        part.touch(exist_ok=False)
        lock = claim(part)
    if lock is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(part))
    return lock


def _rename_file(part: Path, final: Path) -> bool:
    """Rename ``part`` to ``final``, its seal first, unless ``final`` is there; say which."""
    seal = seal_bytes(place_of(final), {final.name: file_sum(part)})
    sums = part.with_name(part.name.partition(".part")[0] + ".sums")
    with locked(final.parent):
        if is_published(final):
            log.info("%s was published by another attempt; this one is discarded", final)
            return False
        try:
            sums.write_bytes(seal)
            sync(sums)
            sums.replace(sidecar_of(final))
            part.replace(final)
            sync(final.parent)
        finally:
            remove(sums)
    return True


def is_published(path: Path) -> bool:
    """Return whether a file or folder stands under its final name, sealed; its bytes are not read."""
    if path.is_dir():
        return (path / SEAL_NAME).exists()
    return path.is_file() and (sidecar_of(path).exists() or _in_sealed_folder(path))


def _in_sealed_folder(path: Path) -> bool:
    return any((folder / SEAL_NAME).exists() for folder in path.parents[:3])


def verified_bytes(path: Path) -> bytes:
    """Return the content of a published file, checked against its seal.

    Raises:
        NotFoundError: There is no such file.
        CorruptFileError: A bit of the file or of its seal differs, or it lies in another's place.
        StoreError: The file cannot be read.
    """
    expected = recorded_sum(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StoreError.cannot_read(path, error.strerror or str(error)) from error
    check_bytes(path, data, expected)
    return data


def unpublish(workspace: Workspace, path: Path) -> None:
    """Take a published file or folder away by one rename, then remove it; absent is fine.

    Raises:
        StoreError: It cannot be removed.
    """
    with disk_errors(path):
        make_folder(workspace.attempts_dir)
        for part in (path, sidecar_of(path)):
            if part.exists():
                gone = workspace.attempts_dir / short_name()
                part.rename(gone)
                sync(path.parent)
                remove(gone)
