"""Figures as one HTML file that opens offline: a heading, the figure, three lines, the table's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from datadiet.export.figure_words import WORDS
from datadiet.export.shown import visible

_STYLE = (
    "body{font:15px/1.5 'Source Sans 3','Source Sans',system-ui,sans-serif;color:#1B232C;background:#fff;"
    "max-width:60rem;margin:2rem auto;padding:0 1rem}h1{font-size:24px}h2{font-size:18px;margin-top:2.5rem}"
    "p{margin:.25rem 0}.quiet{color:#5A6672;font-size:13px}code{background:#F5F7F9;padding:0 .25rem}"
)


@dataclass(frozen=True)
class Finding:
    """One figure, the sentences that it comes to, and the table behind it."""

    name: str  # of its words, and of the table's file
    title: str
    figure: go.Figure
    table: pd.DataFrame = field(repr=False)
    sentences: Sequence[str] = ()


def figures_page(title: str, context: str, findings: Sequence[Finding], missing: Sequence[str]) -> bytes:
    """Return the HTML of a page of figures; text from the data is escaped.

    Args:
        title: Of the page.
        context: What is shown: data set, run, noise, seeds.
        findings: In order.
        missing: What could not be drawn, and the command that makes it.
    """
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f"<title>{_text(title)}</title><style>{_STYLE}</style>",
        f"<script>{get_plotlyjs()}</script></head><body>",
        f'<h1>{_text(title)}</h1><p class="quiet">{_text(context)}</p>',
        *(_section(each) for each in findings),
    ]
    if missing:
        parts.append("<h2>Not drawn yet</h2>")
        parts += [f"<p>{_text(each)}</p>" for each in missing]
    return ("".join([*parts, "</body></html>\n"])).encode("utf-8", "backslashreplace")


def _section(finding: Finding) -> str:
    drawn = finding.figure.to_html(
        full_html=False, include_plotlyjs=False, config={"displayModeBar": False, "responsive": True}
    )
    words = "".join(f'<p class="quiet">{_text(line)}</p>' for line in WORDS[finding.name.partition("-")[0]])
    told = "".join(f"<p>{_text(line)}</p>" for line in finding.sentences)
    return (
        f"<h2>{_text(finding.title)}</h2>{told}{drawn}{words}"
        f'<p class="quiet">Table: <code>{_text(finding.name)}.csv</code>, picture: '
        f"<code>{_text(finding.name)}.png</code></p>"
    )


def _text(text: str) -> str:
    return escape(visible(text))
