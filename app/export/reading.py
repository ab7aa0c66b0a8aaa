"""Exported tables, read once for each state of the run and of its decisions."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from datadiet.pipeline.export import Exported, ExportRequest, exported_table
from datadiet.pipeline.run import open_run
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.reviews import read_reviews


def decisions_stamp(files: RunFiles) -> str:
    """Return a text that changes with every decision of the workspace."""
    reviews = read_reviews(files.workspace)
    return "" if reviews.empty else f"{len(reviews)}-{reviews['sequence'].max()}"


@st.cache_resource(max_entries=8, ttl=3600.0, show_spinner="Gathering the rows…")
def read_export(root: Path, run_id: str, stamp: str, decisions: str, request: ExportRequest) -> Exported:
    """Return the table of an export.

    Args:
        root: Folder of the workspace.
        run_id: Whole id.
        stamp: From :func:`app.state.run_stamp`.
        decisions: From :func:`decisions_stamp`.
        request: What to export, by which selection or order; its file is not written.
    """
    return exported_table(open_run(run_id, workspace=root), request)
