"""The browser's side of a component as one text: Streamlit takes one script, ours are several files."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def joined(*names: str) -> str:
    """Return the files one after the other; only the last may export.

    Args:
        *names: Paths inside ``app/components``, such as ``operation_log.js``.
    """
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)
