"""Images without labels: the files of a folder, however deep, each with a way to read it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datadiet.data.keys import key_of_name, path_bytes
from datadiet.data.paths import named_path, read_image_file, refuse_leaving
from datadiet.data.sources.folder import NO_IMAGE_SUFFIXES
from datadiet.errors import SourceError


@dataclass(frozen=True, slots=True)
class UnlabelledFile:
    """A file that may be an image."""

    source_key: str  # path below the folder, valid Unicode
    root: Path
    name: str

    def read(self) -> bytes:
        """Return its bytes.

        Raises:
            ImageDecodeError: It cannot be read, or is a link that leads out of the folder.
        """
        path = self.root / self.name
        refuse_leaving(self.root, path)
        return read_image_file(path)


def unlabelled_files(folder: str | Path) -> list[UnlabelledFile]:
    """Return the files of a folder in the order of their path's bytes.

    Hidden files and folders, links to folders, and files of other kinds by their ending are left out.

    Raises:
        SourceError: Its name is empty, it is no folder that can be read, or holds no such file.
    """
    root = named_path(folder)
    if not root.is_dir():
        raise SourceError(f"{root} is no folder of images.")
    names = sorted(_names(root), key=path_bytes)
    if not names:
        raise SourceError(f"{root} holds no images.")
    return [UnlabelledFile(key_of_name(name), root, name) for name in names]


def _names(root: Path) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise SourceError(f"{error.filename} cannot be read: {error.strerror}.")

    for folder, below, files in os.walk(root, onerror=refuse):
        below[:] = [name for name in below if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and Path(name).suffix.lower() not in NO_IMAGE_SUFFIXES:
                yield (Path(folder) / name).relative_to(root).as_posix()
