"""JSON documents: sorted keys, the same bytes for the same value, names that are not UTF-8 kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from datadiet.errors import CorruptFileError, StoreError
from datadiet.store.publish import publish_file, verified_bytes


def write_json(path: Path, value: object) -> None:
    """Write ``value`` to a file inside an attempt, or where :func:`publish_file` says.

    Raises:
        StoreError: The value holds something that JSON has no form for, such as NaN.
    """
    try:
        text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise StoreError(f"{path.name} cannot be written as JSON: {error}.") from error
    path.write_text(text + "\n", encoding="ascii")


def publish_json(final: Path, value: object) -> bool:
    """Publish ``value`` as the file ``final``; return whether it was the first.

    Raises:
        StoreError: The value has no JSON form, or the disk refuses.
    """
    return publish_file(final, lambda path: write_json(path, value))


def read_json(path: Path) -> Any:
    """Return the value of a published document.

    Raises:
        NotFoundError: There is no such file.
        CorruptFileError: It is not what was written.
    """
    try:
        return json.loads(verified_bytes(path))
    except ValueError:
        raise CorruptFileError.wrong_digest(path) from None
