"""The seal of what is published: size and digest of every file, itself sealed, bound to its place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from datadiet.errors import CorruptFileError, NotFoundError

BLOCK_BYTES = 4 * 1024 * 1024  # digests of an array are per block of this size, so that it is read in parts
SEAL_NAME = "checksums.json"  # in a published folder
SIDECAR_SUFFIX = ".sums"  # beside a file published alone
LAYOUT_NAME = "layout.json"  # marks the root of a workspace


@dataclass(frozen=True)
class FileSum:
    """What a file was when it was published: its bytes, and a digest of all or of each block."""

    size: int
    digests: tuple[str, ...]
    is_blocked: bool


def sidecar_of(path: Path) -> Path:
    """Return where the seal of a file that was published alone lies."""
    return path.with_name(path.name + SIDECAR_SUFFIX)


def place_of(path: Path) -> str:
    """Return where ``path`` lies in its workspace, or only its name outside one.

    It is written into the seal: a file or folder that was swapped with another is then refused.
    """
    path = path.absolute()
    for folder in path.parents:
        if (folder / LAYOUT_NAME).exists():
            return path.relative_to(folder).as_posix()
    return path.name


def file_sum(path: Path) -> FileSum:
    """Return size and digests of a file, read block by block."""
    is_blocked = path.suffix == ".npy"
    whole, digests, size = sha256(), [], 0
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            size += len(block)
            if is_blocked:
                digests.append(sha256(block).hexdigest())
            else:
                whole.update(block)
    return FileSum(size, tuple(digests) if is_blocked else (whole.hexdigest(),), is_blocked)


def seal_bytes(place: str, sums: dict[str, FileSum]) -> bytes:
    """Return the seal of files under ``place``: JSON that carries the digest of itself."""
    files = {
        name: {"size": found.size, ("blocks" if found.is_blocked else "sha256"): _stored(found)}
        for name, found in sums.items()
    }
    body: dict[str, Any] = {"place": place, "block_bytes": BLOCK_BYTES, "files": files}
    return _encoded({**body, "seal": sha256(_encoded(body)).hexdigest()})


def folder_seal(folder: Path, place: str) -> bytes:
    """Return the seal of all files below ``folder``, which will be published at ``place``."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    sums = {file.relative_to(folder).as_posix(): file_sum(file) for file in files if file.name != SEAL_NAME}
    return seal_bytes(place, sums)


def read_seal(path: Path, published: Path) -> dict[str, FileSum]:
    """Return the sums in the seal at ``path``, after checking it and that it belongs to ``published``.

    Raises:
        CorruptFileError: The seal was changed, or was moved here from another place.
        NotFoundError: There is no seal.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError.no_file(path) from None
    try:
        body = json.loads(raw)
        seal = body.pop("seal")
        is_whole = seal == sha256(_encoded(body)).hexdigest() and raw == _encoded({**body, "seal": seal})
    except (ValueError, KeyError, AttributeError):
        is_whole = False
    if not is_whole:
        raise CorruptFileError.wrong_digest(path)
    if not f"/{published.absolute().as_posix()}".endswith(f"/{body['place']}"):
        raise CorruptFileError.wrong_place(published, body["place"])
    return {name: _loaded(entry) for name, entry in body["files"].items()}


def recorded_sum(path: Path) -> FileSum:
    """Return what is on record for a published file, from its sidecar or its folder's seal.

    Raises:
        NotFoundError: There is no such file, and no record of one.
        CorruptFileError: The record was changed, misses the file, or the file is gone.
    """
    sidecar = sidecar_of(path)
    found = read_seal(sidecar, path).get(path.name) if sidecar.exists() else _sum_in_folder(path)
    if not path.is_file():
        raise NotFoundError.no_file(path) if found is None else CorruptFileError.file_gone(path)
    if found is None:
        raise CorruptFileError.no_seal(unsealed_place(path))
    return found


def unsealed_place(path: Path) -> Path:
    """Return what nothing vouches for: the file at ``path``, or the folder that lost its seal."""
    found = path
    for folder in path.parents[:3]:
        if (folder / LAYOUT_NAME).exists():
            break
        if lost_its_seal(folder):
            found = folder
    return found


def refuse_unsealed(folder: Path) -> None:
    """Do nothing where ``folder`` is not there or is whole.

    Raises:
        CorruptFileError: It was published, by the look of it, and lost its seal.
    """
    if folder.is_dir() and lost_its_seal(folder):
        raise CorruptFileError.no_seal(folder)


def lost_its_seal(folder: Path) -> bool:
    """Return whether ``folder`` was published as a whole, by the look of it, and has no seal any more.

    Several files lie in it without a sidecar, and nothing below has a seal of its own: a stray file makes no
    folder of finished work look damaged.
    """
    if (folder / SEAL_NAME).exists():
        return False
    names = {path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")}
    recorded = {name for name in names if name.endswith(SIDECAR_SUFFIX) or f"{name}{SIDECAR_SUFFIX}" in names}
    if len(names - recorded) < 2:
        return False
    below = (path for each in folder.iterdir() if each.is_dir() for path in each.rglob("*"))
    return not any(path.name == SEAL_NAME or path.name.endswith(SIDECAR_SUFFIX) for path in below)


def _sum_in_folder(path: Path) -> FileSum | None:
    for folder in path.parents[:3]:
        if (folder / SEAL_NAME).exists():
            return read_seal(folder / SEAL_NAME, folder).get(path.relative_to(folder).as_posix())
        if (folder / LAYOUT_NAME).exists():
            break
    return None


def check_bytes(path: Path, data: bytes, expected: FileSum) -> None:
    """Check the whole content of a file against its record.

    Raises:
        CorruptFileError: Any bit differs.
    """
    pieces = (
        [data[start : start + BLOCK_BYTES] for start in range(0, len(data), BLOCK_BYTES)]
        if expected.is_blocked
        else [data]
    )
    if len(data) != expected.size or tuple(sha256(piece).hexdigest() for piece in pieces) != expected.digests:
        raise CorruptFileError.wrong_digest(path)


def _stored(found: FileSum) -> str | list[str]:
    return list(found.digests) if found.is_blocked else found.digests[0]


def _loaded(entry: dict[str, Any]) -> FileSum:
    if "blocks" in entry:
        return FileSum(entry["size"], tuple(entry["blocks"]), is_blocked=True)
    return FileSum(entry["size"], (entry["sha256"],), is_blocked=False)


def _encoded(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
