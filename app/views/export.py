"""Export: which files go on from here?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app import state
from app.downloads import MIMES, Download, file_name, report_download, show_downloads
from app.export.corrected import show_corrected_set
from app.export.kinds import KINDS, SPREADSHEET, Kind, file_ending
from app.export.reading import decisions_stamp, read_export
from app.export.selections import choose_selection
from app.failures import shown_failures
from app.frame import OpenedRun, open_run_page, page_link
from app.groups import show_starved
from app.text import plain, plain_name, quiet
from datadiet.export.class_counts import class_counts
from datadiet.export.snippets import LoadedFile, snippets
from datadiet.pipeline.export import Exported, ExportRequest, rendered_export
from datadiet.pipeline.select import StoredSelection
from datadiet.pipeline.stored_exports import keep_export, kept_path

WHAT, FORMAT = "what", "format"  # query parameters
FIRST_ROWS = 20


def show_page() -> None:
    """Show the choice on the left, what would leave on the right."""
    opened = open_run_page("Which files go on from here?", "export")
    if opened is None:
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        kind = choose_kind()
        scores = state.read_scores(state.workspace_root(), opened.run.run_id, opened.stamp).scores
        selection = choose_selection(opened, scores) if kind.needs_selection else None
        file_format = choose_format(kind)
    with right:
        if kind.needs_triage and not opened.run.is_triaged:
            st.info(
                "Suspects are found in the last stage of an audit, which this run has not reached. "
                "Start its audit again; it goes on from where it stopped."
            )
        elif not kind.needs_selection or selection is not None:
            with shown_failures():
                if selection is not None:
                    show_starved(opened, np.asarray(selection.example_ids, dtype=np.int64))
                show_file(opened, kind, selection, file_format)
    st.divider()
    with shown_failures():
        show_corrected_set(opened)


def choose_kind() -> Kind:
    """Return the kind of file that the address names, the first by default."""
    st.radio(
        "File",
        list(KINDS),
        index=asked_place(WHAT, list(KINDS)),
        format_func=lambda name: KINDS[name].title,
        captions=[kind.meaning for kind in KINDS.values()],
        key=state.choice_key(WHAT),
        on_change=state.remember_choice,
        args=(WHAT,),
    )
    return KINDS[str(st.session_state[state.choice_key(WHAT)])]


def choose_format(kind: Kind) -> str:
    """Return the format that the address names, the usual one of the kind by default."""
    formats = list(kind.formats)
    st.selectbox(
        "Format",
        formats,
        index=asked_place(FORMAT, formats),
        key=state.choice_key(FORMAT),
        on_change=state.remember_choice,
        args=(FORMAT,),
    )
    return str(st.session_state[state.choice_key(FORMAT)])


def asked_place(parameter: str, options: list[str]) -> int:
    """Return the place of what the address asks for; forget a choice that is no option any more."""
    key = state.choice_key(parameter)
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)
    asked = state.query(parameter)
    return options.index(asked) if asked in options else 0


def show_file(opened: OpenedRun, kind: Kind, selection: StoredSelection | None, file_format: str) -> None:
    """Show one file: how many, of which classes, its first rows, and the ways to take it."""
    run, ending = opened.run, file_ending(file_format)
    selection_id = selection.selection_id if selection else None
    name = f"{kind.name}{f'_{selection_id[:6]}' if selection_id else ''}.{ending}"
    name = name.replace(".csv", "_spreadsheet.csv") if file_format == SPREADSHEET else name
    name = file_name(run, name)
    request = ExportRequest(
        kind.name, Path(name), selection=selection_id, spreadsheet=file_format == SPREADSHEET
    )
    if kind.name == "report":
        st.subheader("Report", anchor=False)
        st.markdown("Findings, charts, the most suspect images, and how they were found, in one HTML file.")
        show_downloads([report_download(run)], key="export")
        show_keeping(opened, request)
        return
    table = read_export(
        state.workspace_root(),
        run.run_id,
        opened.stamp,
        decisions_stamp(opened.files),
        kind.name,
        selection_id,
    )
    show_counts(opened, kind, table)
    hint = (
        "Text that a spreadsheet would run as a formula gets a leading quote." if request.spreadsheet else ""
    )
    make = Download(
        f"Download {name}", name, MIMES[ending], hint, lambda: bytes(rendered_export(run, request)[0].data)
    )
    show_downloads([make], key="export")
    show_keeping(opened, request)
    show_rows(table.frame)
    show_loading(opened, kind, table.frame, name)


def show_counts(opened: OpenedRun, kind: Kind, table: Exported) -> None:
    """Say how many rows leave, what could not be met, and how the classes change."""
    st.subheader(f"{kind.title}: {len(table.frame):,} rows", anchor=False)
    for remark in table.remarks:
        st.warning(plain(remark))
    if not len(table.frame):
        st.info("There is nothing to write yet: the file would hold its header alone.")
    counts = class_counts(kind.name, table.frame, opened.files.images.examples, opened.run.class_names)
    if counts is None:
        return
    shown = pd.DataFrame({
        "class": counts["class_name"].map(plain_name),
        "before": counts["before"],
        "in the file": counts["after"],
        "share": 100 * counts["after"] / counts["before"].where(counts["before"] > 0),
    })
    columns = {"share": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100)}
    st.dataframe(shown, hide_index=True, column_config=columns, height=min(38 + 35 * len(shown), 300))


def show_rows(frame: pd.DataFrame) -> None:
    """Show the first rows as they will stand in the file."""
    head = frame.head(FIRST_ROWS)
    text = [name for name in head if not pd.api.types.is_numeric_dtype(head[name])]
    safe = head.assign(**{str(name): [_shown(value) for value in head[name]] for name in text})
    st.markdown(quiet(f"The first {len(head)} of {len(frame):,} rows"))
    st.dataframe(safe, hide_index=True, height=250)


def _shown(value: Any) -> str:
    return "" if pd.isna(value) or value == "" else plain_name(str(value))


def show_keeping(opened: OpenedRun, request: ExportRequest) -> None:
    """Offer to write the file under the workspace, never over another one unasked."""
    with st.popover("Write to the workspace", icon=":material/save:"):
        typed = st.text_input(
            "File name, in exports/ of the workspace", request.out.name, key=f"name-{request.out.name}"
        )
        with shown_failures():
            ending = request.out.suffix
            path = kept_path(opened.files.workspace, Path(f"{typed.removesuffix(ending)}{ending}"))
            exists = path.exists()
            if exists:
                st.warning(f"exports/{plain(path.name)} exists already.")
            if st.button("Replace it" if exists else "Write the file", key="keep-export"):
                asked = replace(request, out=path, overwrite=exists)
                written = keep_export(opened.run, asked)
                beside = f", described in {plain(written.sidecar.name)}" if written.sidecar else ""
                st.success(f"Written: exports/{plain(path.name)}{beside}.")


def show_loading(opened: OpenedRun, kind: Kind, frame: pd.DataFrame, name: str) -> None:
    """Show the code that loads the file."""
    is_folder = opened.files.images.document["source_kind"] == "folder"
    file = LoadedFile(
        kind.name, Path(name).suffix.lstrip("."), name, is_folder=is_folder,
        part=training_part(frame) if is_folder else "", score=opened.score,
    )  # fmt: skip
    found = snippets(file)
    if not found:
        return
    st.subheader("Load it", anchor=False)
    for tab, snippet in zip(st.tabs([each.title for each in found]), found, strict=True):
        with tab:
            st.code(snippet.code, language="python")
    if kind.name == "reviews":
        st.code(f"datadiet reviews import RUN {name}", language=None)
    if kind.name == "manifest":
        st.code(f"datadiet audit {name} --data-root path/to/images", language=None)
    page_link("docs", "All formats and columns", page="exports")


def training_part(frame: pd.DataFrame) -> str:
    """Return the folder below the source that the training images lie in: empty, or such as ``train/``."""
    if frame.empty or "class_name" not in frame or "source_key" not in frame:
        return ""
    first = frame.iloc[0]
    parts, name = str(first["source_key"]).split("/"), str(first["class_name"])
    return "/".join(parts[: parts.index(name)]) if name in parts else ""


with shown_failures():
    show_page()
