import io

import pytest
from PIL import Image

from datadiet.export.shown import percent, picture, visible
from tests.export.hostile import HOSTILE


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.isprintable() and name])
def test_printable_names_are_shown_as_they_are(name):
    assert visible(name) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("line\nbreak", "line\\u000abreak"),
        ("caf\udce9", "caf\\udce9"),
        ("\U000e0041", "\\U000e0041"),
        ("", "(empty)"),
    ],
)
def test_characters_that_hide_or_turn_text_are_written_out(name, shown):
    assert visible(name) == shown


def test_emoji_joined_together_stay_together():
    assert visible("👩\u200d🔬") == "👩\u200d🔬"


@pytest.mark.parametrize(
    ("fraction", "text"), [(0.1, "10 %"), (0.004, "0.4 %"), (0, "0 %"), (1, "100 %"), (0.0996, "10 %")]
)
def test_percentages_have_a_decimal_only_where_they_are_small(fraction, text):
    assert percent(fraction) == text


def encoded(mode, size, kind, **options):
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind, **options)
    return buffer.getvalue()


def test_a_picture_is_encoded_anew_without_what_was_hidden_in_it():
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    shown = picture(encoded("RGB", (96, 64), "JPEG", exif=exif))
    assert b"secret" in encoded("RGB", (96, 64), "JPEG", exif=exif)
    assert shown.uri.startswith("data:image/jpeg;base64,")
    assert "c2VjcmV0" not in shown.uri
    assert (shown.width, shown.height, shown.is_small) == (96, 64, False)


def test_a_small_picture_keeps_its_pixels_and_is_enlarged_unsmoothed():
    shown = picture(encoded("L", (8, 8), "PNG"))
    assert shown.uri.startswith("data:image/png;base64,")
    assert shown.is_small


def test_a_large_picture_is_made_smaller():
    assert max(picture(encoded("RGB", (900, 300), "WEBP")).width, 0) == 128
