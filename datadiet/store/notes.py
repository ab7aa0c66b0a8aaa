"""What people write about a run or a data set: ``notes/<id>.json``, replaced as a whole, sealed in itself."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

from datadiet.errors import ConfigError, CorruptFileError, StoreError
from datadiet.store.disk import disk_errors, locked, make_folder, remove, short_name, sync
from datadiet.store.workspace import Workspace

LONGEST_NOTE = 20_000  # characters
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def read_note(workspace: Workspace, subject: str) -> str:
    """Return the note on a run or a data set, empty where there is none.

    Args:
        workspace: Where.
        subject: A whole run id or data set id.

    Raises:
        CorruptFileError: The note is not what was written.
        StoreError: It cannot be read.
    """
    path = _path(workspace, subject)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise StoreError.cannot_read(path, error.strerror or str(error)) from error
    return _opened(path, raw)


def write_note(workspace: Workspace, subject: str, text: str) -> None:
    """Replace the note on a run or a data set; an empty one takes it away.

    Args:
        workspace: Where.
        subject: A whole run id or data set id.
        text: Any text of up to 20,000 characters.

    Raises:
        ConfigError: The text is longer.
        StoreError: The disk refuses; the note is then what it was.
    """
    if len(text) > LONGEST_NOTE:
        raise ConfigError(
            f"The note has {len(text):,} characters; at most {LONGEST_NOTE:,} are kept. Shorten it."
        )
    path = _path(workspace, subject)
    if not text and not path.exists():
        return
    with disk_errors(path):
        make_folder(path.parent)
        with locked(path.parent):
            if text:
                _replace(path, _sealed(subject, text))
            else:
                remove(path)
            sync(path.parent)


def checked_notes(workspace: Workspace) -> list[tuple[Path, str]]:
    """Return every note's file with why it is not sound, empty where it is."""
    found = []
    for path in sorted(workspace.notes_dir.glob("*.json")):
        try:
            read_note(workspace, path.stem)
        except StoreError as error:
            found.append((path, str(error)))
        else:
            found.append((path, ""))
    return found


def _replace(path: Path, raw: bytes) -> None:
    part = path.with_name(f".{short_name()}.part.json")
    try:
        part.write_bytes(raw)
        sync(part)
        part.replace(path)
    finally:
        remove(part)


def _sealed(subject: str, text: str) -> bytes:
    """Return the file: the text, and a digest of it and of what it is about."""
    digest = sha256(json.dumps([subject, text]).encode("ascii")).hexdigest()
    return json.dumps({"note": text, "seal": digest}, sort_keys=True).encode("ascii") + b"\n"


def _opened(path: Path, raw: bytes) -> str:
    try:
        text = str(json.loads(raw)["note"])
    except (ValueError, KeyError, TypeError):
        raise CorruptFileError.wrong_digest(path) from None
    if raw != _sealed(path.stem, text):
        raise CorruptFileError.wrong_digest(path)
    return text


def _path(workspace: Workspace, subject: str) -> Path:
    if not _ID.fullmatch(subject):
        raise ConfigError(f"{subject!r} is no id of a run or a data set.")
    return workspace.notes_dir / f"{subject}.json"
