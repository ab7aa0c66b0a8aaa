"""What the pages read: the workspace, query parameters, and cached readers over the store.

A cache is keyed on the run's id and a stamp of its files, never on a table: Streamlit hashes large
tables by a sample. What a reader returns is shared between sessions; nobody writes into it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from app.failures import shown_failures
from app.palette import LIGHT, Palette, palette
from datadiet.errors import StoreError
from datadiet.export.report_tables import ClassRow, class_rows
from datadiet.pipeline.ensemble import MeanAndError
from datadiet.pipeline.run import Run, open_run
from datadiet.pipeline.run_files import RunFiles
from datadiet.store.runs import RunRecord, list_runs
from datadiet.store.workspace import Workspace

RUN, SCORE = "run", "score"  # query parameters
_LAST_RUN = "last-run"  # session key
_KEPT = 4  # runs in memory
_SECONDS = 3600.0


def workspace_root() -> Path:
    """Return the folder of the workspace: ``DATADIET_WORKSPACE``, else ``./workspace``."""
    return Path(os.environ.get("DATADIET_WORKSPACE") or "workspace").resolve()


def theme_colors() -> Palette:
    """Return the colours of the theme that the browser shows."""
    return palette(st.context.theme.type)


def primary(label: str, icon: str | None = None, *, is_on: bool = True) -> dict[str, Any]:
    """Return ``label``, ``icon`` and ``type`` of a button in the primary colour.

    Streamlit writes on it in white, which cannot be read on the dark theme's light blue.

    Args:
        label: Of the button, already plain.
        icon: A material symbol.
        is_on: The button is not disabled; then it is grey, and white can be read.
    """
    colors = theme_colors()
    if colors is LIGHT or not is_on:
        return {"label": label, "icon": icon, "type": "primary"}
    text = f"{icon} {label}" if icon else label
    return {"label": f':color[{text}]{{foreground="{colors.ground}"}}', "icon": None, "type": "primary"}


@dataclass(frozen=True)
class RunChoice:
    """A run that can be opened."""

    run_id: str
    name: str  # its own, or its source's
    is_scored: bool = True  # has a seed to show
    problem: str = ""  # a sentence where it cannot be read


def run_choices() -> list[RunChoice]:
    """Return the runs of the workspace: those with something to show first, the newest first.

    Raises:
        StoreError: The workspace or its database cannot be read.
    """
    workspace = Workspace.existing(workspace_root())
    choices = [_choice(workspace, record) for record in reversed(list_runs(workspace))]
    return sorted(choices, key=lambda choice: not choice.is_scored)


def _choice(workspace: Workspace, record: RunRecord) -> RunChoice:
    files = RunFiles(workspace, record.run_id)
    try:
        source = str(files.document["source"])
    except StoreError as error:
        return RunChoice(record.run_id, record.name or "unreadable", is_scored=False, problem=str(error))
    name = record.name or source_title(source)
    return RunChoice(record.run_id, name, is_scored=bool(files.shown_seeds()))


def source_title(source: str) -> str:
    """Return the last part of where the data came from: no screen shows a whole path.

    Example:
        >>> source_title("/data/cats_and_dogs/"), source_title("digits")
        ('cats_and_dogs', 'digits')
    """
    return source.rstrip("/\\").replace("\\", "/").rpartition("/")[2] or source


def find_choice(choices: Sequence[RunChoice], text: str) -> RunChoice | None:
    """Return the run that ``text`` names by its id, name or the start of its id; None for no single one."""
    exact = [each for each in choices if text in {each.run_id, each.name}]
    found = exact or [each for each in choices if text and each.run_id.startswith(text)]
    return found[0] if len(found) == 1 or exact else None


def chosen_score(names: Sequence[str], asked: str | None, reliability: pd.DataFrame) -> str:
    """Return the score to show: the one asked for where the run has it, else the steadiest EL2N.

    EL2N is kept at several steps; late ones may have memorised wrong labels. The seeds agree most on the
    order at the steadiest, which needs no truth to be found.

    Args:
        names: Scores of the run.
        asked: From the address.
        reliability: Columns of RELIABILITY.
    """
    if asked in names:
        return str(asked)
    steps = reliability[reliability["score"].str.match("el2n(_step_|$)") & reliability["score"].isin(names)]
    known = steps[steps["split_half"].notna()]
    if known.empty:
        return "el2n" if "el2n" in names else names[0]
    return str(known.sort_values("split_half", ascending=False, kind="stable")["score"].iloc[0])


def query(name: str) -> str | None:
    """Return a query parameter as typed in the address, None where it is absent."""
    value: str | None = st.query_params.get(name)
    return value


def set_query(name: str, value: str | None) -> None:
    """Put a query parameter into the address, or take it out; a reload or a link then shows the same."""
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def open_workspace() -> Workspace | None:
    """Return the workspace, None where it cannot be opened; the page then says why."""
    try:
        return Workspace.existing(workspace_root())
    except StoreError:
        return None


def chosen_run(choices: Sequence[RunChoice]) -> RunChoice | None:
    """Return the run that the address names, else the one seen last, else the newest."""
    asked = query(RUN)
    if asked is not None:
        return find_choice(choices, asked)
    last = remembered_run()
    return (find_choice(choices, last) if last else None) or choices[0]


def remember_run(run_id: str) -> None:
    """Keep the run for other pages, and put it into the address."""
    st.session_state[_LAST_RUN] = run_id
    set_query(RUN, run_id)


def remembered_run() -> str | None:
    """Return the run that was shown last in this session."""
    run_id: str | None = st.session_state.get(_LAST_RUN)
    return run_id


def forget_run() -> None:
    """Take the run that was shown last out of the session: it is deleted."""
    st.session_state.pop(_LAST_RUN, None)
    set_query(RUN, None)


def choice_key(parameter: str) -> str:
    """Return the session key of the widget that chooses a query parameter."""
    return f"{parameter}-choice"


def remember_choice(parameter: str) -> None:
    """Put what a widget chose into the address, so that a reload or a link shows the same.

    Streamlit may call this as the page is left, when the widget and its choice are gone: then nothing is put
    there. Whatever else fails is said on the page.
    """
    with shown_failures():
        key = choice_key(parameter)
        if key in st.session_state:
            chosen = st.session_state[key]
            set_query(parameter, None if chosen is None else str(chosen))


def run_stamp(run_id: str) -> str:
    """Return a text that changes whenever files of a run are added; decisions are read apart."""
    workspace = Workspace.existing(workspace_root())
    folder = workspace.run_dir(run_id)
    places = [folder, *sorted(folder.glob("seed_*/scores")), *sorted(folder.glob("triage/*"))]
    places += [folder / "selections"]
    return "-".join(str(place.stat().st_mtime_ns) for place in places if place.exists())


@dataclass(frozen=True)
class Scored:
    """A run and what every page needs of it, read once."""

    run: Run
    score_names: list[str]
    scores: pd.DataFrame  # of ``run.scores()``; its column ``decision`` may be old
    reliability: pd.DataFrame  # of EL2N at its steps: which of them is shown at first


@st.cache_resource(max_entries=_KEPT, ttl=_SECONDS, show_spinner="Reading the run…")
def read_scores(root: Path, run_id: str, stamp: str) -> Scored:
    """Return a run's scores.

    Args:
        root: Folder of the workspace.
        run_id: Whole id.
        stamp: From :func:`run_stamp`.

    Raises:
        NotFoundError: None of its seeds is scored yet.
        CorruptFileError: A file of it is not what was written.
    """
    run = open_run(run_id, workspace=root)
    scores = run.scores()
    names = [name.removesuffix("_percentile") for name in map(str, scores) if name.endswith("_percentile")]
    return Scored(run, names, scores, run.reliability("el2n"))


@dataclass(frozen=True)
class Overview:
    """All that the first page shows of a run, read once."""

    run: Run
    score_names: list[str]
    scores: pd.DataFrame
    suspects: pd.DataFrame | None  # None where the run was not triaged
    history: pd.DataFrame
    truth: pd.DataFrame | None
    estimate: Mapping[str, Any] | None
    accuracy: Mapping[str, MeanAndError]
    reliability: pd.DataFrame


@st.cache_resource(max_entries=_KEPT, ttl=_SECONDS, show_spinner="Reading the run…")
def read_overview(root: Path, run_id: str, stamp: str) -> Overview:
    """Return a run's tables.

    Args:
        root: Folder of the workspace.
        run_id: Whole id.
        stamp: From :func:`run_stamp`.

    Raises:
        NotFoundError: None of its seeds is scored yet.
        CorruptFileError: A file of it is not what was written.
    """
    scored = read_scores(root, run_id, stamp)
    run = scored.run
    is_triaged = run.is_triaged
    return Overview(
        run=run,
        score_names=scored.score_names,
        scores=scored.scores,
        suspects=run.suspects() if is_triaged else None,
        history=run.history(),
        truth=run.truth(),
        estimate=run.estimate if is_triaged else None,
        accuracy={split: run.accuracy(split) for split in ("test", "validation")},
        reliability=run.reliability(),
    )


@st.cache_resource(max_entries=16, ttl=_SECONDS, show_spinner=False)
def read_classes(root: Path, run_id: str, stamp: str, score: str) -> list[ClassRow]:
    """Return a row a class, the one with most labels that look wrong first.

    Args:
        root: Folder of the workspace.
        run_id: Whole id.
        stamp: From :func:`run_stamp`.
        score: Whose mean the table shows.
    """
    shown = read_overview(root, run_id, stamp)
    if shown.suspects is None:
        return []
    return class_rows(shown.scores, shown.run.confused(), shown.run.class_names, score=score)
