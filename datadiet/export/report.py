"""The report of a run: one HTML file that opens offline, asks for nothing and runs nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from datadiet.export.report_cards import Naming, hardest_cards, suspect_cards
from datadiet.export.report_charts import accuracy_chart, precision_chart, score_chart
from datadiet.export.report_tables import (
    class_rows,
    confusion_rows,
    counts,
    final_accuracy,
    reliability_rows,
    skipped_rows,
    truth_rows,
)
from datadiet.export.shown import count, percent, score_title, visible


@dataclass(frozen=True)
class Estimate:
    """How many labels are wrong: a count and its 95 % interval."""

    num_wrong: float
    low: float
    high: float
    num_examples: int  # of all splits
    method: str = ""  # a sentence
    weakness: str = ""  # a sentence where the models are too weak for the count


@dataclass(frozen=True)
class Subject:
    """What the report is about; every text is shown as it is, never interpreted."""

    dataset_name: str
    dataset_id: str
    run_id: str
    run_name: str
    seeds: Sequence[int]
    version: str  # of datadiet
    noise: str = ""  # what was planted, such as "10 % symmetric noise planted"; empty for none
    training: Mapping[str, str] = field(default_factory=dict)  # profile, model, epochs, image size ...
    machine: Mapping[str, str] = field(default_factory=dict)  # processor, memory, device, versions ...


@dataclass(frozen=True)
class ReportData:
    """All that a report shows, as plain tables and values; an empty table leaves its part out."""

    subject: Subject
    class_names: Sequence[str]
    scores: pd.DataFrame  # what run.scores() returns
    problems: pd.DataFrame  # table PROBLEMS
    history: pd.DataFrame  # table HISTORY and a column seed
    truth: pd.DataFrame  # table TRUTH
    confused: pd.DataFrame  # table CONFUSED
    reliability: pd.DataFrame  # table RELIABILITY of frames.scores
    estimate: Estimate | None
    thumbnail: Callable[[int], bytes]  # encoded thumbnail of an example_id
    score: str = "el2n"  # what ranks the hardest images
    num_pictures: int = 50  # of each kind


def render_report(data: ReportData) -> str:
    """Return the report as one HTML document.

    Text from the data is escaped, pictures are encoded anew as data URIs, charts are inline SVG, and a
    content security policy forbids scripts and every request.

    Args:
        data: What to show.
    """
    style = files("datadiet.export").joinpath("templates/report.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=PackageLoader("datadiet.export"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(visible=visible, count=count, percent=percent, score_title=score_title)
    return environment.get_template("report.html").render(
        subject=data.subject,
        estimate=data.estimate,
        score=data.score,
        style=Markup(style),  # ruff: ignore[unsafe-markup-use]  # our own file
        policy=_policy(style),
        **_evidence(data),
        **_pictures(data),
    )


def _evidence(data: ReportData) -> dict[str, Any]:
    """Return the counts, tables and charts of the report, by the template's names."""
    return {
        "counts": counts(data.scores, data.problems, data.class_names),
        "accuracy": final_accuracy(data.history),
        "classes": class_rows(data.scores, data.confused, data.class_names, score=data.score),
        "confusions": confusion_rows(data.confused, data.class_names),
        "skipped": skipped_rows(data.problems),
        "truth": truth_rows(data.truth),
        "reliability": reliability_rows(data.reliability),
        "score_chart": score_chart(data.scores, data.score),
        "accuracy_chart": accuracy_chart(data.history),
        "precision_chart": precision_chart(data.truth, data.score),
    }


def _pictures(data: ReportData) -> dict[str, Any]:
    naming = Naming(data.class_names, data.thumbnail)
    return {
        "suspects": suspect_cards(data.scores, naming, num=data.num_pictures),
        "hardest": hardest_cards(data.scores, naming, score=data.score, num=data.num_pictures),
    }


def _policy(style: str) -> str:
    digest = b64encode(sha256(style.encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
