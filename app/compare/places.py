"""Where points lie: one score against another, the cartography map, the map of the features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from app import state
from app.components.scatter import Axes
from app.failures import shown_failures
from app.frame import OpenedRun
from app.text import plain
from app.words import seeds_words
from datadiet.export.shown import percent, score_title
from datadiet.pipeline.maps import publish_map, read_map, stored_maps

MAP_TITLES = {"pca": "PCA", "umap": "UMAP"}
CONFIDENCE, VARIABILITY = "confidence", "variability"


@dataclass(frozen=True)
class Places:
    """A place for each row of a run, what its directions mean, and a sentence on how to read it."""

    version: str
    points: NDArray[np.float32]  # (N, 2)
    axes: Axes
    sentence: str  # Markdown


def score_places(scores: pd.DataFrame, x: str, y: str) -> Places:
    """Return one score against another; the sentence says how far they agree on the order."""
    points = scores[[x, y]].to_numpy(np.float32)
    axes = Axes(axis_title(scores, x), axis_title(scores, y))
    sentence = f"{agreement_sentence(scores, x, y)}{left_out_words(points)}"
    return Places(f"scores/{x}/{y}", points, axes, sentence)


def left_out_words(points: NDArray[np.float32]) -> str:
    """Return how many images have no place; empty where all have one."""
    num = int((~np.isfinite(points).all(axis=1)).sum())
    return f" {num:,} images lack a score and are not shown." if num else ""


def axis_title(scores: pd.DataFrame, score: str) -> str:
    """Return a score's title and which end is hard, read off its percentiles."""
    known = scores[[score, f"{score}_percentile"]].dropna()
    if score == "random" or known[score].nunique() < 2:
        return score_title(score)
    rises = known[score].corr(known[f"{score}_percentile"]) > 0
    return f"{score_title(score)} ({'high' if rises else 'low'} = hard)"


def agreement_sentence(scores: pd.DataFrame, x: str, y: str) -> str:
    """Return the rank correlation of two scores on the training images, as Markdown."""
    train = scores[scores["split"] == "train"]
    ranks = train[[f"{x}_percentile", f"{y}_percentile"]].dropna()
    if x == y:
        return "Choose two scores to see how far they agree."
    if len(ranks) < 3 or ranks.nunique().min() < 2:
        return "Too few images have both scores to say how far they agree."
    value = float(np.corrcoef(ranks.to_numpy().T)[0, 1])
    return (
        f"{plain(score_title(x))} and {plain(score_title(y))} agree on what is hard by **{value:.2f}** (rank "
        "correlation over the training images, 1 = wholly)."
    )


def cartography_places(scores: pd.DataFrame) -> Places:
    """Return mean against spread of p(label) over training, the three regions named."""
    points = scores[[VARIABILITY, CONFIDENCE]].to_numpy(np.float32)
    axes = Axes(
        "spread of p(label) over training (standard deviation)",
        "mean of p(label) over training",
        _regions(points[np.isfinite(points).all(axis=1)]),
    )
    sentence = (
        "How the models took to each label while they learned. Low on the left, a label was never believed: "
        "labels that look wrong often lie there. On the right the models kept changing their mind."
    )
    return Places("cartography", points, axes, f"{sentence}{left_out_words(points)}")


def _regions(points: NDArray[np.float32]) -> tuple[tuple[float, float, str], ...]:
    """Return where the three regions of cartography lie among the points, and so always in view.

    Args:
        points: Spread and mean of each image, shape (N, 2), finite.
    """
    if not len(points):
        return ()
    spread, mean = points.T.astype(np.float64)
    steady, wide = np.quantile(spread, [0.05, 0.95])
    low, high = np.quantile(mean, [0.01, 0.99])
    middle = float(mean[spread >= wide].mean())
    return (
        (float(steady), float(high), "easy"),
        (float(steady), float(low), "hard"),
        (float(wide), middle, "ambiguous"),
    )


@st.cache_resource(max_entries=8, ttl=3600.0, show_spinner=False)
def _read_map(_opened: OpenedRun, run_id: str, stamp: str, method: str) -> tuple[NDArray[np.float32], float]:
    del run_id, stamp
    found = read_map(_opened.files, _opened.run.seeds, method)
    return found.points, found.explained


def map_places(opened: OpenedRun, method: str) -> Places:
    """Return the map of the features that the run keeps."""
    points, explained = _read_map(opened, opened.run.run_id, opened.stamp, method)
    pooled = f"pooled over {seeds_words(opened.run)}"
    pca = (
        f"Principal components (PCA) of what the models see in each image, {pooled}: the two main "
        f"directions, which hold {percent(explained)} of all that varies. Near is alike; what further "
        "directions part may lie together here."
    )
    umap = (
        f"UMAP of what the models see in each image, {pooled}. Neighbours are alike; distances between "
        "clumps and their sizes mean little."
    )
    sentence = pca if method == "pca" else umap
    return Places(f"map/{method}", points, Axes(), sentence)


def offer_map(opened: OpenedRun) -> None:
    """Say that the run has no map, and offer to make it."""
    num = len(opened.files.labels)
    st.info(
        "This run was audited before maps were kept. Making one reads the stored features and takes seconds; "
        "no model is trained."
    )
    with shown_failures():
        if st.button(**state.primary("Make the map", ":material/scatter_plot:")):
            with st.spinner(f"Making the map of {num:,} images…", show_time=True):
                publish_map(opened.files, opened.run.seeds, "pca")
            st.rerun()


def map_methods(opened: OpenedRun) -> list[str]:
    """Return the maps that the run keeps, UMAP first where it is there."""
    return stored_maps(opened.files, opened.run.seeds)[::-1]
