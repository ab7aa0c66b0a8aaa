from xml.etree import ElementTree

import numpy as np
import pytest

from datadiet.export.charts import Line, axis_over, histogram, lines

SVG = "{*}"


def numbers(element, name):
    return [float(part.get(name)) for part in element]


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.0, 1.0], (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
        ([0.0, 1.37], (0.0, 0.5, 1.0, 1.5)),
        ([3.0, 3.0], (3.0, 3.2)),
        ([np.nan], (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
    ],
)
def test_ticks_are_round_and_enclose_the_values(values, ticks):
    assert axis_over("x", np.array(values)).ticks == pytest.approx(ticks)


def test_bars_are_as_high_as_their_counts_with_the_planted_ones_at_their_foot():
    values = np.repeat([0.1, 0.9], [30, 10])
    marked = np.repeat([False, True], [35, 5])
    chart = ElementTree.fromstring(histogram(values, marked, title="EL2N", num_bins=2))
    whole = numbers(chart.findall(f".//{SVG}rect[@class='bar']"), "height")
    flips = numbers(chart.findall(f".//{SVG}rect[@class='bar-flip']"), "height")
    assert whole[0] / (whole[1] + flips[0]) == pytest.approx(3, rel=0.01)
    assert whole[1] / flips[0] == pytest.approx(1, rel=0.01)


def test_a_histogram_leaves_missing_scores_out():
    chart = str(histogram(np.array([1.0, np.nan]), np.array([False, True]), title="EL2N"))
    assert "nan" not in chart
    assert "bar-flip" not in chart


def test_hostile_text_in_a_chart_is_escaped():
    x = np.array([0.0, 1.0])
    chart = lines(
        [Line("<script>alert(1)</script>", x, x, "line-main")],
        axis_over("x", x),
        axis_over("y", x),
        title='"><b>',
    )
    assert "<script" not in chart
    assert "<b>" not in chart
    ElementTree.fromstring(chart)


def test_names_at_the_right_keep_their_distance_and_stay_inside():
    x = np.array([0.0, 1.0])
    drawn = [Line(f"line {i}", x, np.array([0.5, 0.0]), f"line-{i}") for i in range(6)]
    chart = ElementTree.fromstring(lines(drawn, axis_over("x", x), axis_over("y", x), title="t"))
    heights = [
        float(text.get("y")) for text in chart.findall(f".//{SVG}text") if text.get("class").startswith("end")
    ]
    assert np.diff(heights).min() >= 13.9
    assert max(heights) <= 270 - 42 + 5
