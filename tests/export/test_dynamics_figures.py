"""Figures of dynamics: what is drawn, what a point carries, three lines for each."""

import numpy as np
import pandas as pd
import pytest

from datadiet.export.dynamics_figures import SETS, barrier_figure, path_figure, velocity_figure
from datadiet.export.figure_look import PaperLook
from datadiet.export.figure_words import WORDS
from datadiet.export.relation_figures import agreement_figure, density_figure, settling_figure
from datadiet.scores.reliability import agreement
from datadiet.scores.settling import density, settling

LOOK = PaperLook()


def velocity(flips=0.5):
    return pd.DataFrame([
        {"group": group, "percentile": group / 2, "epoch": epoch, "velocity": 0.1 * group + 0.01 * epoch,
         "standard_error": np.nan, "num_seeds": 1, "flipped_fraction": flips * group}
        for epoch in (0, 3) for group in range(3)
    ])  # fmt: skip


def sets(value, **columns):
    rows = [{"examples": name, value: 0.1, "standard_error": 0.01, "num_seeds": 3} for name in SETS]
    return pd.DataFrame([
        {**row, key: each} for row in rows for key, all_ in columns.items() for each in all_
    ])


def test_the_epoch_in_front_is_drawn_last_with_its_groups_to_click():
    figure = velocity_figure(velocity(), 0, LOOK)
    lines = [trace for trace in figure.data if trace.type == "scatter"]
    assert [line.name for line in lines] == ["epoch 3", "epoch 0"]
    assert lines[-1].customdata.tolist() == [0, 1, 2]
    assert list(lines[-1].error_y.array) == [0, 0, 0]


def test_flips_have_a_panel_of_their_own_only_where_there_are_any():
    assert [trace.type for trace in velocity_figure(velocity(), 3, LOOK).data].count("bar") == 1
    assert [trace.type for trace in velocity_figure(velocity(flips=0), 3, LOOK).data].count("bar") == 0


def test_two_runs_can_share_an_axis():
    assert velocity_figure(velocity(), 3, LOOK, top=0.5).layout.yaxis.range == (0, 0.53)


def test_every_set_is_a_line_told_apart_by_more_than_color():
    paths = sets("error", alpha=[0.0, 0.5, 1.0]).assign(spawn_epoch=4)
    barriers = sets("barrier", spawn_epoch=[0, 4])
    for figure in (path_figure(paths, 4, LOOK), barrier_figure(barriers, LOOK, chosen=4)):
        assert len({trace.marker.symbol for trace in figure.data}) == len(SETS)
        assert len({trace.line.dash for trace in figure.data}) == len(SETS)
        assert {trace.customdata[0] for trace in figure.data} == set(SETS)
    assert len(path_figure(paths, 5, LOOK).data) == 0
    assert barrier_figure(barriers, LOOK).layout.xaxis.tickvals == (0, 4)


def test_circles_of_the_density_grow_with_their_number():
    found = density(np.array([0.0, 0.0, 0.0, 1.0]), np.array([0.0, 0.0, 0.0, 5.0]))
    [circles] = density_figure(found, "EL2N", "forgetting events", LOOK).data
    assert circles.marker.size[0] > circles.marker.size[1]
    assert circles.text[0] == "3 images"
    assert len(density_figure(density(np.full(2, np.nan), np.ones(2)), "EL2N", "x", LOOK).data[0].x) == 0


def test_the_matrix_has_every_pair():
    table = agreement({"el2n": np.arange(5.0), "margin": -np.arange(5.0)})
    matrix, numbers = agreement_figure(table, LOOK).data
    assert np.asarray(matrix.z).tolist() == [[1, 1], [1, 1]]
    assert set(numbers.text) == {"1.00"}
    assert set(numbers.textfont.color) == {LOOK.ground}  # on cells of full colour
    assert list(matrix.x) == ["EL2N", "margin (AUM)"]


def test_a_score_ends_at_full_agreement_with_itself():
    values = {epoch: np.random.default_rng(epoch).random((2, 50)) for epoch in (1, 4)}
    [line] = settling_figure(settling("el2n", values), LOOK).data
    assert list(line.x) == [1, 4]
    assert line.y[-1] == pytest.approx(1)


@pytest.mark.parametrize("name", WORDS)
def test_each_figure_has_three_lines_and_the_last_is_what_is_known(name):
    lines = WORDS[name]
    assert len(lines) == 3
    assert "paper" in lines[2] or "known" in lines[2]
