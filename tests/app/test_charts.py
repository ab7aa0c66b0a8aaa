"""Charts from tables, without a screen."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from app.charts import accuracy_lines, drawn_scores, precision_depth, score_histogram
from app.palette import DARK, LIGHT


@pytest.fixture
def scores():
    value = np.linspace(0.0, 1.4, 200)
    flipped = value > 1.3
    return pd.DataFrame({
        "split": ["train"] * 190 + ["test"] * 10,
        "is_flipped": flipped,
        "el2n": np.where(value < 0.1, np.nan, value),
    })


def test_the_histogram_counts_every_scored_training_image_once(scores):
    figure = score_histogram(scores, "el2n", LIGHT)
    train = scores[(scores["split"] == "train") & scores["el2n"].notna()]
    assert sum(int(np.sum(bar.y)) for bar in figure.data) == len(train)
    assert int(np.sum(figure.data[1].y)) == int(train["is_flipped"].sum())


def test_flips_are_told_apart_by_a_pattern_and_words_not_by_color_alone(scores):
    figure = score_histogram(scores, "el2n", LIGHT)
    assert figure.data[1].marker.pattern.shape == "/"
    assert any("◆" in note.text for note in figure.layout.annotations)


def test_without_flips_there_is_one_panel(scores):
    assert len(score_histogram(scores.assign(is_flipped=False), "el2n", DARK).data) == 1


def test_each_seed_has_a_line_on_validation_and_one_on_training():
    history = pd.DataFrame({
        "seed": [0, 0, 1, 1],
        "epoch": [1, 2, 1, 2],
        "train_accuracy": 0.5,
        "validation_accuracy": [0.6, 0.7, 0.5, 0.8],
    })
    figure = accuracy_lines(history, LIGHT)
    assert len(figure.data) == 4
    assert sum(bool(line.showlegend) for line in figure.data) == 2


def test_without_validation_only_training_is_drawn():
    history = pd.DataFrame({"seed": [0], "epoch": [1], "train_accuracy": 0.5, "validation_accuracy": np.nan})
    assert len(accuracy_lines(history, LIGHT).data) == 1


def test_precision_draws_the_named_scores_first_and_the_control_last():
    groups = {
        name: pd.DataFrame({"precision": [value]})
        for name, value in {"random": 0.1, "margin": 0.9, "el2n": 0.5, "mislabel_score": 0.8}.items()
    }
    assert drawn_scores(groups, ["mislabel_score", "el2n"]) == ["mislabel_score", "el2n", "margin", "random"]


def test_precision_stops_at_three_times_the_wrong_labels():
    depth = np.arange(1, 101)
    truth = pd.DataFrame({
        "score": "el2n",
        "depth": depth,
        "precision": 10 / np.maximum(depth, 10),
        "recall": np.minimum(depth, 10) / 10,
    })
    assert precision_depth(truth, ["el2n"], LIGHT).data[0].x.max() == 30


def test_every_score_is_drawn_and_a_few_are_named():
    depth = np.arange(1, 11)
    names = ["random", "el2n", "margin", "grand", "forgetting", "confidence", "mislabel_score"]
    truth = pd.concat([
        pd.DataFrame({"score": name, "depth": depth, "precision": 0.5 - place / 20, "recall": depth / 10})
        for place, name in enumerate(names)
    ])
    figure = precision_depth(truth, ["mislabel_score"], LIGHT)
    assert len(figure.data) == len(names)
    assert sum(bool(line.showlegend) for line in figure.data) == 5
    assert figure.data[-1].name == "random"
    assert all(line.name in line.hovertemplate for line in figure.data)


def test_r20_names_of_scores_in_a_chart_are_text():
    truth = pd.DataFrame({"score": "<b>$x$", "depth": [1, 2], "precision": 1.0, "recall": [0.5, 1.0]})
    figure = precision_depth(truth, ["<b>$x$"], LIGHT)
    assert "<b>" not in figure.to_json().replace("\\u003c", "<")


def test_charts_never_import_streamlit():
    code = "import sys, app.charts; sys.exit('streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
