"""What the page reads of a run's analyses; caches are keyed on ids and a stamp, never on a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd
import streamlit as st

from app import state
from app.frame import OpenedRun
from datadiet.export.shown import score_title
from datadiet.pipeline.analyses import Analysis, barriers, list_analyses, paths_between, velocities
from datadiet.pipeline.relations import correlation, score_settling
from datadiet.pipeline.run import Run
from datadiet.pipeline.run_files import RunFiles
from datadiet.scores.settling import Density, SeedCorrelation, density
from datadiet.study.inside import barrier_means, path_means, velocity_means

Kind = Literal["ntk", "connectivity"]
_KEPT, _SECONDS = 8, 3600.0


def stamp_of(files: RunFiles, kind: Kind) -> str:
    """Return a text that changes whenever a part of an analysis is done."""
    folder = files.folder / kind
    times = [place.stat().st_mtime_ns for place in (*folder.glob("*"), *folder.glob("*/seed_*"))]
    return f"{len(times)}-{max(times, default=0)}"


def begun(files: RunFiles, kind: Kind) -> list[Analysis]:
    """Return the analyses of a kind that have something to show, the newest first."""
    found = [each for each in list_analyses(files, kind) if any(each.folder.glob("seed_*/*.parquet"))]
    return sorted(found, key=lambda each: (-each.folder.stat().st_mtime_ns, each.analysis_id))


def title_of(analysis: Analysis) -> str:
    """Return what an analysis looks at, in words."""
    document = analysis.document
    by = f"by {score_title(document['score'])}"
    if analysis.kind == "ntk":
        groups = document["groups"]
        kernel = "all logits" if document["kernel"] == "ntk" else "sum of logits"
        return (
            f"{kernel} · {len(groups)} groups of {len(groups[0])} {by} · epochs {_list(document['epochs'])}"
        )
    sizes = {len(ids) for ids in document["sets"].values()}
    return f"sets of {min(sizes):,} {by} · {len(document['alphas'])} places on the path"


def _list(epochs: list[int]) -> str:
    words = [str(each) for each in epochs]
    return ", ".join(words) if len(words) <= 4 else f"{words[0]} to {words[-1]}"


@dataclass(frozen=True)
class Velocities:
    """Kernel velocities of an analysis so far."""

    analysis: Analysis
    table: pd.DataFrame = field(repr=False)  # VELOCITY
    means: pd.DataFrame = field(repr=False)  # VELOCITY_MEANS

    @property
    def epochs(self) -> list[int]:
        """Return the epochs that are there, rising."""
        return sorted({int(each) for each in self.means["epoch"]})

    def group(self, number: int) -> list[int]:
        """Return the example_ids of a group."""
        return [int(each) for each in self.analysis.document["groups"][number]]


@dataclass(frozen=True)
class Barriers:
    """Errors and barriers of an analysis so far."""

    analysis: Analysis
    table: pd.DataFrame = field(repr=False)  # BARRIERS
    means: pd.DataFrame = field(repr=False)  # BARRIER_MEANS
    paths: pd.DataFrame = field(repr=False)  # PATH_MEANS

    @property
    def epochs(self) -> list[int]:
        """Return the spawn epochs that are there, rising."""
        return sorted({int(each) for each in self.means["spawn_epoch"]})


def read_velocities(files: RunFiles, analysis: Analysis) -> Velocities:
    """Return the velocities of an analysis."""
    return _velocities(
        analysis, state.workspace_root(), files.run_id, analysis.analysis_id, stamp_of(files, "ntk")
    )


@st.cache_resource(max_entries=_KEPT, ttl=_SECONDS, show_spinner=False)
def _velocities(_analysis: Analysis, root: Path, run_id: str, analysis_id: str, stamp: str) -> Velocities:
    del root, run_id, analysis_id, stamp
    table = velocities(_analysis)
    return Velocities(_analysis, table, velocity_means(table))


def read_barriers(files: RunFiles, analysis: Analysis) -> Barriers:
    """Return the barriers of an analysis."""
    return _barriers(
        analysis, state.workspace_root(), files.run_id, analysis.analysis_id, stamp_of(files, "connectivity")
    )


@st.cache_resource(max_entries=_KEPT, ttl=_SECONDS, show_spinner=False)
def _barriers(_analysis: Analysis, root: Path, run_id: str, analysis_id: str, stamp: str) -> Barriers:
    del root, run_id, analysis_id, stamp
    paths = paths_between(_analysis)
    table = barriers(paths)
    return Barriers(_analysis, table, barrier_means(table), path_means(paths))


@dataclass(frozen=True)
class Forgotten:
    """One score against forgetting, over the training images."""

    density: Density
    example_ids: list[int]  # of the places in the density
    correlation: SeedCorrelation


def read_forgotten(opened: OpenedRun, score: str) -> Forgotten:
    """Return how forgetting goes with a score."""
    return _forgotten(opened.run, state.workspace_root(), opened.run.run_id, opened.stamp, score)


@st.cache_resource(max_entries=_KEPT, ttl=_SECONDS, show_spinner=False)
def _forgotten(_run: Run, root: Path, run_id: str, stamp: str, score: str) -> Forgotten:
    scores = state.read_scores(root, run_id, stamp).scores
    train = scores[scores["split"] == "train"]
    found = density(
        train[f"{score}_percentile"].to_numpy(dtype=float), train["forgetting"].to_numpy(dtype=float)
    )
    ids = [int(each) for each in train["example_id"]]
    return Forgotten(found, ids, correlation(_run, score, "forgetting"))


def read_agreement(opened: OpenedRun) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the AGREEMENT of every pair of scores and the SETTLING of each over epochs."""
    return _agreement(opened.run, state.workspace_root(), opened.run.run_id, opened.stamp)


@st.cache_resource(max_entries=_KEPT, ttl=_SECONDS, show_spinner="Comparing the scores…")
def _agreement(_run: Run, root: Path, run_id: str, stamp: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    del root, run_id, stamp
    return _run.agreement(), score_settling(_run)
