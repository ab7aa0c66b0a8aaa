"""Named views of a run: a name and the query parameters it stands for, kept with the run for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from datadiet.pipeline.run_files import RunFiles
from datadiet.store.documents import publish_json, read_json
from datadiet.store.publish import is_published, unpublish

LONGEST_NAME = 60  # characters
MOST_VIEWS = 100


def saved_views(files: RunFiles) -> list[dict[str, Any]]:
    """Return the views of a run by name: ``id``, ``name`` and ``query``.

    Raises:
        CorruptFileError: One is not what was written.
    """
    found = [path for path in _folder(files).glob("*.json") if is_published(path)]
    views = [{"id": path.stem, **read_json(path)} for path in found]
    return sorted(views, key=lambda view: (str(view["name"]).lower(), view["id"]))


def save_view(files: RunFiles, name: str, query: Mapping[str, str]) -> str:
    """Keep a view, in place of another one of that name; return what went wrong, empty for nothing.

    Raises:
        StoreError: The workspace cannot take it.
    """
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        return "A view needs a name."
    path = _folder(files) / f"{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}.json"
    if not path.exists() and len(saved_views(files)) >= MOST_VIEWS:
        return f"This run has {MOST_VIEWS} saved views already; remove one first."
    unpublish(files.workspace, path)
    publish_json(path, {"name": name, "query": dict(query)})
    return ""


def remove_view(files: RunFiles, view_id: str) -> None:
    """Take a view away; one that is not there is fine.

    Raises:
        StoreError: The workspace cannot be written.
    """
    known = {view["id"] for view in saved_views(files)}
    if view_id in known:
        unpublish(files.workspace, _folder(files) / f"{view_id}.json")


def _folder(files: RunFiles) -> Path:
    return files.folder / "views"
