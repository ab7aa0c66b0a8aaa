"""The order that the brush runs over: ranks, what is known of each image, the images at the edges."""

import re

import numpy as np
import pandas as pd
import pytest

from app.window.edges import edge_groups
from app.window.message import Place
from app.window.ranks import FLIPPED, SETTLED, SUSPECT, ranks_of
from datadiet.errors import DataError
from datadiet.pipeline.run import open_run
from tests.app.window_study import RUN


def scores_table():
    return pd.DataFrame({
        "example_id": [0, 1, 2, 3, 4],
        "split": ["train", "train", "test", "train", "train"],
        "label": [0, 1, 0, 1, 0],
        "is_flipped": [True, False, False, False, False],
        "is_suspect": [True, False, True, False, False],
        "el2n": [0.9, 0.1, 0.0, 0.5, 0.5],
        "margin": [-0.9, 0.1, 0.0, 0.5, 0.5],
    })


def test_ranks_go_from_easy_to_hard_ties_in_order_of_their_ids():
    ranks = ranks_of(scores_table(), "el2n", "run")
    assert ranks.example_ids.tolist() == [1, 3, 4, 0]
    assert ranks.labels.tolist() == [1, 1, 0, 0]
    assert ranks.flags.tolist() == [0, 0, 0, FLIPPED | SUSPECT]


def test_a_high_margin_is_easy():
    assert ranks_of(scores_table(), "margin", "run").example_ids.tolist() == [3, 4, 1, 0]


def test_a_missing_score_is_refused():
    with pytest.raises(DataError, match="missing for 1 of 4"):
        ranks_of(scores_table().assign(el2n=[np.nan, 0.1, 0.2, 0.3, 0.4]), "el2n", "run")


def test_decisions_are_settled_but_for_unsure_ones():
    ranks = ranks_of(scores_table(), "el2n", "run")
    held = pd.DataFrame({"example_id": [3, 4], "decision": ["keep", "unsure"]})
    assert ranks.with_decisions(held).tolist() == [0, SETTLED, 0, FLIPPED | SUSPECT]


@pytest.mark.parametrize(("keep", "offset"), [(0.4, 0.3), (0.001, 0.999), (1.0, 0.0), (0.35, 0.65)])
def test_the_window_counts_as_a_selection_does(studied, keep, offset):
    run = open_run(RUN, workspace=studied)
    ranks = ranks_of(run.scores(), "el2n", "run")
    start, stop = ranks.bounds(keep, offset)
    kept = run.select("window", score="el2n", keep_fraction=keep, window_offset=offset).example_ids
    assert sorted(ranks.example_ids[start:stop].tolist()) == kept


def test_edges_hold_the_nearest_images_first_and_say_where_there_are_none(studied):
    run = open_run(RUN, workspace=studied)
    ranks = ranks_of(run.scores(), "el2n", "run")
    easy, first, last, hard = edge_groups(run.class_names, ranks, Place(0.5, 0.0))
    assert not easy.pictures
    assert easy.empty == "Nothing easier is left out."
    assert [each.example_id for each in first.pictures] == ranks.example_ids[:8].tolist()
    assert last.pictures[0].example_id == ranks.example_ids[646]
    assert hard.pictures[0].example_id == ranks.example_ids[647]


def test_the_warning_counts_classes_by_the_label_trained_on_as_the_bars_do(digits_workspace, open_page):
    score = "el2n_step_000013"
    ranks = ranks_of(open_run(RUN, workspace=digits_workspace).scores(), score, "run")
    start, stop = ranks.bounds(0.6, 0.3)
    kept = np.bincount(ranks.labels[start:stop], minlength=10) / np.bincount(ranks.labels, minlength=10)
    page = open_page(digits_workspace, "window", score=score, keep="0.6", offset="0.3")
    named = re.findall(r"(\d) \((\d+) %\)", page.warning[0].value.replace("\\", ""))
    assert named
    assert named == [(label, f"{100 * kept[int(label)]:.0f}") for label, _ in named]
