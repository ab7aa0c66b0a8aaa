"""Where a run's source lies on this machine, so that nothing of it is written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from glob import glob
from pathlib import Path
from typing import Any

from datadiet.config import DataConfig, validated
from datadiet.data.sources.torchvision_sets import DEFAULT_ROOT
from datadiet.errors import ConfigError

_WRITTEN = {
    ".csv",
    ".parquet",
    ".json",
    ".txt",
    ".npy",
    ".html",
}  # endings of what datadiet writes for people


def named_places(source: Any, kind: str, config: DataConfig) -> list[str]:
    """Return the absolute paths and globs of what an audit reads, for config.json.

    Args:
        source: What was audited; an object lies nowhere.
        kind: Of the opened source.
        config: Test source and data root.
    """
    texts = [str(source)] if isinstance(source, str | Path) else []
    texts += [config.test_source] if config.test_source is not None else []
    places = [text for text in texts if Path(text).exists() or _matches(text)]
    places += [config.data_root or DEFAULT_ROOT] if kind == "torchvision" else []
    return [str(Path(place).absolute()) for place in places]


def refuse_inside(workspace: Path, sources: Iterable[Any]) -> None:
    """Refuse a workspace inside a folder of images: its thumbnails would be images of the next audit.

    Args:
        workspace: Folder that will hold the workspace.
        sources: What is audited and what it is tested on; only what is named by a path can hold it.

    Raises:
        ConfigError: It lies in one of them.
    """
    for source in sources:
        if source == "":  # refused when it is opened
            continue
        if not isinstance(source, str | Path) or not Path(source).is_dir():
            continue
        if workspace.resolve().is_relative_to(Path(source).resolve()):
            raise ConfigError(
                f"The workspace {workspace} lies inside the source {source}, which is never written to. "
                "Choose a folder outside it with --workspace."
            )


def image_roots(source: Any, kind: str, config: DataConfig) -> list[str]:
    """Return the absolute folders that hold the images of tables of paths, beside who knows what else.

    Args:
        source: What was audited.
        kind: Of the opened source.
        config: Test source and data root.
    """
    if config.data_root is not None:
        return [str(Path(config.data_root).absolute())] if kind != "torchvision" else []
    texts = [str(source), str(config.test_source)]
    return [
        str(Path(text).absolute().parent) for text in texts if kind == "manifest" and Path(text).is_file()
    ]


def protected_places(run: Mapping[str, Any], out: Path) -> list[Path]:
    """Return the folders that nothing may be written into, and the files that nothing may replace.

    The folder under which a table's paths lie may hold other work of the user's; there, ``out`` itself is
    protected where it is a file of a kind that datadiet does not write: one of the images.

    Args:
        run: ``config.json`` of the run.
        out: The file about to be written.
    """
    if "source_places" in run:
        named = run["source_places"]
    else:  # a run of an earlier version
        config = validated(DataConfig, run["config"]["data"])
        named = [place for place in (run["source_path"], config.test_source) if place is not None]
    roots = [Path(root).resolve() for root in run.get("image_roots", [])]
    is_image = out.is_file() and out.suffix.lower() not in _WRITTEN
    is_inside = any(out.resolve().is_relative_to(root) for root in roots)
    return [*_expanded(named), *([out] if is_image and is_inside else [])]


def _expanded(named: Iterable[str]) -> Iterator[Path]:
    for text in named:
        if Path(text).exists():
            yield Path(text)
        else:
            yield from map(Path, _matches(text))


def _matches(text: str) -> list[str]:
    if not any(mark in text for mark in "*?["):
        return []
    return glob(text)  # ruff: ignore[glob]  # Path.glob takes no absolute pattern
