"""Files that pages hand out: made when asked for, named after run and content; a failure is said."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from app.failures import failure_sentence
from app.state import source_title
from datadiet.export.report import render_report
from datadiet.pipeline.export import ExportRequest, rendered_export
from datadiet.pipeline.report import report_data
from datadiet.pipeline.run import Run
from datadiet.pipeline.select import StoredSelection

logger = logging.getLogger(__name__)
_FAILURES = "download-failures"  # session key: sentences of downloads that failed, not yet shown
MIMES = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "txt": "text/plain",
    "npy": "application/octet-stream",
    "html": "text/html",
}


@dataclass(frozen=True)
class Download:
    """A file to take along; ``make`` is called when the button is pressed."""

    title: str
    file_name: str
    mime: str
    hint: str
    make: Callable[[], bytes]


def downloads(run: Run, scores: pd.DataFrame, score: str) -> list[Download]:
    """Return the files of a triaged run that the overview offers.

    Args:
        run: The run.
        scores: What ``run.scores()`` returned.
        score: The one that the page shows.
    """
    return [
        Download(
            "Suspects",
            file_name(run, "suspects.csv"),
            MIMES["csv"],
            "Labels that look wrong, worst first, with the suggestion. CSV, text exactly as in the data.",
            lambda: exported(run, "suspects", "csv"),
        ),
        Download(
            "Suspects for a spreadsheet",
            file_name(run, "suspects_spreadsheet.csv"),
            MIMES["csv"],
            "The same; text that a spreadsheet would run as a formula gets a leading quote.",
            lambda: exported(run, "suspects", "csv", spreadsheet=True),
        ),
        index_list_download(run, scores, score),
        Download(
            "All scores",
            file_name(run, "scores.parquet"),
            MIMES["parquet"],
            "A row an example: labels, every score with standard error and percentile, triage. Parquet.",
            lambda: exported(run, "scores", "parquet"),
        ),
        report_download(run),
    ]


def index_list_download(run: Run, scores: pd.DataFrame, score: str) -> Download:
    """Return the index list of the training examples that are not suspects, for any page of the run.

    Args:
        run: The run, triaged.
        scores: What ``run.scores()`` returned.
        score: Whose value and percentile the list holds, where every training example has one.
    """
    return Download(
        "Index list without suspects",
        file_name(run, "kept.csv"),
        MIMES["csv"],
        "The training examples that are not suspects, in source order. Stored as a selection of the run.",
        lambda: exported(run, "kept", "csv", selection=without_suspects(run, scores, score).selection_id),
    )


def report_download(run: Run) -> Download:
    """Return the report."""
    return Download(
        "Report",
        file_name(run, "report.html"),
        MIMES["html"],
        "One HTML file that opens without a network.",
        lambda: render_report(report_data(run)).encode("utf-8"),
    )


def show_downloads(offered: Sequence[Download], *, key: str) -> None:
    """Show a button a file, side by side, and below them why one could not be made.

    Args:
        offered: The files.
        key: Tells the buttons from others on the page.
    """
    failures: list[str] = st.session_state.setdefault(_FAILURES, [])
    with st.container(horizontal=True, gap="small"):
        for place, each in enumerate(offered):
            st.download_button(
                each.title,
                watched(each.make, failures, each.title),
                each.file_name,
                each.mime,
                key=f"{key}-{place}",
                help=each.hint,
                on_click="ignore",
                icon=":material/download:",
            )
    show_download_failures()


def watched(make: Callable[[], bytes], failures: list[str], title: str) -> Callable[[], bytes]:
    """Return ``make`` with its failures noted: Streamlit calls it in a thread that no page belongs to.

    Args:
        make: Makes the bytes.
        failures: Where a sentence is added, as Markdown.
        title: Of the button.
    """

    def made() -> bytes:
        try:
            return make()
        except Exception as error:
            failures.append(failure_sentence(error, f"“{title}” could not be made."))
            raise

    return made


@st.fragment(run_every=1.0)
def show_download_failures() -> None:
    """Show the downloads of this session that failed; looks once a second, since nothing else tells."""
    for sentence in st.session_state.get(_FAILURES, [])[-3:]:
        st.error(sentence, icon=":material/error:")


def forget_download_failures() -> None:
    """Take away what earlier pages had to say of failed downloads."""
    st.session_state.pop(_FAILURES, None)


def file_name(run: Run, ending: str) -> str:
    """Return the name of a file to download: data set, run, content; letters, digits and ``_`` alone."""
    source = re.sub(r"[^a-z0-9]+", "_", source_title(str(run.files.document["source"])).lower()).strip("_")
    return f"{source[:40] or 'data'}_{run.run_id[:8]}_{ending}"


def exported(
    run: Run, what: str, ending: str, *, spreadsheet: bool = False, selection: str | None = None
) -> bytes:
    """Return the bytes of an export of ``run``, as ``datadiet export`` writes them."""
    request = ExportRequest(what, Path(f"{what}.{ending}"), spreadsheet=spreadsheet, selection=selection)
    return bytes(rendered_export(run, request)[0].data)


def without_suspects(run: Run, scores: pd.DataFrame, score: str) -> StoredSelection:
    """Return, stored with the run, the selection of all training examples but the suspects.

    The order of a score changes nothing about which are kept; one is read so that the list holds it.
    A run whose scores all lack some training example is drawn from by the rule ``random``, at 100 %.
    """
    is_train = scores["split"] == "train"
    names = [score, *(str(name) for name in scores if f"{name}_percentile" in scores)]
    complete = [name for name in names if name in scores and scores.loc[is_train, name].notna().all()]
    if complete:
        return run.select("hardest", score=complete[0], keep_fraction=1.0, drop_suspects=True)
    return run.select("random", keep_fraction=1.0, drop_suspects=True)
