"""A button in the primary colour can be read in both themes."""

import re

import pytest

from app import state
from app.palette import DARK, LIGHT


def luminance(color):
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, two):
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK])
def test_its_text_has_contrast(monkeypatch, colors):
    monkeypatch.setattr(state, "theme_colors", lambda: colors)
    label = state.primary("Go on", ":material/play_arrow:")["label"]
    named = re.search(r'foreground="(#\w{6})"', label)
    assert contrast(named[1] if named else "#FFFFFF", colors.primary) >= 4.5
    assert "Go on" in label


def test_a_button_that_is_off_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(state, "theme_colors", lambda: DARK)
    assert state.primary("Go on", is_on=False)["label"] == "Go on"
