"""The files that the overview hands out: made when asked for, named after run and content."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.state import source_title
from datadiet.export.report import render_report
from datadiet.pipeline.export import ExportRequest, rendered_export
from datadiet.pipeline.report import report_data
from datadiet.pipeline.run import Run


@dataclass(frozen=True)
class Download:
    """A file to take along; ``make`` is called when the button is pressed."""

    title: str
    file_name: str
    mime: str
    hint: str
    make: Callable[[], bytes]


def downloads(run: Run) -> list[Download]:
    """Return the files of a triaged run."""
    return [
        Download(
            "Suspects",
            file_name(run, "suspects.csv"),
            "text/csv",
            "Labels that look wrong, worst first, with the suggestion. CSV, text exactly as in the data.",
            lambda: exported(run, "suspects", "csv"),
        ),
        Download(
            "Suspects for a spreadsheet",
            file_name(run, "suspects_spreadsheet.csv"),
            "text/csv",
            "The same; text that a spreadsheet would run as a formula gets a leading quote.",
            lambda: exported(run, "suspects", "csv", spreadsheet=True),
        ),
        Download(
            "Index list without suspects",
            file_name(run, "kept.csv"),
            "text/csv",
            "The training examples that are not suspects, in source order. Stored as a selection of the run.",
            lambda: index_list(run),
        ),
        Download(
            "All scores",
            file_name(run, "scores.parquet"),
            "application/vnd.apache.parquet",
            "A row an example: labels, every score with standard error and percentile, triage. Parquet.",
            lambda: exported(run, "scores", "parquet"),
        ),
        Download(
            "Report",
            file_name(run, "report.html"),
            "text/html",
            "One HTML file that opens without a network.",
            lambda: render_report(report_data(run)).encode("utf-8"),
        ),
    ]


def file_name(run: Run, ending: str) -> str:
    """Return the name of a file to download: data set, run, content; letters, digits and ``_`` alone."""
    source = re.sub(r"[^a-z0-9]+", "_", source_title(str(run.files.document["source"])).lower()).strip("_")
    return f"{source[:40] or 'data'}_{run.run_id[:8]}_{ending}"


def exported(run: Run, what: str, ending: str, *, spreadsheet: bool = False) -> bytes:
    """Return the bytes of an export of ``run``, as ``datadiet export`` writes them."""
    request = ExportRequest(what, Path(f"{what}.{ending}"), spreadsheet=spreadsheet)
    return bytes(rendered_export(run, request)[0].data)


def index_list(run: Run) -> bytes:
    """Return the ids of all training examples but the suspects, stored with the run as a selection."""
    selection = run.select("hardest", score="el2n", keep_fraction=1.0, drop_suspects=True)
    request = ExportRequest("kept", Path("kept.csv"), selection=selection.selection_id)
    return bytes(rendered_export(run, request)[0].data)
