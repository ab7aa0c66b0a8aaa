"""Figures as PNG: every figure of a run is drawn, at its size, and letters stay letters."""

from io import BytesIO

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from PIL import Image

from datadiet.errors import DataError
from datadiet.export.dynamics_figures import barrier_figure, path_figure, velocity_figure
from datadiet.export.figure_look import PaperLook, framed
from datadiet.export.relation_figures import agreement_figure, density_figure, settling_figure
from datadiet.export.still_figures import still
from datadiet.scores.settling import density

LOOK = PaperLook()


def picture(figure, title="A title"):
    return Image.open(BytesIO(still(figure, title, LOOK)))


def has_color(image, color):
    wanted = [int(color[place : place + 2], 16) for place in (1, 3, 5)]
    return bool((np.asarray(image.convert("RGB")) == wanted).all(axis=2).any())


def velocity_means():
    rows = [
        {"group": group, "percentile": 0.1 + 0.4 * group, "epoch": epoch, "velocity": 0.1 * group,
         "standard_error": 0.01, "num_seeds": 3, "flipped_fraction": 0.2 * group}
        for epoch in (0, 5) for group in range(3)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def settled():
    rows = [
        {"score": "el2n", "epoch": epoch, "other": 4, "spearman": epoch / 4, "seed_error": 0.02}
        for epoch in (1, 2, 4)
    ]
    return pd.DataFrame(rows)


def sets(column, value):
    rows = [
        {"examples": name, column: at, value: 0.1 * at, "standard_error": 0.01, "spawn_epoch": at}
        for name in ("hardest", "random", "easiest", "test") for at in (0, 1, 2)
    ]  # fmt: skip
    return pd.DataFrame(rows)


FIGURES = {
    "velocity": lambda: velocity_figure(velocity_means(), 5, LOOK),
    "barriers": lambda: barrier_figure(sets("spawn_epoch", "barrier"), LOOK, chosen=1),
    "paths": lambda: path_figure(sets("alpha", "error").assign(spawn_epoch=0), 0, LOOK),
    "density": lambda: density_figure(
        density(np.linspace(0, 1, 50), np.arange(50.0)), "EL2N", "events", LOOK
    ),
    "settling": lambda: settling_figure(settled(), LOOK),
    "agreement": lambda: agreement_figure(
        pd.DataFrame([
            {"score": one, "other": two, "spearman": 1.0 if one == two else -0.2}
            for one in ("el2n", "random")
            for two in ("el2n", "random")
        ]),
        LOOK,
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_at_twice_its_size_on_a_light_ground(name):
    figure = FIGURES[name]()
    found = picture(figure)
    assert found.size == (1600, 2 * (figure.layout.height + 48))
    assert found.convert("RGB").getpixel((1599, 0)) == (255, 255, 255)
    assert len(still(figure, "A title", LOOK)) < 200_000


def test_the_same_figure_gives_the_same_bytes():
    assert still(FIGURES["velocity"](), "t", LOOK) == still(FIGURES["velocity"](), "t", LOOK)


def test_lines_bars_and_flips_have_their_colours():
    found = picture(FIGURES["velocity"]())
    assert has_color(found, LOOK.primary)
    assert has_color(found, LOOK.planted)


def test_a_name_is_letters_and_no_formula():
    figure = framed(go.Figure(go.Scatter(x=[0, 1], y=[0, 1], name="$\\frac{1}{$")), LOOK)
    assert picture(figure, r"$\frac{$ \badmacro").size[0] == 1600


def test_a_kind_that_cannot_be_drawn_is_refused():
    with pytest.raises(DataError, match="pie"):
        still(framed(go.Figure(go.Pie(values=[1, 2])), LOOK), "t", LOOK)
