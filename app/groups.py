"""What the pages say of groups: which ones a selection starves, by class and by the source's groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from app import state
from app.frame import OpenedRun
from app.text import plain
from datadiet.pipeline.group_names import CLASS, GROUP, group_names, has_groups
from datadiet.pipeline.run_files import RunFiles
from datadiet.study.groups import group_warning, kept_of_groups

WORDS = {CLASS: "Classes", GROUP: "Groups of the source"}


@dataclass(frozen=True)
class Grouping:
    """The training images by group."""

    example_ids: NDArray[np.int64] = field(repr=False)  # (N,), rising
    groups: pd.Series[str] = field(repr=False)  # (N,)


def groupings(files: RunFiles) -> list[str]:
    """Return by what the images of a run can be grouped: class, and the source's groups if it has any."""
    return [CLASS, GROUP] if has_groups(files) else [CLASS]


def show_starved(opened: OpenedRun, kept: NDArray[np.int64]) -> None:
    """Warn of groups of which a selection keeps far less than its share; nothing where there are none.

    Args:
        opened: The run.
        kept: example_ids that the selection keeps.
    """
    for by in groupings(opened.files):
        found = read_grouping(opened, by)
        warning = group_warning(kept_of_groups(found.groups, np.isin(found.example_ids, kept)))
        if warning:
            st.warning(plain(warning))


def read_grouping(opened: OpenedRun, by: str) -> Grouping:
    """Return the training images by group."""
    return _grouping(opened, state.workspace_root(), opened.run.run_id, opened.stamp, by)


@st.cache_resource(max_entries=8, ttl=3600.0, show_spinner=False)
def _grouping(_opened: OpenedRun, root: Path, run_id: str, stamp: str, by: str) -> Grouping:
    scores = state.read_scores(root, run_id, stamp).scores
    is_train = (scores["split"] == "train").to_numpy()
    names = group_names(_opened.files, scores, by)
    ids = scores["example_id"].to_numpy(dtype=np.int64)[is_train]
    return Grouping(ids, names[is_train].reset_index(drop=True))
