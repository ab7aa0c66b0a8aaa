"""Retrainings as figures, and the page that holds figures: nothing of a name becomes markup."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from datadiet.export.figure_look import PaperLook
from datadiet.export.figures_page import Finding, figures_page
from datadiet.export.study_figures import (
    curriculum_figure,
    curriculum_table,
    curve_figure,
    curve_table,
    window_figure,
    window_table,
)
from datadiet.frames.study import RETRAININGS

LOOK = PaperLook()


def retrainings():
    rows = []
    for rule, score, keep, offset in (
        ("all", "", 1.0, 0.0), ("random", "", 0.5, 0.0), ("hardest", "el2n", 0.5, 0.0),
        ("hardest", "input_norm", 0.5, 0.0), ("window", "el2n", 0.4, 0.0), ("window", "el2n", 0.4, 0.6),
    ):  # fmt: skip
        for seed in (0, 1):
            rows.append({
                "point_id": f"{rule}{score}{keep}{offset}", "rule": rule, "score": score,
                "keep_fraction": keep, "window_offset": offset, "quota": "none", "quota_by": "class",
                "drop_suspects": False, "labels": "trained", "order": "",
                "seed": seed, "retrain_id": "x", "num_kept": int(100 * keep), "num_steps": 10,
                "validation_accuracy": 0.5 + 0.1 * seed, "test_accuracy": np.nan, "worst_class": 0,
                "worst_class_accuracy": 0.1, "flips_kept_fraction": 0.0, "suspects_kept_fraction": 0.0,
                "train_seconds": 1.0,
            })  # fmt: skip
    return RETRAININGS.from_rows(rows)


def test_every_score_that_pruned_is_a_line_and_all_data_a_level():
    table = curve_table(retrainings())
    assert sorted(set(table["line"])) == ["all", "hardest by EL2N", "hardest by input norm", "random"]
    assert table["accuracy"].round(6).eq(0.55).all()
    figure = curve_figure(table, LOOK)
    assert len(figure.data) == 3
    assert len(figure.layout.shapes) == 1


def test_windows_of_a_size_are_a_line_along_their_offset():
    table = window_table(retrainings())
    [line] = window_figure(table, LOOK).data
    assert list(line.x) == [0.0, 0.6]
    assert line.name == "keep 40 % by EL2N"


def test_without_a_retraining_there_is_no_line():
    nothing = RETRAININGS.empty()
    assert curve_table(nothing).empty
    assert window_table(nothing).empty


def test_r20_names_are_text_on_the_page():
    finding = Finding("velocity", "<b>t</b>", go.Figure(), pd.DataFrame(), ("<i>said</i>",))
    page = figures_page("<script>alert(1)</script>", "a\u202eb", [finding], ["<img src=x>"]).decode()
    head = page.partition("<style>")[0]
    assert "<title>&lt;script&gt;" in head
    for markup in ("<b>t", "<i>said", "<img src", "\u202e"):
        assert markup not in page
    assert "&lt;i&gt;said" in page
    assert page.count("<h2>") == 2


def test_the_page_asks_for_nothing_from_elsewhere():
    page = figures_page("t", "c", [Finding("paths", "p", go.Figure(), pd.DataFrame())], []).decode()
    assert "<script src" not in page
    assert "<link" not in page
    assert "Not drawn yet" not in page


def test_curricula_stand_beside_shuffled_and_a_study_without_any_has_no_figure():
    frame = retrainings()
    assert curriculum_table(frame).empty
    paced = frame[frame["rule"] == "all"].assign(rule="curriculum", order="easiest-first:4", score="el2n")
    found = curriculum_table(pd.concat([frame, paced.assign(point_id="paced")], ignore_index=True))
    assert found["curriculum"].tolist() == ["shuffled", "easiest first in 4 stages, by EL2N"]
    figure = curriculum_figure(found, LOOK)
    assert [len(trace.x) for trace in figure.data] == [1, 1]
