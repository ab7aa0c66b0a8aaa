"""What the page reads of a run's studies: retrainings, how they lie on a score's order, what is asked for.

Caches are keyed on ids and a stamp of the study's files, never on a table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from app import state
from app.frame import OpenedRun
from datadiet.export.shown import score_title
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.studies import Protocol, Study, list_studies
from datadiet.study.cost import seconds_each
from datadiet.study.summary import all_data, by_score, plain_rows, random_controls, split_of
from datadiet.study.surface import FEWEST, Measured, measured_windows
from datadiet.study.verdict import Mean

STUDY = "study"  # query parameter
DEFAULT_SCORE = "el2n"
DEFAULT_KEEPS = (0.2, 0.4, 0.6, 0.8)
WINDOW_RULES = ("window", "hardest", "easiest")
_KEPT, _SECONDS = 8, 3600.0


@dataclass(frozen=True)
class ChosenStudy:
    """A study of the run and the score whose order its windows lie on."""

    study: Study
    score: str
    stamp: str  # changes whenever a retraining is added

    @property
    def name(self) -> str:
        """Return what stands for it in the address."""
        return f"{self.study.study_id[:8]}.{self.score}"

    @property
    def title(self) -> str:
        """Return it in words: score and protocol."""
        return f"{score_title(self.score)} · {protocol_words(self.study.protocol)}"


def protocol_words(protocol: Protocol) -> str:
    """Return how every retraining of a study is trained, in a few words."""
    epochs = f"{protocol.num_epochs} epoch{'' if protocol.num_epochs == 1 else 's'}"
    if protocol.fixed == "steps":
        return f"the steps of {epochs} of all images, whatever is kept"
    return f"{epochs} of what is kept"


def study_choices(files: RunFiles) -> list[ChosenStudy]:
    """Return the studies of a run, one a score that it has windows of; the largest first."""
    found = []
    for study in list_studies(files):
        stamp = study_stamp(study)
        members = study.members()
        scores = [str(each["point"]["score"]) for each in members if each["point"]["rule"] in WINDOW_RULES]
        names = dict.fromkeys(scores) if scores else (DEFAULT_SCORE,)
        found += [ChosenStudy(study, score, stamp) for score in sorted(names, key=lambda s: -scores.count(s))]
    return found


def study_stamp(study: Study) -> str:
    """Return a text that changes whenever a retraining of the run is asked for or done."""
    folder = study.files.folder / "retrain"
    places = [study.folder / "members", *folder.glob("*"), *folder.glob("*/clock")]
    times = [place.stat().st_mtime_ns for place in places if place.exists()]
    return f"{len(times)}-{max(times, default=0)}"


def chosen_study(choices: list[ChosenStudy]) -> ChosenStudy | None:
    """Return the study that the address names, else the largest; None where there is none."""
    asked = state.query(STUDY) or ""
    return next((each for each in choices if each.name == asked), choices[0] if choices else None)


@dataclass(frozen=True)
class Findings:
    """What a study found on the order of one score; accuracies are of ``split``."""

    every: pd.DataFrame = field(repr=False)  # all retrainings of the study
    retrainings: pd.DataFrame = field(repr=False)  # on this order, and what reads none
    split: str | None  # validation, test where nothing was validated, None before the first
    measured: Measured
    everything: Mean | None  # all data
    controls: list[tuple[float, Mean]]  # random: keep fraction and accuracy, the smallest first
    seconds: float | None  # a retraining

    @property
    def seed_deviation(self) -> float | None:
        """Return how far seeds scatter, pooled over the windows; None where none has two."""
        return self.measured.seed_deviation if (self.measured.num_seeds > 1).any() else None

    def error_of(self, mean: Mean) -> float | None:
        """Return the standard error of a mean over seeds, from all windows where it has one seed."""
        if np.isfinite(mean.standard_error):
            return float(mean.standard_error)
        return None if self.seed_deviation is None else float(self.seed_deviation / np.sqrt(mean.num_seeds))

    @property
    def num_windows(self) -> int:
        """Return how many windows were measured; all data is none of them."""
        return self.measured.num_windows

    @property
    def is_measured(self) -> bool:
        """Return whether there is anything to draw: a window, or a control."""
        return bool(len(self.measured.accuracy) or self.controls)

    @property
    def keep_fractions(self) -> list[float]:
        """Return the keep fractions below 1 that windows were measured at."""
        return sorted({round(float(each), 6) for each in self.measured.windows[:, 0] if each < 1})

    @property
    def is_predicted(self) -> bool:
        """Return whether enough was measured for a prediction."""
        return self.num_windows >= FEWEST

    def measured_mean(self, keep: float, offset: float) -> Mean | None:
        """Return the accuracy of a window that was measured; None where it was not.

        Its standard error is from how far seeds scatter at all windows: two seeds alone hardly tell.
        """
        at, measured = self._row_of(keep, offset), self.measured
        if at is None:
            return None
        spread = np.nan if self.seed_deviation is None else self.seed_deviation
        num = int(measured.num_seeds[at])
        return Mean(float(measured.accuracy[at]), float(spread / np.sqrt(num)), num)

    def own_mean(self, keep: float, offset: float) -> Mean | None:
        """Return the same with the standard error of its own seeds, as tables and figures tell it."""
        at, measured = self._row_of(keep, offset), self.measured
        if at is None:
            return None
        return Mean(float(measured.accuracy[at]), float(measured.own_errors[at]), int(measured.num_seeds[at]))

    def _row_of(self, keep: float, offset: float) -> int | None:
        is_it = (np.abs(self.measured.windows - (keep, offset)) < 1e-6).all(axis=1)
        return int(is_it.argmax()) if is_it.any() else None


def findings(retrainings: pd.DataFrame, score: str) -> Findings:
    """Return what a RETRAININGS table says on the order of ``score``."""
    frame = by_score(retrainings, score)
    split = split_of(frame)
    name = split or "validation"
    return Findings(
        every=retrainings,
        retrainings=frame,
        split=split,
        measured=measured_windows(frame, split=name),
        everything=all_data(frame, name),
        controls=random_controls(frame, name),
        seconds=seconds_each(retrainings),
    )


def read_findings(chosen: ChosenStudy) -> Findings:
    """Return what the chosen study found."""
    run_id = chosen.study.files.run_id
    return _read(
        chosen.study, state.workspace_root(), run_id, chosen.study.study_id, chosen.stamp, chosen.score
    )


@st.cache_resource(max_entries=_KEPT, ttl=_SECONDS, show_spinner=False)
def _read(_study: Study, root: Path, run_id: str, study_id: str, stamp: str, score: str) -> Findings:
    del root, run_id, study_id, stamp
    return findings(_study.retrainings(), score)


def ranked_scores(scores: pd.DataFrame) -> list[str]:
    """Return the scores that every training image has, so that windows can lie on their order."""
    train = scores[scores["split"] == "train"]
    names = [str(name).removesuffix("_percentile") for name in scores if str(name).endswith("_percentile")]
    return [name for name in names if name in train and train[name].notna().all()]


def score_to_begin(opened: OpenedRun, ranked: list[str]) -> str | None:
    """Return the score for a first study: the page's, EL2N, or any that all training images have."""
    wanted = [each for each in (opened.score, DEFAULT_SCORE) if each in ranked]
    return wanted[0] if wanted else (ranked[0] if ranked else None)


def num_windows_of(frame: pd.DataFrame) -> int:
    """Return how many different windows on the labels of the run were retrained on."""
    rows = plain_rows(frame)
    return int(rows[rows["rule"].isin(WINDOW_RULES)]["point_id"].nunique())
