"""An image folder: a folder a class, with or without train, validation and test above."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG

from datadiet.data.keys import key_of_name, path_bytes
from datadiet.data.paths import read_image_file, refuse_leaving
from datadiet.data.sources.labels import refuse_alike
from datadiet.data.sources.record import Picture, Problem, SourceRecord
from datadiet.errors import ImageDecodeError, SourceError

SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
_SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "__macosx", "ehthumbs.db"}
NO_IMAGE_SUFFIXES = {
    *(
        ".txt",
        ".csv",
        ".tsv",
        ".json",
        ".jsonl",
        ".md",
        ".rst",
        ".html",
        ".htm",
        ".xml",
        ".py",
        ".ini",
        ".db",
    ),
    *(".log", ".zip", ".gz", ".tar", ".yaml", ".yml", ".toml", ".parquet", ".ipynb", ".pdf"),
}


@dataclass(frozen=True, slots=True)
class _File:
    name: str  # relative to the root, "/" between parts
    class_name: str
    split: str | None
    size: int
    mtime_ns: int
    is_regular: bool
    is_link: bool


class FolderSource:
    """A folder of class folders; deeper folders belong to the class folder they lie in."""

    kind = "folder"

    def __init__(self, root: Path, *, allow_empty_class: bool = False) -> None:
        """List the folder.

        Args:
            root: The folder.
            allow_empty_class: Take a class folder without an image as a class.

        Raises:
            SourceError: It has no class folders, an empty one, or two that look alike.
        """
        self._root = root
        self.name = root.name or str(root)
        self.problems: list[Problem] = []
        self.rules = ["A class is a folder; files in folders below it belong to it."]
        found = _Listing(root, self.problems)
        top = _visible_folders(root, found)
        splits = {name: SPLIT_FOLDERS[name.lower()] for name in top if name.lower() in SPLIT_FOLDERS}
        self.has_splits = "train" in splits.values() and len(splits) == len(top)
        if self.has_splits:
            for name, split in splits.items():
                found.list_split(name, split)
        else:
            for name in top:
                found.list_class(name, name, None)
        self._files = sorted(found.files, key=lambda file: (file.split == "test", path_bytes(file.name)))
        self.class_names: list[str] | None = sorted(found.classes)
        self._check(found, allow_empty_class=allow_empty_class)

    def _check(self, found: _Listing, *, allow_empty_class: bool) -> None:
        names = self.class_names or []
        shown = key_of_name(str(self._root))
        if not names or not self._files:
            raise SourceError(
                f"{shown} holds no class folders with images. Put the images of each class in a folder named "
                "after it (cat/1.jpg, dog/2.jpg), or give a CSV with the columns path and label."
            )
        refuse_alike(names)
        empty = [name for name in names if not found.classes[name]]
        if empty and not allow_empty_class:
            raise SourceError(
                f"Class folder {empty[0]!r} of {shown} holds no image. "
                "Remove it, fill it, or pass --allow-empty-class."
            )

    def signature(self) -> str:
        """Return a hash of names, sizes and times."""
        digest = sha256()
        for file in self._files:
            digest.update(path_bytes(file.name))
            digest.update(f"\0{file.size}\0{file.mtime_ns}\n".encode())
        return digest.hexdigest()[:32]

    def records(self) -> Iterator[SourceRecord]:
        """Yield a record a file, in the order of the path's bytes, test files last."""
        index = {name: number for number, name in enumerate(self.class_names or [])}
        for position, file in enumerate(self._files):
            yield SourceRecord(
                position=position,
                source_key=key_of_name(file.name),
                split=file.split,
                label=index[file.class_name],
                true_label=None,
                group=None,
                open=partial(_read, self._root, file),
            )


def _read(root: Path, file: _File) -> Picture:
    path = root / file.name
    if file.is_link:
        refuse_leaving(root, path)
        return read_image_file(path)
    if not file.is_regular:
        raise ImageDecodeError("not a regular file", kind="not_an_image")
    return read_image_file(path, (file.size, file.mtime_ns))


def _visible_folders(root: Path, found: _Listing) -> list[str]:
    entries = found.entries(root, "")
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            found.ignore(entry.name, "lies outside the class folders")
    return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]


class _Listing:
    """Files and classes found while walking; links to folders are not followed, so every walk ends."""

    def __init__(self, root: Path, problems: list[Problem]) -> None:
        self._root = root
        self._problems = problems
        self.files: list[_File] = []
        self.classes: dict[str, int] = {}  # files a class

    def ignore(self, name: str, reason: str, kind: str = "ignored") -> None:
        """Count something that is no example."""
        self._problems.append(Problem(None, key_of_name(name), kind, reason))

    def entries(self, folder: Path, name: str) -> list[os.DirEntry[str]]:
        """Return what is in ``folder`` in byte order, system files counted and left out."""
        try:
            with os.scandir(folder) as scan:
                every = sorted(scan, key=lambda entry: path_bytes(entry.name))
        except OSError as error:
            if not name:
                raise SourceError(f"{folder} cannot be read: {error.strerror}.") from None
            self.ignore(name, f"the folder cannot be read: {error.strerror}", kind="unreadable")
            return []
        kept = []
        for entry in every:
            path = f"{name}/{entry.name}" if name else entry.name
            if entry.name.startswith(".") or entry.name.lower() in _SYSTEM_NAMES:
                self.ignore(path, "a hidden or system file")
            elif entry.is_symlink() and links_to_folder(entry):
                self.ignore(path, "a symbolic link to a folder, not followed", kind="outside_root")
            else:
                kept.append(entry)
        return kept

    def list_split(self, name: str, split: str) -> None:
        """List the class folders under a split folder."""
        for entry in self.entries(self._root / name, name):
            path = f"{name}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                self.list_class(path, entry.name, split)
            else:
                self.ignore(path, "lies outside the class folders")

    def list_class(self, folder: str, class_name: str, split: str | None) -> None:
        """List the files of a class, at any depth."""
        class_name = key_of_name(class_name)
        self.classes.setdefault(class_name, 0)
        waiting = [folder]
        while waiting:
            current = waiting.pop()
            for entry in self.entries(self._root / current, current):
                name = f"{current}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(name)
                elif Path(entry.name).suffix.lower() in NO_IMAGE_SUFFIXES:
                    self.ignore(name, "not an image file by its name")
                else:
                    self._add(entry, name, class_name, split)

    def _add(self, entry: os.DirEntry[str], name: str, class_name: str, split: str | None) -> None:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            self.ignore(name, f"the file cannot be read: {error.strerror}", kind="unreadable")
            return
        if S_ISDIR(status.st_mode):
            return
        self.classes[class_name] += 1
        self.files.append(
            _File(
                name=name,
                class_name=class_name,
                split=split,
                size=status.st_size,
                mtime_ns=status.st_mtime_ns,
                is_regular=S_ISREG(status.st_mode),
                is_link=S_ISLNK(status.st_mode),
            )
        )


def links_to_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether a symbolic link leads to a folder; one that leads nowhere, or to itself, does not."""
    try:
        return entry.is_dir()
    except OSError:
        return False
