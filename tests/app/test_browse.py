"""Browse under Streamlit's test driver: what the page sends, its address, its empty states."""

import numpy as np
import pytest

from tests.app.browse_wire import column, of_kind, shown
from tests.app.conftest import HOSTILE_CLASSES, words_on

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def test_the_page_sends_all_images_as_columns_once(digits_workspace, open_page):
    page = open_page(digits_workspace, "browse")
    assert not page.exception
    header = shown(page)
    assert len(column(header, "id")) == of_kind(header, "columns")[0]["numRows"] == 1797
    assert of_kind(header, "columns")[0]["classNames"] == [str(digit) for digit in range(10)]
    assert len(of_kind(header, "score")[0]["bytes"][0]) == 4 * 1797


def test_the_first_pictures_come_along_hardest_first(digits_workspace, open_page):
    header = shown(open_page(digits_workspace, "browse", score="margin"))
    (score,) = [part for part in of_kind(header, "score") if part["name"] == "margin"]
    percentile = np.frombuffer(score["bytes"][1], np.float32)
    first = of_kind(header, "sheet")[0]["ids"]
    rows = np.searchsorted(column(header, "id"), first)
    assert percentile[rows].tolist() == sorted(percentile[~np.isnan(percentile)].tolist(), reverse=True)[:60]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "EL2N at step"),
        ({"score": "margin"}, r"margin \(AUM\) at the last step"),
        ({"score": "mislabel_score"}, "mislabel score ·"),
        ({"score": "no such score"}, "EL2N at step"),
    ],
)
def test_the_context_line_names_the_score_that_is_sorted_by(digits_workspace, open_page, query, words):
    page = open_page(digits_workspace, "browse", **query)
    (line,) = [each.value for each in page.markdown if "symmetric noise planted" in each.value]
    assert words in line


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"class": "3", "predicted": "5"}, {"class": 3, "predicted": 5}),
        ({"split": "test", "decision": "none"}, {"split": "test", "decision": "none"}),
        ({"flipped": "yes", "suspects": "no"}, {"flipped": "yes", "suspects": "no"}),
        ({"truth": "yes", "group": "any"}, {"truth": "yes", "group": "any"}),
        ({"low": "0.25", "high": "1e0", "outlier": "0.99"}, {"low": 0.25, "high": 1.0, "outlier": 0.99}),
        ({"ids": "1,2,3", "example": "2", "size": "128"}, {"ids": [1, 2, 3], "example": 2, "size": 128}),
        ({"score": "mislabel_score", "order": "easiest"}, {"score": "mislabel_score", "order": "easiest"}),
    ],
)  # fmt: skip
def test_the_address_says_where_one_is(digits_workspace, open_page, query, place):
    header = shown(open_page(digits_workspace, "browse", **query))
    assert header["place"] == place
    assert header["remarks"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("class", value) for value in ("99", "-1", "1e3", "<b>", "٣")],
        *[("low", value) for value in ("nan", "inf", "x")],
        *[("example", value) for value in ("99999999", "../x", "1.0", "9" * 400)],
        *[("ids", value) for value in ("1,x", "1,99999999", ",")],
        *[
            ("split", "holdout"),
            ("group", "x"),
            ("truth", "no"),
            ("outlier", "2"),
            ("size", "97"),
            ("score", "__class__"),
        ],
    ],
)
def test_a_bad_value_is_left_out_with_a_quiet_remark(digits_workspace, open_page, name, value):
    page = open_page(
        digits_workspace, "browse", **{name: value, "split": value if name == "split" else "train"}
    )
    header = shown(page)
    assert not page.exception
    assert name not in header["place"]
    assert len(header["remarks"]) == 1
    assert "it was left out" in header["remarks"][0]


def test_a_class_is_named_too(hostile_workspace, open_page):
    header = shown(open_page(hostile_workspace, "browse", **{"class": HOSTILE_CLASSES[0]}))
    assert of_kind(header, "columns")[0]["exactNames"][header["place"]["class"]] == HOSTILE_CLASSES[0]


def test_r20_names_come_as_letters_and_hidden_ones_are_written_out(hostile_workspace, open_page):
    page = open_page(hostile_workspace, "browse")
    names = of_kind(shown(page), "columns")[0]["classNames"]
    assert HOSTILE_CLASSES[0] in names
    assert not any("\u202e" in name for name in names)
    assert "onerror" not in words_on(page)


def test_an_empty_workspace_says_how_to_begin(tmp_path, open_page):
    page = open_page(tmp_path / "none", "browse")
    assert not page.exception
    assert "Nothing audited yet" in words_on(page)


def test_an_unknown_run_gets_a_friendly_page(digits_workspace, open_page):
    assert "no run called" in words_on(open_page(digits_workspace, "browse", run="../../x"))


# Answers ------------------------------------------------------------------------------------------
