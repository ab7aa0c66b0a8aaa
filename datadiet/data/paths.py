"""The one door through which a user's paths are resolved: nothing outside the named root is read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

from datadiet.data.keys import key_of_name
from datadiet.errors import ImageDecodeError, SourceError

MAX_FILE_BYTES = 256 * 2**20  # a larger image file is skipped
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|file:", re.IGNORECASE)
_DRIVE_OR_UNC = re.compile(r"[A-Za-z]:[\\/]|\\\\|//")


def named_path(text: str | Path) -> Path:
    """Return the path that the user named; the empty text, which :mod:`pathlib` takes for ``.``, names none.

    Raises:
        SourceError: ``text`` is empty.
    """
    if text == "":
        raise SourceError(
            "The source is '', which names nothing; is a variable of the shell not set? "
            "Give the name of a set, a file or a folder; the folder you are in is '.'."
        )
    return Path(text)


def resolve_under(root: Path, text: str) -> Path:
    """Return the path that ``text`` names under ``root``; it need not exist.

    Spaces, ``~``, ``$HOME`` and ``%2e`` are literal. An absolute path is taken only when it lies
    under ``root``.

    Args:
        root: The folder that the user named.
        text: A path as the user's table writes it, relative to ``root``.

    Raises:
        SourceError: ``text`` is empty, an address, or names a place outside ``root``.
        ImageDecodeError: A symbolic link under ``root`` leads out of it.
    """
    shown = key_of_name(text)
    if not text or "\0" in text or _SCHEME.match(text) or _DRIVE_OR_UNC.match(text):
        raise SourceError(f"path {shown!r} is not a relative path under {root}; addresses are not read.")
    path = root / text
    lexical = Path(os.path.normpath(path))
    if ".." in Path(text).parts or not lexical.is_relative_to(os.path.normpath(root)):
        raise SourceError(
            f"path {shown!r} lies outside {root}; paths must stay under it. "
            "Name the folder that holds the images with --data-root."
        )
    refuse_leaving(root, path)
    return path


def refuse_leaving(root: Path, path: Path) -> None:
    """Check that ``path``, links followed, is still under ``root``.

    Raises:
        ImageDecodeError: It is not, or its links go in a circle; of kind ``outside_root``.
    """
    try:
        real = path.resolve()
    except (OSError, RuntimeError):
        raise ImageDecodeError("symbolic links that go in a circle", kind="outside_root") from None
    if not real.is_relative_to(root.resolve()):
        raise ImageDecodeError("a symbolic link that leads out of the source", kind="outside_root")


def read_image_file(path: Path, expected: tuple[int, int] | None = None) -> bytes:
    """Return the bytes of a regular file, never waiting on a pipe or device.

    Args:
        path: A path that went through :func:`resolve_under` or :func:`refuse_leaving`.
        expected: Size in bytes and modification time in ns when it was listed; None: not known.

    Raises:
        ImageDecodeError: It is missing, no regular file, too large, unreadable, or changed since.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        raise ImageDecodeError("the file does not exist", kind="missing_file") from None
    except OSError as error:
        raise ImageDecodeError(f"the file cannot be read: {error.strerror}") from None
    before = os.fstat(descriptor)
    if not stat.S_ISREG(before.st_mode):
        os.close(descriptor)
        raise ImageDecodeError("not a regular file", kind="not_an_image")
    with os.fdopen(descriptor, "rb") as file:
        if before.st_size > MAX_FILE_BYTES:
            raise ImageDecodeError(f"larger than {MAX_FILE_BYTES // 2**20} MiB")
        data = _read(file.read)
        after = os.fstat(descriptor)
    seen = {(before.st_size, before.st_mtime_ns), (after.st_size, after.st_mtime_ns)}
    if len(seen | {expected or (before.st_size, before.st_mtime_ns)}) > 1 or len(data) != before.st_size:
        raise ImageDecodeError("the file changed while it was read")
    return data


def _read(read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except OSError as error:
        raise ImageDecodeError(f"the file cannot be read: {error.strerror}") from None
