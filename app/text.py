"""How text from the data becomes text on the screen: never Markdown, HTML, LaTeX or a chart's markup."""

from __future__ import annotations

import re
from html import escape

from datadiet.export.shown import visible

_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")  # ASCII punctuation; Markdown reads a backslash before any of it
_LATER = re.compile(r"(?<=[:@])(?=\S)|(?<=\S)(?=\.)")  # emoji, links, addresses: found after the backslashes
_JOINER = "\u2060"  # has no width and breaks no line


def plain(text: str) -> str:
    r"""Return ``text`` for Streamlit's Markdown, which then shows it letter by letter.

    A backslash takes the meaning of each sign; an invisible joiner parts what is recognised only after
    that: ``:smile:``, ``www.``, ``http:`` and mail addresses.

    Args:
        text: A name, path, note or message from the data.

    Example:
        >>> plain("*cat*")
        '\\*cat\\*'
    """
    parted = _LATER.sub(_JOINER, visible(text))
    return _MARKUP.sub(r"\\\1", parted)


def plain_plotly(text: str) -> str:
    """Return ``text`` for Plotly, whose labels take HTML tags, and LaTeX between dollar signs.

    Example:
        >>> plain_plotly("<b>$x$")
        '&lt;b&gt;&#36;x&#36;'
    """
    return escape(visible(text), quote=False).replace("$", "&#36;")


def plain_name(text: str) -> str:
    """Return ``text`` for places that show letters as they are: tables, ``textContent``, choices."""
    return visible(text)


def quiet(markdown: str) -> str:
    """Return a remark in the muted colour and a smaller size; ``markdown`` is already safe."""
    return f":small[:gray[{markdown}]]"
