"""Puts what a benchmark measured between its marks in a page of docs/, so that no figure there is typed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def write_between(page: str, mark: str, script: str, lines: Sequence[str]) -> None:
    """Replace what stands between the marks of ``mark`` in a page.

    Args:
        page: Name in docs/, such as ``speed.md``.
        mark: Name of the place, such as ``growth``.
        script: The benchmark that writes it, by ``table``.
        lines: The new lines.
    """
    document = DOCS / page
    text = document.read_text(encoding="utf-8")
    begin, end = f"<!-- {mark}: written by benchmarks/{script} table -->", f"<!-- end of {mark} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise SystemExit(f"docs/{page} must hold the lines {begin} and {end} once each.")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    document.write_text("\n".join([before + begin, *lines, end + after]), encoding="utf-8")


def table_of(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return a table in Markdown, a line each."""
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(str(cell) for cell in line)} |" for line in lines]


def machine_line(environment: dict[str, object]) -> str:
    """Return on what something was measured, in one line, from ``environment.json``'s content."""
    versions = environment["versions"]
    torch_version = versions["torch"] if isinstance(versions, dict) else ""
    return (
        f"{environment['num_cores']} cores of {environment['processor']}, {environment['memory_gib']} GiB, "
        f"{environment['native_precision']}, torch {torch_version}."
    )
