"""The few system calls that every write goes through, and the sentences for when one fails."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from datadiet.errors import StoreError

OS_ERROR_TEXT = re.compile(r"\(os error (\d+)\)|\[errno (\d+)\]", re.IGNORECASE)  # of Rust; of Arrow
TEMPORARY_NAME = re.compile(r"\.[0-9a-f]{8}\.(part|sums)(\.\w+)?")
OTHER_WORKSPACE = "choose another --workspace"


def short_name() -> str:
    """Return a random name of eight letters; names of the user's files never enter a temporary name."""
    return secrets.token_hex(4)


@contextmanager
def disk_errors(
    path: Path, *, num_bytes: int = 0, within: Path | None = None, other: str = OTHER_WORKSPACE
) -> Generator[None]:
    """Turn a failing call of the system inside the block into a sentence.

    Args:
        path: What is being written, as the user would name it.
        num_bytes: Bytes known to be needed, 0 where unknown.
        within: The temporary file or folder that holds what was written so far, which is needed too.
        other: What to do instead of mending it.

    Raises:
        StoreError: A call failed: disk full, permission, read-only, input/output error.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, OSError) and type(error).__name__ != "SafetensorError":
            raise
        needed = max(num_bytes, size_of(within) if within else 0)
        raise _refusal(path, error, needed=needed, other=other) from error


def _refusal(path: Path, error: Exception, *, needed: int, other: str) -> StoreError:
    number = getattr(error, "errno", None) or _errno_in(str(error))
    if number in {errno.ENOSPC, errno.EDQUOT}:
        return StoreError.disk_full(path, needed=needed, free=free_bytes(path), inodes=_free_inodes(path))
    return StoreError.call_failed(path, os.strerror(number) if number else str(error), other=other)


def _errno_in(text: str) -> int | None:
    found = OS_ERROR_TEXT.search(text)
    return int(found[1] or found[2]) if found else None


def existing_part(path: Path) -> Path:
    """Return the nearest folder at or above ``path`` that exists."""
    return next((part for part in (path, *path.parents) if part.is_dir()), Path("/"))


def free_bytes(path: Path) -> int:
    """Return the bytes that may still be written where ``path`` lies."""
    return shutil.disk_usage(existing_part(path)).free


def _free_inodes(path: Path) -> int | None:
    """Return how many files may still be made, or None where the file system does not count them."""
    stats = os.statvfs(existing_part(path))
    return stats.f_favail if stats.f_files else None


def size_of(path: Path) -> int:
    """Return the bytes of the file, or of all files below the folder."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size if path.exists() else 0


def sync(path: Path) -> None:
    """Flush a file or folder to the disk; a failure is final, never tried again on the same file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Flush all files below ``folder``, then its folders from the deepest up."""
    for parent, _, files in os.walk(folder, topdown=False):
        for name in files:
            sync(Path(parent, name))
        sync(Path(parent))


def make_folder(folder: Path) -> None:
    """Make ``folder`` and the parents it lacks, each flushed into its own parent."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir()
    sync(folder.parent)


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold the lock of ``folder``, alone among all processes, for as long as the block runs.

    The lock is the system's own on the open folder: it leaves no file, and dies with its process.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def claim(path: Path) -> int | None:
    """Return a descriptor that locks ``path``, or None where another process holds or removed it."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.stat().st_ino == os.fstat(descriptor).st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


@contextmanager
def shared(path: Path) -> Generator[None]:
    """Hold ``path`` together with others while the block runs, so that nobody can :func:`claim` it.

    Raises:
        FileNotFoundError: It is not there, or was removed while this waited for somebody's claim.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if path.stat().st_ino != os.fstat(descriptor).st_ino:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        yield
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Remove a temporary file or folder, whatever is left of it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)
