"""What the image grid sends: sheets of pictures and text, for any question from the browser."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from app.components.image_grid.grid import SHEET_SIZE, GridLook, Tile, TileSource, grid_message
from app.components.image_grid.sheets import draw_sheet
from app.components.image_grid.wire import pack_message, wanted_sheets

LOOK = GridLook("Pictures", "#8A2D7A")


def encoded(pixels, kind="PNG"):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def unpacked(message):
    length = int.from_bytes(message[:4], "little")
    header = json.loads(message[4 : 4 + length])
    blobs, start = [], 4 + length
    for size in header["blobs"]:
        blobs.append(message[start : start + size])
        start += size
    assert start == len(message)
    return header, blobs


@pytest.fixture
def source():
    def thumbnail(number):
        return encoded(np.full((8, 8), number % 250, np.uint8))

    return TileSource(
        "v1",
        150,
        lambda part: [Tile(i, f"c{i}", "") for i in range(*part.indices(150))],
        lambda ids: [thumbnail(number) for number in ids],
    )


def test_each_picture_lies_where_the_sheet_says():
    pictures = [np.full((8, 6), 10 * i, np.uint8) for i in range(13)]
    sheet = draw_sheet([encoded(picture) for picture in pictures])
    drawn = np.asarray(Image.open(io.BytesIO(sheet.data)))
    for picture, (left, top, width, height) in zip(pictures, sheet.places, strict=True):
        assert np.array_equal(drawn[top : top + height, left : left + width], picture)


def test_small_pictures_are_kept_without_loss_and_large_ones_made_smaller():
    small, large = np.zeros((8, 8, 3), np.uint8), np.zeros((400, 300, 3), np.uint8)
    assert draw_sheet([encoded(small)]).is_small
    assert draw_sheet([encoded(large)]).places[0] == (0, 0, 144, 192)


def test_no_metadata_of_a_thumbnail_travels():
    image, buffer = Image.new("RGB", (64, 64)), io.BytesIO()
    exif = image.getexif()
    exif[0x010E] = "secret place"
    image.save(buffer, "JPEG", exif=exif)
    assert b"secret place" in buffer.getvalue()
    assert b"secret place" not in draw_sheet([buffer.getvalue()]).data


def test_a_message_without_a_question_holds_the_first_two_sheets(source):
    header, blobs = unpacked(grid_message(source, LOOK, None))
    assert [sheet["number"] for sheet in header["sheets"]] == [0, 1]
    assert len(blobs) == 2
    assert len(header["sheets"][0]["tiles"]) == SHEET_SIZE


def test_the_last_sheet_holds_what_is_left(source):
    header, _ = unpacked(grid_message(source, LOOK, {"wanted": {"sheets": [2], "turn": 7}}))
    assert [tile["example_id"] for tile in header["sheets"][0]["tiles"]] == list(range(120, 150))
    assert header["turn"] == "7"


@pytest.mark.parametrize(
    "asked",
    [None, [], "0", {"a": 1}, [True], [1.0], [-1], [10**30], ["../x"], [None], [3, 4, 99]],
)
def test_whatever_the_browser_asks_only_known_sheets_come(asked):
    assert wanted_sheets(asked, 3, most=4) == [0, 1]


def test_at_most_so_many_sheets_come_at_once():
    assert wanted_sheets(list(range(100)), 100, most=4) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "state", [{"wanted": 3}, {"wanted": [1]}, {"wanted": {"sheets": "x", "turn": "y" * 999}}]
)
def test_a_state_of_another_shape_is_no_question(source, state):
    header, _ = unpacked(grid_message(source, LOOK, state))
    assert [sheet["number"] for sheet in header["sheets"]] == [0, 1]
    assert len(header["turn"]) <= 20


def test_r20_text_survives_the_message_letter_by_letter():
    text = '\u202e<b>&"\\\n\ud800😀'
    assert unpacked(pack_message({"caption": text}, []))[0]["caption"] == text
