"""Sets of examples kept with a run under a token, so that a link to many images outlives the session.

A set is a bit for each example_id. The newest are kept; those that a saved view names are never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from app.row_masks import mask_of, rows_of
from datadiet.errors import DataDietError
from datadiet.store.documents import publish_json, read_json
from datadiet.store.publish import is_published, unpublish
from datadiet.store.workspace import Workspace

MOST_SETS = 200  # a run
_TOKEN = re.compile(r"[0-9a-f]{7}f")  # never digits alone


def token_of(example_ids: Sequence[int]) -> str:
    """Return the name of a set, the same for the same examples in the same order."""
    return f"{sha256(','.join(map(str, example_ids)).encode()).hexdigest()[:7]}f"


def keep_set(workspace: Workspace, run_id: str, example_ids: Sequence[int]) -> str:
    """Keep a set of examples with a run; return its token.

    Args:
        workspace: Where the run is.
        run_id: Whole id.
        example_ids: Not negative.

    Raises:
        StoreError: The workspace cannot take it.
    """
    token, folder = token_of(example_ids), _folder(workspace, run_id)
    num = max(example_ids, default=-1) + 1
    if publish_json(folder / f"{token}.json", {"num": num, "mask": mask_of(example_ids, num)}):
        _drop_oldest(workspace, run_id)
    return token


def read_set(workspace: Workspace, run_id: str, token: str) -> list[int] | None:
    """Return the examples of a set in ascending order; None where the run keeps none of that name."""
    path = _folder(workspace, run_id) / f"{token}.json"
    if not _TOKEN.fullmatch(token) or not is_published(path):
        return None
    try:
        kept = read_json(path)
        return [int(each) for each in rows_of(kept["mask"], int(kept["num"]))]
    except (DataDietError, KeyError, TypeError, ValueError):
        return None


def _drop_oldest(workspace: Workspace, run_id: str) -> None:
    folder = _folder(workspace, run_id)
    known = [path for path in folder.glob("*.json") if _TOKEN.fullmatch(path.stem)]
    sets = sorted(known, key=lambda path: path.stat().st_mtime_ns)
    if len(sets) <= MOST_SETS:
        return
    saved = (workspace.run_dir(run_id) / "views").glob("*.json")
    views = [read_json(path) for path in saved if is_published(path)]
    named = {str(view.get("query", {}).get("ids", "")) for view in views}
    old = [path for path in sets if path.stem not in named]
    for path in old[: len(sets) - MOST_SETS]:
        unpublish(workspace, path)


def _folder(workspace: Workspace, run_id: str) -> Path:
    return workspace.sets_dir / run_id  # not in the run's own folder, whose time says that files were added
