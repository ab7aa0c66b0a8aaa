"""Export: which files go on from here?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app import state
from app.commands import show_commands
from app.downloads import MIMES, Download, file_name, report_download, show_downloads
from app.export.corrected import show_corrected_set
from app.export.kinds import KINDS, SPREADSHEET, Kind, file_ending
from app.export.orders import choose_order
from app.export.reading import decisions_stamp, read_export
from app.export.selections import choose_selection
from app.failures import shown_failures
from app.frame import OpenedRun, open_run_page, page_link
from app.groups import show_starved
from app.text import plain, plain_name, quiet
from datadiet.export.class_counts import class_counts
from datadiet.export.snippets import LoadedFile, snippets
from datadiet.pipeline.export import Exported, ExportRequest, has_files, rendered_export
from datadiet.pipeline.select import find_selection
from datadiet.pipeline.stored_exports import keep_export, kept_path
from datadiet.selection.orders import parse_order

WHAT, FORMAT = "what", "format"  # query parameters
FIRST_ROWS = 20
MOST_ROWS = 8  # of classes, before the table scrolls


def show_page() -> None:
    """Show the choice on the left, what would leave on the right."""
    opened = open_run_page("Which files go on from here?", "export")
    if opened is None:
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        kind = choose_kind()
        is_possible = kind.name != "manifest" or has_files(opened.run)
        if is_possible:
            request, file_format = choose_request(opened, kind), choose_format(kind)
    with right:
        if not is_possible:
            st.info(
                "The images of this source are no files of their own, so there is no manifest to write. "
                "**Kept images** lists the same ones by their index."
            )
        elif kind.needs_triage and not opened.run.is_triaged:
            st.info(
                "Suspects are found in the last stage of an audit, which this run has not reached. "
                "Start its audit again; it goes on from where it stopped."
            )
        elif request is not None:
            with shown_failures():
                if kind.needs_selection:
                    kept = find_selection(opened.run, request.selection).example_ids
                    show_starved(opened, np.asarray(kept, dtype=np.int64))
                show_file(opened, kind, request, file_format)
    st.divider()
    with shown_failures():
        show_corrected_set(opened)


def choose_request(opened: OpenedRun, kind: Kind) -> ExportRequest | None:
    """Return what is to be exported, its file not yet named; None where a selection is still to be made."""
    request = ExportRequest(kind.name, Path(kind.name))
    scores = state.read_scores(state.workspace_root(), opened.run.run_id, opened.stamp).scores
    if kind.name == "order":
        chosen = choose_order(opened, scores)
        return replace(request, order=chosen.text, score=chosen.score)
    if kind.needs_selection:
        selection = choose_selection(opened, scores)
        return replace(request, selection=selection.selection_id) if selection else None
    return request


def choose_kind() -> Kind:
    """Return the kind of file that the address names, the first by default."""
    st.radio(
        "File",
        list(KINDS),
        index=asked_place(WHAT, list(KINDS)),
        format_func=lambda name: f"{KINDS[name].title} {quiet(KINDS[name].meaning)}",
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


def show_file(opened: OpenedRun, kind: Kind, request: ExportRequest, file_format: str) -> None:
    """Show one file: how many, of which classes, its first rows, and the ways to take it."""
    run, ending = opened.run, file_ending(file_format)
    name = file_name(run, f"{stem_of(request)}.{ending}")
    name = name.replace(".csv", "_spreadsheet.csv") if file_format == SPREADSHEET else name
    table = None if kind.name == "report" else read_table(opened, request)
    request = replace(request, out=Path(name), spreadsheet=file_format == SPREADSHEET)
    if table is None:
        show_report(opened, request)
        return
    show_counts(opened, kind, table)
    hint = (
        "Text that a spreadsheet would run as a formula gets a leading quote." if request.spreadsheet else ""
    )
    make = Download(
        f"Download {name}", name, MIMES[ending], hint, lambda: bytes(rendered_export(run, request)[0].data)
    )
    show_downloads([make], key="export")
    show_keeping(opened, request)
    show_changes(table.frame)
    show_rows(table.frame)
    show_loading(opened, request, table.frame)


def stem_of(request: ExportRequest) -> str:
    """Return what a file is called before its ending, its run left out.

    Example:
        >>> stem_of(ExportRequest("order", Path("x"), order="paced:4", score="el2n"))
        'order_paced_4_el2n'
    """
    words = [request.what, (request.selection or "")[:6], request.order or "", request.score or ""]
    return "_".join(filter(None, words)).replace(":", "_").replace("-", "_")


def read_table(opened: OpenedRun, request: ExportRequest) -> Exported:
    """Return the table of an export, read once for each state of the run and of its decisions."""
    stamps = (opened.stamp, decisions_stamp(opened.files))
    return read_export(state.workspace_root(), opened.run.run_id, *stamps, request)


def show_report(opened: OpenedRun, request: ExportRequest) -> None:
    """Show the report as a file, and the suspects that it tells of."""
    st.subheader("Report", anchor=False)
    st.markdown("Findings, charts, the most suspect images, and how they were found, in one HTML file.")
    show_downloads([report_download(opened.run)], key="export")
    show_keeping(opened, request)
    if opened.run.is_triaged:
        st.markdown(quiet("Among what it tells of, labels that look wrong:"))
        suspects = read_table(opened, ExportRequest("suspects", Path("suspects")))
        show_classes(opened, KINDS["suspects"], suspects.frame)
        show_rows(suspects.frame)


def show_counts(opened: OpenedRun, kind: Kind, table: Exported) -> None:
    """Say how many rows leave, what could not be met, and how the classes change."""
    st.subheader(f"{kind.title}: {len(table.frame):,} rows", anchor=False)
    for remark in table.remarks:
        st.warning(plain(remark))
    if not len(table.frame):
        st.info("There is nothing to write yet: the file would hold its header alone.")
    show_classes(opened, kind, table.frame)


def show_classes(opened: OpenedRun, kind: Kind, frame: pd.DataFrame) -> None:
    """Show a row a class: images before, and rows in the file."""
    counts = class_counts(kind.name, frame, opened.files.images.examples, opened.run.class_names)
    shown = pd.DataFrame({
        "class": counts["class_name"].map(plain_name),
        "before": counts["before"],
        "in the file": counts["after"],
        "share": 100 * counts["after"] / counts["before"].where(counts["before"] > 0),
    })
    if kind.name == "reviews":  # several on one image are no share of it
        shown = shown.drop(columns="share").rename(columns={"in the file": "decisions in the file"})
    columns = {"share": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100)}
    st.dataframe(
        shown, hide_index=True, column_config=columns, height="content" if len(shown) <= MOST_ROWS else 300
    )


def show_changes(frame: pd.DataFrame) -> None:
    """Show the rows whose label decisions change, where it is a file of corrected labels."""
    if "is_changed" not in frame:
        return
    changed = frame[frame["is_changed"]]
    if changed.empty:
        st.info("No decision changes a label yet: corrected and given labels are the same.")
        return
    head = changed.head(FIRST_ROWS)
    st.markdown(
        quiet(f"{leading(len(head), len(changed))} with another label, or none where the image leaves")
    )
    show_table(head)


def show_rows(frame: pd.DataFrame) -> None:
    """Show the first rows as they will stand in the file."""
    head = frame.head(FIRST_ROWS)
    st.markdown(quiet(f"{leading(len(head), len(frame))}, as in the file"))
    show_table(head)


def leading(shown: int, every: int) -> str:
    """Return how many of how many rows are shown.

    Example:
        >>> leading(20, 1797), leading(3, 3), leading(1, 1)
        ('The first 20 of 1,797 rows', 'The 3 rows', 'The 1 row')
    """
    if shown < every:
        return f"The first {shown:,} of {every:,} rows"
    return f"The {every:,} row{'' if every == 1 else 's'}"


def show_table(head: pd.DataFrame) -> None:
    """Show rows, text as it is safe to show."""
    text = [name for name in head if not pd.api.types.is_numeric_dtype(head[name])]
    safe = head.assign(**{str(name): [_shown(value) for value in head[name]] for name in text})
    st.dataframe(safe, hide_index=True, height="content" if len(head) <= MOST_ROWS else 250)


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


def show_loading(opened: OpenedRun, request: ExportRequest, frame: pd.DataFrame) -> None:
    """Show the code that loads the file."""
    is_folder, name = opened.files.images.document["source_kind"] == "folder", request.out.name
    file = LoadedFile(
        request.what, request.out.suffix.lstrip("."), name, is_folder=is_folder, score=opened.score,
        part=training_part(frame) if is_folder else "",
        num_stages=parse_order(request.order).num_stages if request.order else 1,
    )  # fmt: skip
    found = snippets(file)
    if not found:
        return
    st.subheader("Load it", anchor=False)
    for tab, snippet in zip(st.tabs([each.title for each in found]), found, strict=True):
        with tab:
            st.code(snippet.code, language="python", wrap_lines=True)
    if request.what == "reviews":
        show_commands(f"reviews import {opened.run.run_id[:8]} {name}")
    if request.what == "manifest":
        show_commands(f"audit {name} --data-root path/to/images")
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
