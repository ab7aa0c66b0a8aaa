"""The compare page: what is drawn, coloured and picked, and what it says where something is missing."""

from __future__ import annotations

import base64
import json
import shutil
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest

from app.compare.coloring import CLASS, DECISION, FLIPPED, NUM_SHADES, color_by
from app.compare.places import agreement_sentence, axis_title, cartography_places, score_places
from app.components.scatter import Axes, Card, Cloud, Legend, Look, picked_rows, scatter_message
from app.palette import DARK, LIGHT
from tests.app.conftest import words_on

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def header_of(message):
    return json.loads(message[4 : 4 + int.from_bytes(message[:4], "little")])


def cloud_header(page):
    messages = [each.proto.bytes for each in page.get("bidi_component")]
    headers = [header_of(message) for message in messages if message]
    return next(header for header in headers if "placeVersion" in header)


def scores_table(num=20):
    ranks = np.linspace(0, 1, num)
    return pd.DataFrame({
        "example_id": range(num), "split": "train", "label": np.arange(num) % 3,
        "is_flipped": np.arange(num) == 4,
        "decision": ["keep", "drop", *[""] * (num - 2)],
        "el2n": ranks, "el2n_percentile": ranks, "margin": -ranks, "margin_percentile": ranks,
    })  # fmt: skip


def cloud(num=10):
    places = np.stack([np.arange(num), np.arange(num)], axis=1).astype(np.float32)
    places[3] = np.nan
    looks, legend = [Look("#000000"), Look("#FFFFFF", "square")], Legend("kind", [("all", 0), ("none", 1)])
    ids, codes = np.arange(num, dtype=np.int32) * 2, np.zeros(num, np.uint8)
    return Cloud("p", "c", ids, places, codes, looks, legend, Axes("x", "y"))


def message(state, card=None):
    found = card or (lambda _: pytest.fail("no card was asked for"))
    picked = np.array([1, 9])
    return header_of(scatter_message(cloud(), LIGHT, state, picked=picked, label="points", card=found))


def test_points_are_sent_once_and_again_where_the_browser_has_others():
    first = message(None)
    assert first["hasPoints"]
    assert first["blobs"] == [40, 80, 10]
    assert not message({"asked": {"version": first["version"]}})["hasPoints"]
    assert message({"asked": {"version": "p/another colour"}})["hasPoints"]


def test_the_legend_counts_what_is_drawn_and_leaves_out_what_is_not_there():
    assert [(each["label"], each["num"]) for each in message(None)["legend"]] == [("all", 9)]
    assert message(None)["numDrawn"] == 9


@pytest.mark.parametrize("asked", [7, "4", None, 1e9, [4], {"a": 1}])
def test_a_card_is_given_for_an_example_of_the_cloud_alone(asked):
    assert message({"asked": {"example": asked}})["card"] is None


def test_the_card_says_what_is_pointed_at(digits_workspace):
    from datadiet.pipeline.run import open_run

    thumbnail = open_run("short digits", workspace=digits_workspace).files.images.thumbnail(0)
    found = message({"asked": {"example": 4}}, lambda each: Card(f"number {each}", [("a", "b")], thumbnail))
    assert found["card"]["caption"] == "number 4"
    assert found["card"]["place"] == [0, 0, 8, 8]


def mask(rows, num=10):
    bits = np.zeros(num, np.uint8)
    bits[rows] = 1
    return base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode()


def test_what_is_picked_comes_up_as_bits():
    assert picked_rows(cloud(), {"picked": {"version": "p", "mask": mask([0, 9])}}).tolist() == [0, 9]


@pytest.mark.parametrize(
    "state",
    [None, {}, {"picked": "x"}, {"picked": {"version": "other", "mask": mask([1])}},
     {"picked": {"version": "p", "mask": "§"}}, {"picked": {"version": "p", "mask": "AAAA"}}],
)  # fmt: skip
def test_nothing_is_picked_by_what_is_no_choice_of_these_points(state):
    assert picked_rows(cloud(), state).size == 0


def test_ten_classes_have_ten_looks_and_a_class_can_stand_alone():
    names = [str(number) for number in range(10)]
    table = scores_table().assign(label=np.arange(20) % 10)
    every = color_by(CLASS, table, names, LIGHT, focus=None)
    assert len({(look.color, look.shape) for look in every.looks}) == 10
    alone = color_by(CLASS, table, names, LIGHT, focus=4)
    assert alone.codes.tolist() == [int(label == 4) for label in table["label"]]
    assert alone.looks[1].is_on_top


def test_decisions_carry_their_signs_and_shapes_so_that_color_is_not_alone():
    found = color_by(DECISION, scores_table(), ["a", "b", "c"], LIGHT, focus=None)
    texts = [text for text, _ in found.legend.entries]
    assert {"✓ keep", "✕ drop", "? unsure"} <= set(texts)
    decided = found.looks[1:]
    assert len({(look.color, look.shape) for look in decided}) == len(decided)


def test_flips_are_diamonds_on_top():
    found = color_by(FLIPPED, scores_table(), ["a", "b", "c"], LIGHT, focus=None)
    assert found.codes.sum() == 1
    assert (found.looks[1].shape, found.looks[1].is_on_top) == ("diamond", True)


def test_hard_images_are_dark_on_light_and_light_on_dark_and_missing_ones_apart():
    table = scores_table()
    table.loc[0, "el2n_percentile"] = np.nan

    def brightness(colors, code):
        color = color_by("el2n", table, ["a", "b", "c"], colors, focus=None).looks[code].color
        return sum(int(color[place : place + 2], 16) for place in (1, 3, 5))

    assert color_by("el2n", table, ["a"], LIGHT, focus=None).codes[0] == NUM_SHADES
    assert brightness(LIGHT, NUM_SHADES - 1) < brightness(LIGHT, 0)
    assert brightness(DARK, NUM_SHADES - 1) > brightness(DARK, 0)


def test_axes_say_which_end_is_hard_and_the_sentence_how_far_scores_agree():
    table = scores_table()
    assert axis_title(table, "el2n") == "EL2N (high = hard)"
    assert axis_title(table, "margin") == "margin (AUM) (low = hard)"
    assert "**1.00**" in agreement_sentence(table, "el2n", "margin")
    assert "Choose two scores" in agreement_sentence(table, "el2n", "el2n")
    assert "Too few" in agreement_sentence(table.head(2), "el2n", "margin")


def test_how_many_images_lack_a_score_is_said_where_some_do():
    scores = scores_table()
    assert "not shown" not in score_places(scores, "el2n", "margin").sentence
    scores.loc[[1, 2], "el2n"] = np.nan
    told = score_places(scores, "el2n", "margin").sentence
    assert "2 images lack a score and are not shown." in told


def test_the_regions_of_cartography_lie_among_the_points_whatever_their_extent():
    generator = np.random.default_rng(0)
    table = pd.DataFrame({
        "variability": generator.uniform(0.1, 0.2, 200),
        "confidence": generator.uniform(0.3, 0.6, 200),
    })
    regions = cartography_places(table).axes.regions
    assert [text for *_, text in regions] == ["easy", "hard", "ambiguous"]
    assert all(0.1 <= x <= 0.2 and 0.3 <= y <= 0.6 for x, y, _ in regions)


def test_cartography_without_a_finite_value_still_has_its_axes():
    table = scores_table().assign(variability=np.nan, confidence=np.nan)
    assert "spread" in cartography_places(table).axes.x_title


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("scores", "agree on what is hard"),
        ("cartography", "never believed"),
        ("map", "Principal components"),
    ],
)
def test_each_view_says_how_to_read_it(digits_workspace, open_page, view, said):
    page = open_page(digits_workspace, "compare", view=view)
    assert not page.exception
    assert not page.error
    assert said in words_on(page)
    assert cloud_header(page)["num"] == 1797


@pytest.mark.parametrize(
    "bad", [{"view": "x"}, {"x": "nope", "y": "__class__"}, {"color": "../x"}, {"class": "99"}]
)
def test_bad_values_in_the_address_are_left_out(digits_workspace, open_page, bad):
    page = open_page(digits_workspace, "compare", **bad)
    assert not page.exception
    assert not page.error
    assert cloud_header(page)["hasPoints"]


@pytest.mark.parametrize("parameter", ["x", "y", "score"])
def test_a_score_of_the_address_that_the_run_lacks_is_said(digits_workspace, open_page, parameter):
    page = open_page(digits_workspace, "compare", **{parameter: "el2n_step_000007"})
    assert "no score" in page.info[0].value
    assert "Shown instead: " in page.info[0].value
    assert not page.exception


def test_a_run_from_before_maps_offers_to_make_one_and_then_shows_it(digits_workspace, open_page, tmp_path):
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    for folder in root.glob("runs/*/triage/map_*"):
        shutil.rmtree(folder)
    page = open_page(root, "compare", view="map")
    assert "before maps were kept" in page.info[0].value
    next(button for button in page.button if button.label == "Make the map").click().run()
    assert not page.error
    assert "Principal components" in words_on(page)
    assert list(root.glob("runs/*/triage/map_pca_*"))


def test_without_the_scores_of_cartography_the_page_says_what_computes_them(
    digits_workspace, open_page, tmp_path
):
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    for path in root.glob("runs/*/seed_*/scores/confidence_*"):
        path.unlink()
    page = open_page(root, "compare", view="cartography")
    assert not page.exception
    assert "--method confidence" in page.code[0].value


def browse_link(page):
    return next(each.proto for each in page.get("page_link") if "in Browse" in each.proto.label)


def test_picked_images_are_described_and_go_to_browse(digits_workspace, open_page):
    page = open_page(digits_workspace, "compare", view="map")
    header = cloud_header(page)
    link = browse_link(page)
    assert link.disabled
    page.session_state["compare-points"] = {
        "picked": {"version": header["placeVersion"], "mask": mask([0, 1, 2], header["num"])}
    }
    page.run()
    link = browse_link(page)
    assert (link.label, link.disabled) == ("Look at these 3 in Browse", False)
    assert "look wrong" in words_on(page)
    assert parse_qs(link.query_string)["ids"] == ["0,1,2"]


def test_r20_hostile_names_reach_the_points_as_text(hostile_workspace, open_page):
    page = open_page(hostile_workspace, "compare", view="map", color="class")
    assert not page.exception
    labels = " ".join(each["label"] for each in cloud_header(page)["legend"])
    assert "\\u202egnp.exe" in labels
    assert ":red[" not in words_on(page)


def pick(page, rows):
    header = cloud_header(page)
    page.session_state["compare-points"] = {
        "picked": {"version": header["placeVersion"], "mask": mask(rows, header["num"])}
    }
    return page.run()


def test_points_that_are_picked_go_along_with_the_points_alone():
    first = message(None)
    bits = np.unpackbits(np.frombuffer(base64.b64decode(first["picked"]), np.uint8), bitorder="little")
    assert np.flatnonzero(bits).tolist() == [1, 9]
    assert message({"asked": {"version": first["version"]}})["picked"] == ""


@pytest.mark.parametrize("num", [3, 900])
def test_what_is_picked_is_in_the_address_and_picked_again_in_another_session(
    digits_workspace, open_page, tmp_path, num
):
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    page = pick(open_page(root, "compare", view="map"), list(range(num)))
    named = page.query_params["picked"]
    named = named if isinstance(named, str) else named[0]
    assert len(named) < 20
    other = open_page(root, "compare", view="scores", picked=named)
    assert not other.exception
    assert browse_link(other).label == f"Look at these {num} in Browse"
    bits = np.frombuffer(base64.b64decode(cloud_header(other)["picked"]), np.uint8)
    assert np.unpackbits(bits, bitorder="little").sum() == num


def test_picking_none_takes_it_out_of_the_address(digits_workspace, open_page, tmp_path):
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    page = pick(open_page(root, "compare", view="map", picked="1,2"), [])
    assert "picked" not in page.query_params


@pytest.mark.parametrize("asked", ["0000000f", "x", "-1", "1,x", "9" * 40, ",", "1e3"])
def test_an_address_that_names_no_image_picks_none(digits_workspace, open_page, asked):
    page = open_page(digits_workspace, "compare", picked=asked)
    assert not page.exception
    assert not page.error
    assert cloud_header(page)["picked"] == ""


@pytest.mark.parametrize("view", ["scores", "cartography"])
def test_r20_hostile_names_are_text_in_every_view_and_in_what_is_picked(hostile_workspace, open_page, view):
    page = pick(open_page(hostile_workspace, "compare", view=view, color="class"), list(range(190)))
    assert not page.exception
    assert not page.error
    said = words_on(page)
    assert "](http" not in said
    assert ":red[" not in said
    assert "\u202e" not in said
