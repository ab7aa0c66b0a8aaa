"""Text from the data on its way to the screen."""

import pytest

from app.text import plain, plain_name, plain_plotly
from tests.export.hostile import HOSTILE


@pytest.mark.parametrize("name", HOSTILE)
def test_r20_plain_text_has_no_sign_that_markdown_reads(name):
    shown = plain(name)
    unescaped = shown.replace("\\\\", "").split("\\")
    rest = unescaped[0] + "".join(part[1:] for part in unescaped[1:])
    assert not set(rest) & set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\n\r\t")


@pytest.mark.parametrize("name", HOSTILE)
def test_r20_taking_the_backslashes_away_gives_the_visible_text_back(name):
    shown, letters = plain(name).replace("\u2060", ""), []
    i = 0
    while i < len(shown):
        i += shown[i] == "\\"
        letters.append(shown[i])
        i += 1
    assert "".join(letters) == plain_name(name)


@pytest.mark.parametrize("name", HOSTILE)
def test_r20_chart_text_has_no_tag_and_no_formula(name):
    shown = plain_plotly(name)
    assert "<" not in shown
    assert "$" not in shown


def test_bad_input_36_a_direction_override_is_written_out():
    assert plain_name("\u202egnp.exe") == "\\u202egnp.exe"
