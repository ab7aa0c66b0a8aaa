"""A run in words: reliability, selections, weak models, the next command."""

import math

import pandas as pd
import pytest

from datadiet.pipeline.ensemble import MeanAndError
from datadiet.pipeline.run_text import reliability_lines, run_text, weak_sentence, workspace_option

NOTHING = MeanAndError(math.nan, math.nan, 0)


def test_scores_selections_and_the_next_command_are_named(own, monkeypatch):
    selection = own.select("window", score="el2n", keep_fraction=0.5, window_offset=0.25)
    text = run_text(own)
    assert "Scores: el2n, " in text
    assert f"Selection {selection.selection_id}: {len(selection.example_ids)} images, window of 50 %" in text
    place = own.files.workspace.root
    assert f"--workspace {place}" in text.splitlines()[-1]
    assert f"--workspace {place}" in selection.text()
    monkeypatch.setenv("DATADIET_WORKSPACE", str(place))
    assert "--workspace" not in run_text(own)
    assert workspace_option(own.files.workspace) == ""


def test_more_seeds_are_spoken_of_where_they_would_help():
    rows = {
        "score": ["el2n", "margin"],
        "num_seeds": [3, 3],
        "split_half": [0.75, 0.97],
        "seeds_for_90": [9, 1],
    }
    lines = reliability_lines(pd.DataFrame(rows))
    assert lines[1].split() == ["el2n", "agreement", "0.75;", "9", "seeds", "would", "reach", "0.90"]
    assert lines[2].split() == ["margin", "agreement", "0.97"]


def test_one_seed_tells_nothing_of_reliability():
    rows = {"score": ["el2n"], "num_seeds": [1], "split_half": [math.nan], "seeds_for_90": [pd.NA]}
    (line,) = reliability_lines(pd.DataFrame(rows))
    assert line == "Scores: el2n. How reliable they are, more seeds can tell."


@pytest.mark.parametrize(
    ("test", "validation", "is_weak"),
    [(0.7, 0.95, True), (0.95, 0.7, False), (math.nan, 0.7, True), (math.nan, math.nan, False)],
)
def test_models_are_weak_by_test_images_else_by_validation(test, validation, is_weak):
    sentence = weak_sentence(MeanAndError(test, 0.01, 3), MeanAndError(validation, 0.01, 3))
    assert bool(sentence) == is_weak
    assert is_weak == ("70.0 % of held-out images" in sentence)


def test_a_selection_that_cannot_be_read_is_told_and_the_others_are_listed(own):
    stored = [own.select("random", keep_fraction=keep) for keep in (0.4, 0.5, 0.6)]
    folders = [own.files.workspace.selection_dir(own.run_id, each.selection_id) for each in stored]
    (folders[0] / "checksums.json").unlink()
    (folders[1] / "selection.json").write_text("{}")
    lines = run_text(own).splitlines()
    assert sum(line.startswith("Selection ") for line in lines) == 1
    told = [line for line in lines if line.startswith("Not listed: ")]
    assert [stored[n].selection_id in "".join(told) for n in range(3)] == [True, True, False]
    assert own.headline()["selections"] == [stored[2].selection_id]
    assert len(own.headline()["problems"]) == 2
