"""Which folders a new audit may read, and what lies in them; nothing outside is listed or named."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from datadiet.errors import SourceError

ROOTS = "DATADIET_SOURCE_ROOTS"  # set by ``datadiet dashboard``; folders, parted as PATH is
FILES = {".csv": "table", ".tsv": "table", ".parquet": "table", ".npz": "arrays"}
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
MOST_LISTED = 300  # entries of a folder
MOST_COUNTED = 5_000  # entries looked at to say what a folder holds


@dataclass(frozen=True)
class Entry:
    """A folder or file that can be chosen."""

    name: str
    path: Path
    is_folder: bool


@dataclass(frozen=True)
class Contents:
    """What a folder holds, counted up to a limit."""

    num_folders: int
    num_pictures: int
    is_cut: bool  # there is more than was counted


def source_roots() -> list[Path]:
    """Return the folders that new audits may read; those that are not there are left out."""
    named = [Path(text) for text in os.environ.get(ROOTS, "").split(os.pathsep) if text]
    return [path.resolve() for path in dict.fromkeys(named) if path.is_dir()]


def allowed(path: Path, roots: list[Path]) -> Path:
    """Return the place that ``path`` leads to, links followed.

    Args:
        path: Any path.
        roots: From :func:`source_roots`.

    Raises:
        SourceError: It does not exist, or lies outside all roots.
    """
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        raise SourceError("This folder or file is not there any more; choose another.") from None
    if not any(real.is_relative_to(root) for root in roots):
        raise SourceError(
            "This place lies outside the folders that this dashboard may read. Start it with "
            "--source-root and the folder that holds it."
        )
    return real


def entries(folder: Path, roots: list[Path]) -> list[Entry]:
    """Return the folders in ``folder``, then the files that can be a source, each by name.

    Hidden ones, and links that lead out of the roots, are left out.

    Raises:
        SourceError: The folder cannot be listed.
    """
    try:
        with os.scandir(folder) as listed:
            visible = [each for each in listed if not each.name.startswith((".", "__"))]
    except OSError as error:
        raise SourceError(f"This folder cannot be listed: {error.strerror}.") from None
    found = [Entry(each.name, Path(each.path), _is_folder(each)) for each in visible]
    usable = [each for each in found if each.is_folder or each.path.suffix.lower() in FILES]
    usable.sort(key=lambda each: (not each.is_folder, os.fsencode(each.name)))
    return [each for each in usable[: 2 * MOST_LISTED] if _stays(each.path, roots)][:MOST_LISTED]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _stays(path: Path, roots: list[Path]) -> bool:
    try:
        allowed(path, roots)
    except SourceError:
        return False
    return True


def contents(folder: Path) -> Contents:
    """Return how many folders and pictures lie in ``folder`` itself; a look, no listing of all below."""
    num_folders = num_pictures = num = 0
    try:
        with os.scandir(folder) as listed:
            for num, each in enumerate(listed, start=1):
                if num > MOST_COUNTED:
                    break
                if _is_folder(each):
                    num_folders += not each.name.startswith((".", "__"))
                else:
                    num_pictures += Path(each.name).suffix.lower() in PICTURES
    except OSError:
        return Contents(0, 0, is_cut=False)
    return Contents(num_folders, num_pictures, is_cut=num > MOST_COUNTED)


def place_words(path: Path, roots: list[Path]) -> str:
    """Return where a place lies, from the name of its root down; no folder above a root is told.

    Example:
        >>> place_words(Path("/data/pets/train"), [Path("/data/pets")])
        'pets/train'
    """
    for root in roots:
        if path.is_relative_to(root):
            return "/".join([root.name or "/", *path.relative_to(root).parts])
    return path.name
