"""The surface on a grid without empty corners."""

import numpy as np
import pytest
from study_rows import hill_study

from datadiet.study.grid import surface_grid
from datadiet.study.surface import fit_surface, measured_windows


@pytest.fixture(scope="module")
def surface():
    return fit_surface(measured_windows(hill_study()))


def test_every_node_is_a_window_that_fits(surface):
    grid = surface_grid(surface, 10, 11)
    assert grid.accuracy.shape == grid.is_trusted.shape == (10, 11)
    ends = grid.window_offsets + grid.keep_fractions[:, None]
    assert ends.max() <= 1.0 + 1e-12
    assert np.allclose(ends[:, -1], 1.0)
    assert grid.keep_fractions[-1] == pytest.approx(1.0)


def test_nodes_say_what_the_surface_says(surface):
    grid = surface_grid(surface, 10, 11)
    windows = np.array([[grid.keep_fractions[3], grid.window_offsets[3, 5]]])
    (expected,) = surface.predict(windows)["accuracy"]
    assert grid.accuracy[3, 5] == pytest.approx(expected, abs=1e-6)


def test_a_measured_window_is_trusted_and_a_size_far_from_all_is_not(surface):
    grid = surface_grid(surface)
    assert grid.is_trusted[39, 33]  # keep 40 % from 0.2
    assert not grid.is_trusted[0].all()
