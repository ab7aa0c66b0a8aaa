"""The charts of the window page: lines, their bars, the plane of windows with its scale."""

import numpy as np
import pytest

from app.palette import LIGHT
from app.window import charts, plane
from app.window.message import Place
from app.window.reading import findings
from datadiet.study.grid import surface_grid
from datadiet.study.summary import plain_rows
from datadiet.study.surface import fit_surface

pytestmark = pytest.mark.filterwarnings("default")  # of a fit that ends at a bound, as on the page


def test_lines_have_their_controls_and_a_collapsed_window_is_marked_at_the_foot(found):
    figure = charts.offset_chart(found, Place(0.4, 0.28), LIGHT)
    names = [trace.name for trace in figure.data]
    assert names[0] == "20 %"
    assert "random 40 %" in names
    assert "below the axis" in names
    assert any(error > 0 for error in figure.data[0].error_y.array)


def test_the_curve_has_a_line_a_rule_and_the_best_window_of_each_size(found):
    lines = {line.name: line for line in charts.curve_lines(found)}
    assert {"best window", "easiest", "random"} <= set(lines)
    best = lines["best window"].means[1].mean
    assert best == pytest.approx(found.measured.accuracy[np.isclose(found.measured.windows[:, 0], 0.4)].max())


def test_the_surface_marks_the_window_and_hatches_what_is_not_trusted(found):
    grid = surface_grid(fit_surface(found.measured))
    figure = plane.surface_chart(found, grid, Place(0.4, 0.28), LIGHT)
    names = [trace.name for trace in figure.data]
    assert {"striped: not trusted", "measured: click to take it", "this window"} <= set(names)
    assert tuple(figure.data[-1].x) == (0.28,)
    assert list(figure.data[names.index("measured: click to take it")].customdata[0]) == [0.2, 0.0]


def test_the_bars_of_the_lines_are_of_the_own_seeds_as_tables_tell_them(found):
    for line in charts.window_lines(found):
        for mean, (keep, offset) in zip(line.means, line.windows, strict=True):
            rows = plain_rows(found.retrainings).query("rule == 'window'")
            is_it = np.isclose(rows["keep_fraction"], keep) & np.isclose(rows["window_offset"], offset)
            own = rows.loc[is_it, f"{found.split}_accuracy"]
            assert mean.standard_error == pytest.approx(own.std(ddof=1) / np.sqrt(len(own)))


def test_the_scale_is_one_of_discs_and_plane_and_says_where_it_ends(found):
    grid = surface_grid(fit_surface(found.measured))
    traces = plane.surface_chart(found, grid, Place(0.4, 0.28), LIGHT).data
    predicted = next(each for each in traces if each.type == "heatmap")
    discs = next(each for each in traces if each.name == "measured: click to take it")
    assert (predicted.zmin, predicted.zmax) == (discs.marker.cmin, discs.marker.cmax)
    low = f"{100 * predicted.zmin:.1f} % or less"
    assert low in plane.darkest_words(found, grid)


def axes(found, place):
    """Return the ends of both axes of both figures of lines: offset, accuracy, kept images, accuracy."""
    figures = charts.offset_chart(found, place, LIGHT), charts.curve_chart(found, LIGHT)
    return [axis.range for figure in figures for axis in (figure.layout.xaxis, figure.layout.yaxis)]


@pytest.mark.parametrize("rules", [("none",), ("all",), ("random",), ("all", "random"), ("window",)])
def test_axes_of_few_points_or_none_hold_shares_and_the_images_that_there_are(found, rules):
    few = findings(found.every[found.every["rule"].isin(rules)].head(2), "el2n")
    offset, by_offset, kept, by_size = axes(few, Place(0.6, 0.3))
    assert -0.02 <= offset[0] < 0.3 < offset[1] <= 1.0
    assert kept[0] == 0
    for low, high in (by_offset, by_size):
        assert -0.01 < low < high < 1.01
        assert all(low <= mean <= high for mean in few.measured.accuracy)
        assert all(low <= mean.mean <= high for _, mean in few.controls)


@pytest.mark.parametrize("num", [1, 30])
def test_error_bars_past_the_ends_leave_the_axes_within_0_and_100_percent(found, num):
    wide = found.every[found.every["rule"] == "window"].head(2 * num)
    wide = wide.assign(validation_accuracy=wide["seed"].astype(float))  # 0 and 1: as wide as can be
    _, by_offset, _, by_size = axes(findings(wide, "el2n"), Place(0.6, 0.3))
    for low, high in (by_offset, by_size):
        assert -0.01 < low < 0.5 < high < 1.01


def test_the_axis_of_offsets_ends_at_the_last_window(found):
    last = max(found.measured.windows[:, 1])
    assert last < axes(found, Place(0.2, 0.0))[0][1] < last + 0.05
