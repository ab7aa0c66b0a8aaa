"""Browse in real Chromium: sort, filter, select, decide, look at one image, come back by the address."""

import csv
import io
import re
import shutil
import time
from urllib.parse import parse_qs, urlparse

import pytest

from tests.app.conftest import HOSTILE_CLASSES, hostile_workspace
from tests.browser.conftest import dashboard

__all__ = ["hostile_workspace"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def port(digits_workspace, tmp_path_factory):
    root = tmp_path_factory.mktemp("browse") / "workspace"
    shutil.copytree(digits_workspace, root)
    with dashboard(root) as port:
        yield port


@pytest.fixture
def open_browse(page, port, expect):
    def opened(query=""):
        page.goto(f"http://127.0.0.1:{port}/browse{query}")
        expect(page.get_by_role("option").locator("canvas[data-painted=true]").first).to_be_visible(
            timeout=180_000
        )
        return page

    return opened


def image(page, place):
    """Return the image at a place of the list; the order of its cells on the page is another."""
    return page.get_by_role("listbox", name="Images").locator(f"#image-{place}")


def active(page):
    return page.locator(".cell.active")


def query_of(page):
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def count(page):
    return int(page.locator(".count").inner_text().split(" of ")[0].replace(",", ""))


def test_all_images_hardest_first_and_pictures_painted(open_browse, expect):
    page = open_browse("?score=el2n")
    expect(page.locator(".count")).to_have_text("1,797 of 1,797")
    expect(page.locator(".cell canvas[data-painted=false]:visible")).to_have_count(0)
    words = [image(page, place).get_attribute("aria-label") for place in range(3)]
    places = [float(re.search(r"percentile ([0-9.]+) %", each)[1]) for each in words]
    assert places == sorted(places, reverse=True)
    assert places[0] == pytest.approx(100)
    assert page.errors == []


def test_filters_combine_and_go_into_the_address_and_a_reload_shows_the_same(open_browse, expect):
    page = open_browse()
    page.get_by_label("Label", exact=True).select_option("3")
    num_threes = count(page)
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("Show planted flips").check()
    page.get_by_label("Planted", exact=True).select_option("yes")
    assert 0 < count(page) < num_threes < 1797
    expect(page).to_have_url(re.compile(r"class=3.*flipped=yes"))
    shown = page.locator(".count").inner_text()
    page.reload()
    expect(page.locator(".count")).to_have_text(shown, timeout=120_000)
    page.get_by_role("button", name="Take off the filter: labelled 3").click()
    assert count(page) > int(shown.split()[0])
    expect(page).not_to_have_url(re.compile(r"class=3"))


def test_another_score_and_order_change_the_first_image(open_browse, expect):
    page = open_browse("?score=el2n")
    first = active(page).get_attribute("aria-label")
    page.get_by_label("Sort by").select_option("margin")
    expect(page).to_have_url(re.compile(r"score=margin"))
    expect(active(page)).to_have_attribute("aria-label", re.compile(r"margin \(AUM\)"))
    page.get_by_label("Order").select_option("easiest")
    expect(active(page)).to_have_attribute("aria-label", re.compile(r"percentile 0\.0 %"))
    assert active(page).get_attribute("aria-label") != first


def test_the_context_line_follows_the_score_and_a_reload_keeps_it(open_browse, expect):
    page = open_browse("?score=el2n")
    line = page.get_by_text(re.compile(r"run [0-9a-f]{8} · .* noise planted"))
    expect(line).to_contain_text("EL2N at the last step")
    page.get_by_label("Sort by").select_option("margin")
    expect(line).to_contain_text("margin (AUM) at the last step")
    page.reload()
    expect(line).to_contain_text("margin (AUM) at the last step")
    expect(page.get_by_label("Sort by")).to_have_value("margin")


def test_planted_flips_are_told_only_when_somebody_asks(open_browse, expect):
    page = open_browse("?score=mislabel_score")
    panel = page.get_by_role("complementary", name="Chosen image")
    expect(panel.get_by_text("example", exact=True)).to_be_visible()
    expect(page.locator(".note.planted")).to_have_count(0)
    expect(panel.get_by_text("flipped on purpose")).to_have_count(0)
    expect(panel.get_by_text("known truth")).to_have_count(0)
    said = page.locator(".cell:visible").evaluate_all("cells => cells.map((cell) => cell.ariaLabel).join()")
    assert "example" in said
    assert "flipped" not in said
    page.get_by_role("button", name="More filters").click()
    expect(page.get_by_label("Planted", exact=True)).to_be_hidden()
    page.get_by_label("Show planted flips").check()
    expect(page.locator(".note.planted").first).to_be_visible()
    expect(panel.get_by_text("known truth")).to_be_visible()
    expect(page).to_have_url(re.compile(r"truth=yes"))
    page.reload()
    expect(page.locator(".note.planted").first).to_be_visible(timeout=120_000)
    page.get_by_label("Show planted flips").uncheck()
    expect(page.locator(".note.planted")).to_have_count(0)


def test_a_range_that_is_dragged_to_the_end_reaches_it(open_browse, expect):
    page = open_browse("?score=el2n")
    box = page.locator(".histogram").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + 20, steps=6)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"low="))
    assert "high" not in query_of(page)


@pytest.mark.parametrize("width", [1024, 1440])
def test_the_bar_of_a_selection_stays_on_one_line(open_browse, page, expect, width):
    page.set_viewport_size({"width": width, "height": 768})
    open_browse("?split=train")
    image(page, 0).click()
    image(page, 1).click(modifiers=["Shift"])
    bar = page.get_by_role("group", name="Selected images")
    bar.get_by_role("button", name="? Unsure").click()
    expect(page.locator("#image-1 .sign")).to_have_text("?")
    expect(page.locator(".saved")).to_have_text("saved ✓")
    assert bar.bounding_box()["height"] < 50
    bar.get_by_role("button", name="↶ Undo").click()
    expect(page.locator("#image-1 .sign")).to_have_text("")
    expect(page.locator(".saved")).to_have_text("saved ✓")


def test_a_range_is_dragged_on_the_histogram(open_browse, expect):
    page = open_browse("?score=el2n")
    box = page.locator(".histogram").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 20, steps=6)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"low=.*high="))
    assert 0 < count(page) < 1797
    low, high = float(query_of(page)["low"]), float(query_of(page)["high"])
    notes = [float(text.removeprefix("◆ ")) for text in page.locator(".cell .note:visible").all_inner_texts()]
    assert all(low - 0.01 <= note <= high + 0.01 for note in notes)
    page.get_by_role("slider", name="Score from").focus()
    page.keyboard.press("Delete")
    expect(page.locator(".count")).to_have_text("1,797 of 1,797")


def test_an_empty_result_names_the_filter_that_empties_it(open_browse, expect, page, port):
    page.goto(f"http://127.0.0.1:{port}/browse?class=3&decision=unsure")
    page.get_by_role("heading", name="No image matches these filters").wait_for(timeout=120_000)
    page.get_by_role("button", name=re.compile(r"Take off “decided: unsure”")).click()
    expect(page).not_to_have_url(re.compile(r"decision="))
    assert count(page) > 100


def test_the_end_is_reached_and_painted(open_browse, expect):
    page = open_browse()
    page.get_by_role("listbox", name="Images").focus()
    page.keyboard.press("End")
    expect(page.locator("#image-1796 canvas")).to_have_attribute("data-painted", "true")
    expect(page.locator(".place")).to_have_text("1,797 of 1,797")


def test_the_panel_says_what_is_known_and_follows(open_browse, expect):
    page = open_browse("?flipped=yes&split=train")
    panel = page.get_by_role("complementary", name="Chosen image")
    expect(panel.get_by_role("heading", name="Nearest neighbours")).to_be_visible()
    expect(panel.get_by_text("flipped on purpose")).to_be_visible()
    expect(panel.locator(".origin")).to_contain_text("The prepared image. This source has no file")
    expect(panel.locator(".classes").first.locator("li")).to_have_count(10)
    expect(panel.get_by_role("img", name=re.compile(r"probability of the label: seed"))).to_be_attached()
    expect(panel.locator(".strip canvas[data-painted=true]").nth(10)).to_be_attached()
    before = query_of(page).get("example")
    panel.get_by_role("button", name="Next image").click()
    expect(page.locator(".place")).to_contain_text("2 of")
    expect(page).to_have_url(re.compile(r"example=\d+"))
    assert query_of(page)["example"] != before
    link = panel.get_by_role("link", name="Link").get_attribute("href")
    assert f"example={query_of(page)['example']}" in link


def test_images_without_the_score_are_counted_and_told_why(open_browse, expect):
    page = open_browse("?split=test")
    expect(page.locator(".lacking")).to_have_text(
        re.compile(r"^These \d+ images have no EL2N at step \d+: it is a score of training images$")
    )
    page = open_browse()
    expect(page.locator(".axis")).to_contain_text(
        re.compile(r"\d+ of 1,797 lack it: it is a score of training images")
    )
    expect(page.locator(".lacking")).to_be_empty()
    page = open_browse("?split=train")
    expect(page.locator(".axis")).to_contain_text("bar height")
    expect(page.locator(".axis")).not_to_contain_text("lack it")


def test_a_range_is_selected_and_its_index_list_saved(open_browse):
    page = open_browse("?split=train")
    image(page, 0).click()
    image(page, 4).click(modifiers=["Shift"])
    image(page, 2).click(modifiers=["Control"])
    assert page.locator(".selection .words").inner_text() == "4 selected"
    wanted = {
        re.search(r"example (\d+)", image(page, place).get_attribute("aria-label"))[1]
        for place in (0, 1, 3, 4)
    }
    with page.expect_download() as started:
        page.get_by_role("button", name="Index list", exact=True).click()
    text = started.value.path().read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO("\n".join(x for x in text.splitlines() if not x.startswith("#")))))
    assert {row["example_id"] for row in rows} == wanted
    assert re.fullmatch(r"digits_[0-9a-f]{8}_chosen_4\.csv", started.value.suggested_filename)
    page.get_by_role("listbox", name="Images").focus()
    page.keyboard.press("Control+a")
    assert page.locator(".selection .words").inner_text() == f"{count(page):,} selected"
    page.keyboard.press("Escape")
    assert page.locator(".selection .words").inner_text() == ""


def test_decisions_by_key_are_saved_undone_redone_and_there_after_a_reload(open_browse, expect):
    page = open_browse("?suspects=yes")
    page.get_by_role("listbox", name="Images").focus()
    for key in ("k", "x", "u", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#image-0 .sign")).to_have_text("✓")
    expect(page.locator("#image-1 .sign")).to_have_text("✕")
    expect(page.locator("#image-2 .sign")).to_have_text("?")
    expect(page.locator("#image-3 .sign")).to_have_text("→")
    page.keyboard.press("z")
    expect(page.locator("#image-3 .sign")).to_have_text("")
    page.keyboard.press("Shift+Z")
    expect(page.locator("#image-3 .sign")).to_have_text("→")
    page.keyboard.press("z")
    expect(page.locator(".saved")).to_have_text("saved ✓")
    page.reload()
    expect(page.locator("#image-1 .sign")).to_have_text("✕", timeout=120_000)
    expect(page.locator("#image-3 .sign")).to_have_text("")
    page.get_by_label("Decision", exact=True).select_option("any")
    assert count(page) == 3


def test_a_class_is_typed_for_a_whole_selection(open_browse, expect):
    page = open_browse("?class=7&split=test")
    image(page, 0).click()
    image(page, 2).click(modifiers=["Shift"])
    page.keyboard.press("/")
    page.get_by_label("New class of 3 images").fill("1")
    page.keyboard.press("Enter")
    expect(page.locator(".sign.relabel")).to_have_count(3)
    expect(page.locator(".saved")).to_have_text("saved ✓")
    expect(image(page, 1)).to_have_attribute("aria-label", re.compile(r"decided: relabel 1"))


def test_an_image_that_is_not_selected_is_decided_on_alone_and_that_is_said(open_browse, expect):
    page = open_browse("?score=el2n&size=64")
    image(page, 0).click()
    image(page, 2).click(modifiers=["Shift"])
    one, five = (
        image(page, place).get_attribute("aria-label") for place in (1, 5)
    )  # decided on before, or not
    panel = page.locator(".panel")
    expect(panel.locator(".scope")).to_have_text("Decides on all 3 selected")
    image(page, 5).click()
    expect(panel.locator(".scope")).to_have_text("Decides on this image alone, which is not selected")
    panel.get_by_role("button", name="✕ Drop").click()
    expect(image(page, 5)).to_have_attribute("aria-label", re.compile(r"decided: drop"))
    expect(image(page, 1)).to_have_attribute("aria-label", one)
    page.locator(".selection").get_by_role("button", name="? Unsure").click()
    expect(image(page, 1)).to_have_attribute("aria-label", re.compile(r"decided: unsure"))
    page.keyboard.press("z")
    page.keyboard.press("z")
    expect(image(page, 5)).to_have_attribute("aria-label", five)


def test_a_view_is_saved_and_opened_again(open_browse, expect):
    page = open_browse("?class=4&order=easiest")
    page.get_by_role("button", name="More filters").click()
    page.get_by_role("button", name="Save view").click()
    page.get_by_label("Name of the view").fill("easy fours")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Saved views").get_by_role("option", name="easy fours")).to_be_attached()
    page.get_by_role("button", name="Clear filters").or_(
        page.get_by_role("button", name="Take off the filter: labelled 4")
    ).first.click()
    assert count(page) == 1797
    page.get_by_label("Saved views").select_option(label="easy fours")
    assert count(page) < 300
    assert page.get_by_label("Order").input_value() == "easiest"


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (1440, 900), (2560, 1300)])
def test_the_page_fits_its_window(open_browse, expect, width, height):
    page = open_browse()
    page.set_viewport_size({"width": width, "height": height})
    expect(page.locator(".cell:visible").first).to_be_visible()
    bottom = "root => Math.round(innerHeight - root.getBoundingClientRect().bottom)"
    deadline = time.monotonic() + 30  # the page is fitted once the browser has told the new size
    while not 0 <= page.locator(".browse-root").evaluate(bottom) <= 60:
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("innerHeight") == height


def test_r20_hostile_names_are_letters(page, hostile_workspace, expect):
    with dashboard(hostile_workspace) as port:
        page.goto(f"http://127.0.0.1:{port}/browse?split=train")
        expect(page.locator(".cell canvas[data-painted=true]").first).to_be_visible(timeout=180_000)
        expect(page.locator(".classes li").first).to_be_visible()
        options = page.get_by_label("Label", exact=True).locator("option").all_inner_texts()
        assert HOSTILE_CLASSES[0] in options
        own = (f"http://127.0.0.1:{port}/", f"ws://127.0.0.1:{port}/", "data:", "blob:")
        assert [url for url in page.requests if not url.startswith(own)] == []
        assert page.errors == []
        assert page.locator("img[src=x], a[href*='evil.example'], a[href^='javascript']").count() == 0
