"""Exports kept inside the workspace, under ``exports/``: safe names, nothing replaced unasked."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from datadiet.errors import ConfigError
from datadiet.pipeline.export import ExportRequest, Written, export_run
from datadiet.pipeline.report import write_report
from datadiet.pipeline.run import Run
from datadiet.store.disk import disk_errors, make_folder
from datadiet.store.workspace import Workspace

LONGEST_NAME = 120  # characters
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)\.", re.IGNORECASE)  # no files elsewhere


def exports_folder(workspace: Workspace) -> Path:
    """Return where exports of a workspace lie; the folder is there after the first."""
    return workspace.root / "exports"


def safe_name(text: str, *, ending: str) -> str:
    """Return ``text`` as a file name: letters, digits, ``.``, ``_`` and ``-``, with its ending.

    Args:
        text: As typed.
        ending: Without the dot; added where it is missing.

    Raises:
        ConfigError: Nothing is left of it.

    Example:
        >>> safe_name("../my list", ending="csv")
        'my_list.csv'
    """
    stem = _UNSAFE.sub("_", text.replace("\\", "/").rsplit("/", 1)[-1]).removesuffix(f".{ending}")
    stem = stem.strip("._- ")[:LONGEST_NAME].rstrip("._- ")
    if not stem:
        raise ConfigError(f"{text[:40]!r} leaves no file name; use letters, digits, _ or -.")
    name = f"{stem}.{ending}"
    return f"file_{name}" if _DEVICES.match(name) else name


def keep_export(run: Run, request: ExportRequest) -> Written:
    """Write an export, or ``report``, into the exports folder under the safe form of its name.

    Args:
        run: What is exported.
        request: Of its ``out`` the name counts; the ending is the format.

    Raises:
        ConfigError: The name is no file name, or kind and format do not go together.
        StoreError: The file exists and may not be replaced, or the workspace cannot take it.
    """
    path = kept_path(run.files.workspace, request.out)
    with disk_errors(path):
        make_folder(path.parent)
    if request.what == "report":
        return Written("report", write_report(run, path, overwrite=request.overwrite), 1, None)
    return export_run(run, replace(request, out=path))


def kept_path(workspace: Workspace, out: Path) -> Path:
    """Return where :func:`keep_export` writes a file of that name.

    Raises:
        ConfigError: The name is no file name.
    """
    return exports_folder(workspace) / safe_name(out.name, ending=out.suffix.lstrip("."))
