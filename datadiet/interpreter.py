"""How a process of this package's own modules is started: nothing is imported that its starter would not."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def own_module(module: str, *words: str) -> list[str]:
    """Return the command that runs one of our modules, without what lies in the current folder."""
    return [sys.executable, "-P", "-m", module, *words]


def import_path() -> str:
    """Return where this process imports from, as PYTHONPATH for one that it starts."""
    return os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
