"""The pages of the manual that the dashboard shows, read from where the installation keeps them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from datadiet.errors import NotFoundError

FOLDER = Path(__file__).resolve().parents[2] / "docs"  # in a wheel and in a checkout: beside ``app``
_ROW = re.compile(r"^\| `(?P<name>\w+)` \|(?P<cells>.*)\|$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_CITED = re.compile(r"arXiv:(\d{4}\.\d{4,5})")


@dataclass(frozen=True)
class ScoreText:
    """What the manual says of one score; Markdown of our own."""

    name: str
    hard_is: str  # high, low or none
    read_from: str
    meaning: str
    source: str
    definition: str  # and its trap


def page_text(name: str) -> str:
    """Return a page of the manual.

    Args:
        name: Of its file, such as ``scores.md``.

    Raises:
        NotFoundError: The installation does not have it.
    """
    try:
        return (FOLDER / name).read_text(encoding="utf-8")
    except OSError:
        raise NotFoundError(f"The manual's page {name} is not installed; install datadiet again.") from None


def score_texts(text: str) -> list[ScoreText]:
    """Return what ``scores.md`` says of each score, in its order.

    Args:
        text: The page.
    """
    table = _between(text, "<!-- begin methods -->", "<!-- end methods -->")
    definitions = _definitions(section(text, "Definitions and traps"))
    found = []
    for row in _ROW.finditer(table):
        hard_is, read_from, meaning, source = (cell.strip() for cell in row["cells"].split("|"))
        definition = definitions.get(row["name"], "")
        found.append(ScoreText(row["name"], hard_is, read_from, meaning, source, definition))
    return found


def section(text: str, title: str) -> str:
    r"""Return what stands under a second heading, up to the next one; links to other pages as their words.

    Example:
        >>> section("## One\nSee [two](two.md).\n## Two\n", "One")
        'See two.'
    """
    body = _between(text + "\n## ", f"## {title}\n", "\n## ")
    return _LINK.sub(r"\1", body).strip()


def _definitions(text: str) -> dict[str, str]:
    """Return the paragraph of each score: it begins with the names in bold."""
    found = {}
    for paragraph in text.split("\n\n"):
        head = re.match(r"\*\*(?P<names>[^*]+)\*\*", paragraph)
        for name in re.findall(r"`(\w+)`", head["names"]) if head else []:
            found[name] = " ".join(paragraph.split())
    return found


def _between(text: str, begin: str, end: str) -> str:
    return text.partition(begin)[2].partition(end)[0]


def cited(source: str) -> str:
    """Return a source with a link to the paper, as Markdown.

    Example:
        >>> cited("Kirsch 2023, arXiv:2303.14753")
        'Kirsch 2023, [arXiv:2303.14753](https://arxiv.org/abs/2303.14753)'
    """
    return _CITED.sub(r"[arXiv:\1](https://arxiv.org/abs/\1)", source)
