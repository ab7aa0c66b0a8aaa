"""Files for the user, written outside a workspace: whole or absent, nothing overwritten unasked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from datadiet.errors import StoreError
from datadiet.store.checksums import LAYOUT_NAME
from datadiet.store.disk import disk_errors, locked, remove, short_name, sync
from datadiet.store.workspace import DATABASE_NAME

OTHER_FILE = "name another file"
EXPORTS_NAME = "exports"  # the folder of a workspace that files for people may lie in


def write_outside(
    files: Mapping[Path, bytes], *, sources: Sequence[Path] = (), overwrite: bool = False
) -> None:
    """Write files where the user asked for them, each by a temporary file, a flush and one rename.

    All are checked before the first is written. Of several, the last explains the others, as a header does
    its table. Two files cannot be replaced at once: an old explanation is taken away before the first file
    is put and the new one is put last, so that a kill leaves files without one, never with another's.

    Args:
        files: Content by path, what explains the others last; all in one folder that exists.
        sources: Folders of data that nothing may be written into, and files that nothing may replace.
        overwrite: Replace files that exist.

    Raises:
        StoreError: A file exists, lies inside a source or among a workspace's own files, is a folder, a link
            or no regular file, has no folder to lie in, or the folder is read-only or full.
    """
    check_outside(list(files), sources=sources, overwrite=overwrite)
    parts = {path: path.parent / f".{short_name()}.part" for path in files}
    try:
        for path, part in parts.items():
            _write_part(path, part, files[path])
        _put(parts, overwrite=overwrite)
    finally:
        for part in parts.values():
            remove(part)


def check_outside(paths: Sequence[Path], *, sources: Sequence[Path] = (), overwrite: bool = False) -> None:
    """Refuse what :func:`write_outside` would refuse, before the work that makes the content.

    Args:
        paths: As the ``files`` that will be written; the first that is refused is named.
        sources: As there.
        overwrite: As there.

    Raises:
        StoreError: As there, but for what shows only while writing.
    """
    for path in paths:
        with disk_errors(path, other=OTHER_FILE):
            _refuse_kind(path, overwrite=overwrite)
            refuse_in_workspace(path)
            _refuse(path, sources, overwrite=overwrite)


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
    with disk_errors(path, num_bytes=len(data), within=part, other=OTHER_FILE):
        with part.open("xb") as file:
            file.write(data)
        sync(part)


def _put(parts: Mapping[Path, Path], *, overwrite: bool) -> None:
    """Rename each part to its path, under one lock, so that two writers cannot mix their files."""
    *_, explains = parts
    with disk_errors(explains, other=OTHER_FILE), locked(explains.parent):
        for path in parts:
            _refuse_existing(path, overwrite=overwrite)
        if len(parts) > 1:
            explains.unlink(missing_ok=True)
            sync(explains.parent)
        for path, part in parts.items():
            with disk_errors(path, other=OTHER_FILE):
                part.replace(path)
                sync(path.parent)
