"""Audit image-classification data sets: wrong labels, odd images, and what can be left out.

>>> import datadiet
>>> sorted(datadiet.__all__)
['ArraySource', 'Run', 'audit', 'el2n', 'grand', 'open_run', 'score_pool']

Names are imported when they are first used, so that ``import datadiet`` is instant.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datadiet.data.sources.arrays import ArraySource
    from datadiet.pipeline.api import audit
    from datadiet.pipeline.pool import score_pool
    from datadiet.pipeline.run import Run, open_run
    from datadiet.scores.el2n import el2n
    from datadiet.scores.grand import grand

__all__ = ["ArraySource", "Run", "audit", "el2n", "grand", "open_run", "score_pool"]

# ruff: ignore[non-empty-init-module]  names are imported when first used, so that the import is instant
_HOMES = {
    "ArraySource": "datadiet.data.sources.arrays",
    "Run": "datadiet.pipeline.run",
    "audit": "datadiet.pipeline.api",
    "el2n": "datadiet.scores.el2n",
    "grand": "datadiet.scores.grand",
    "open_run": "datadiet.pipeline.run",
    "score_pool": "datadiet.pipeline.pool",
}


def __getattr__(name: str) -> Any:
    """Import and return a public name.

    Raises:
        AttributeError: It is not one.
    """
    if name not in _HOMES:
        raise AttributeError(f"module 'datadiet' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
