"""Files for the user, written outside a workspace: whole or absent, nothing overwritten unasked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from datadiet.errors import StoreError
from datadiet.store.checksums import LAYOUT_NAME
from datadiet.store.disk import disk_errors, locked, remove, short_name, sync
from datadiet.store.workspace import DATABASE_NAME

EXPORTS_NAME = "exports"  # the folder of a workspace that files for people may lie in


def write_outside(
    files: Mapping[Path, bytes], *, sources: Sequence[Path] = (), overwrite: bool = False
) -> None:
    """Write files where the user asked for them, each by a temporary file, a flush and one rename.

    All are checked before the first is written, and the last one is renamed last: put a sidecar before
    the file that it explains. The last one, which the person named, is also checked first.

    Args:
        files: Content by path; all in one folder that exists.
        sources: Folders of data that nothing may be written into, and files that nothing may replace.
        overwrite: Replace files that exist.

    Raises:
        StoreError: A file exists, lies inside a source or among a workspace's own files, is a folder, a link
            or no regular file, has no folder to lie in, or the folder is read-only or full.
    """
    for path in reversed(list(files)):
        with disk_errors(path):
            _refuse_kind(path, overwrite=overwrite)
            refuse_in_workspace(path)
            _refuse(path, sources, overwrite=overwrite)
    parts = {path: path.parent / f".{short_name()}.part" for path in files}
    try:
        for path, part in parts.items():
            _write_part(path, part, files[path])
        for path, part in parts.items():
            _rename(path, part, overwrite=overwrite)
    finally:
        for part in parts.values():
            remove(part)


def refuse_in_workspace(path: Path) -> None:
    """Refuse a place among the files that a workspace keeps for itself, whichever workspace it is.

    Args:
        path: The file about to be written.

    Raises:
        StoreError: It lies in a workspace, and not in its folder of exports.
    """
    for place in (path.resolve(), path.parent.resolve() / path.name):
        root = next((folder for folder in place.parents if _is_workspace(folder)), None)
        if root is not None and root / EXPORTS_NAME not in place.parents:
            raise StoreError(
                f"{path} lies inside the workspace {root}, which keeps its own files there. Choose a folder "
                f"outside it, or its folder {EXPORTS_NAME}."
            )


def _is_workspace(folder: Path) -> bool:
    is_used = any((folder / name).exists() for name in (DATABASE_NAME, "datasets", "runs"))
    return is_used and (folder / LAYOUT_NAME).is_file()


def _refuse_kind(path: Path, *, overwrite: bool) -> None:
    """Refuse what a rename would take away instead of filling it: a link, a device, a pipe."""
    if not path.parent.is_dir():
        raise StoreError(f"{path} cannot be written: the folder {path.parent} does not exist.")
    if overwrite and path.is_symlink():
        raise StoreError(f"{path} is a link, which would be lost. Name the file that it stands for.")
    if path.is_dir():
        raise StoreError(f"{path} is a folder; name a file in it.")
    if overwrite and path.exists() and not path.is_file():
        raise StoreError(f"{path} is a device or a pipe, which would be lost. Name a file.")


def _refuse(path: Path, sources: Sequence[Path], *, overwrite: bool) -> None:
    places = (path.parent.resolve(), path.resolve())
    for source in sources:
        if source.is_file() and source.resolve() == places[1]:
            raise StoreError(
                f"{path} is a file of the source, which is never written to. Choose another name."
            )
        if any(place.is_relative_to(source.resolve()) for place in places):
            raise StoreError(
                f"{path} lies inside the source {source}, which is never written to. Choose another folder."
            )
    _refuse_existing(path, overwrite=overwrite)


def _refuse_existing(path: Path, *, overwrite: bool) -> None:
    if not overwrite and (path.exists() or path.is_symlink()):
        raise StoreError(
            f"{path} exists already and is left as it is. Name another file, or add --overwrite."
        )


def _write_part(path: Path, part: Path, data: bytes) -> None:
    with disk_errors(path, num_bytes=len(data), within=part):
        with part.open("xb") as file:
            file.write(data)
        sync(part)


def _rename(path: Path, part: Path, *, overwrite: bool) -> None:
    with disk_errors(path), locked(path.parent):
        _refuse_existing(path, overwrite=overwrite)
        part.replace(path)
        sync(path.parent)
