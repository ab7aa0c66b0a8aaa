"""From what the user wrote to the reader of that kind of source."""

from __future__ import annotations

from pathlib import Path

from datadiet.config import DataConfig
from datadiet.data.sources.digits import digits_source
from datadiet.data.sources.folder import FolderSource
from datadiet.data.sources.record import Source
from datadiet.data.sources.with_test import WithTest
from datadiet.errors import SourceError


def open_source(source: object, config: DataConfig) -> Source:
    """Return the reader of ``source``, its test source joined to it.

    Args:
        source: Text as in the manual (``digits``, a torchvision name, a path, a glob), a path, a Source
            or a map-style data set (``len`` and ``[i]`` giving image and label).
        config: Column names, data root, test source.

    Raises:
        SourceError: There is nothing of that name, or it is no labelled image set.
    """
    opened = _open_one(source, config)
    if config.test_source is None:
        return opened
    return WithTest(opened, _open_one(config.test_source, config))


def _open_one(source: object, config: DataConfig) -> Source:
    if isinstance(source, str | Path):
        return _open_text(str(source), config)
    if all(hasattr(source, name) for name in ("records", "signature", "class_names")):
        return source  # type: ignore[return-value]  # checked by its attributes
    raise SourceError(f"A source of type {type(source).__name__} is not known.")


def _open_text(text: str, config: DataConfig) -> Source:
    if text == "digits":
        return digits_source()
    path = Path(text)
    if path.is_dir():
        return FolderSource(path, allow_empty_class=config.allow_empty_class)
    raise SourceError(f"Source {text!r} does not exist.")
