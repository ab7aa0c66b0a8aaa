"""The window in real Chromium: dragged, moved by keys, put by a click, measured, exported."""

import json
import re
import shutil

import pytest

from tests.app.window_study import write_study
from tests.browser.conftest import dashboard

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def port(digits_workspace, tmp_path_factory):
    root = tmp_path_factory.mktemp("window") / "workspace"
    shutil.copytree(digits_workspace, root)
    write_study(root)
    with dashboard(root) as port:
        yield port


@pytest.fixture
def bare(digits_workspace, tmp_path):
    """Yield a workspace without a study, and the port of its dashboard."""
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    with dashboard(root) as port:
        yield root, port


@pytest.fixture
def opened(page, port, expect):
    page.goto(f"http://127.0.0.1:{port}/window?keep=0.4&offset=0.28")
    expect(page.locator(".edges-root[data-turn='0.4-0.28']")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("Colour is the predicted accuracy")).to_be_visible()
    return page


def window(page):
    return page.get_by_role("slider", name="Window", exact=True)


def text(page):
    return window(page).get_attribute("aria-valuetext")


def drag(page, start, stop, *, let_go=True):
    box = page.locator(".stage").bounding_box()
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], height)
    page.mouse.down()
    page.mouse.move(box["x"] + (start + stop) / 2 * box["width"], height)
    page.mouse.move(box["x"] + stop * box["width"], height)
    if let_go:
        page.mouse.up()


def test_a_drag_shows_numbers_without_asking_and_letting_go_brings_the_images(opened, expect):
    assert text(opened) == "keep 40 % from offset 28 %, 518 images, measured 91.3 %"
    drag(opened, 0.5, 0.6, let_go=False)
    assert text(opened).startswith("keep 40 % from offset 38 %, 518 images, predicted 91")
    assert opened.locator(".edges-root").get_attribute("data-turn") == "0.4-0.28"
    assert "offset=0.28" in opened.url
    opened.mouse.up()
    expect(opened.locator(".edges-root[data-turn='0.4-0.38']")).to_be_visible()
    expect(opened).to_have_url(re.compile(r"keep=0\.4&offset=0\.38"))
    expect(opened.locator(".edges-root .picture canvas")).to_have_count(32)
    assert opened.errors == []


def test_an_edge_is_dragged_alone_and_stops_at_the_other(opened):
    drag(opened, 0.28, 0.18)
    assert text(opened).startswith("keep 50 % from offset 18 %")
    drag(opened, 0.68, 0.05)
    assert text(opened).startswith("keep 1 % from offset 18 %")


def test_keys_move_and_widen_the_window_and_its_edges(opened):
    window(opened).focus()
    opened.keyboard.press("ArrowRight")
    assert text(opened).startswith("keep 40 % from offset 29 %")
    opened.keyboard.press("Shift+ArrowRight")
    assert text(opened).startswith("keep 41 % from offset 29 %")
    opened.keyboard.press("End")
    assert text(opened).startswith("keep 41 % from offset 59 %")
    opened.get_by_role("slider", name="Easy edge").focus()
    opened.keyboard.press("ArrowLeft")
    assert text(opened).startswith("keep 42 % from offset 58 %")
    opened.get_by_role("slider", name="Hard edge").focus()
    opened.keyboard.press("PageDown")
    assert text(opened).startswith("keep 32 % from offset 58 %")


def test_exact_numbers_are_typed_and_a_count_is_kept_to_the_image(opened):
    opened.get_by_label("that is").fill("500")
    opened.keyboard.press("Enter")
    assert "500 images" in text(opened)
    opened.get_by_label("Keep").fill("250")
    opened.keyboard.press("Enter")
    assert text(opened).startswith("keep 100 % from offset 0 %, 1,294 images")
    opened.get_by_label("Keep").fill("")
    opened.keyboard.press("Enter")
    assert opened.get_by_label("Keep").input_value() == "100"


def test_counts_inside_are_those_of_the_columns(opened):
    counted = opened.locator(".brush-root").evaluate(
        """root => {
            const { counts, place, header } = root.brush, kept = [...counts.classes(place.start, place.stop)];
            const slow = header.classNames.map((_, each) =>
                counts.labels.slice(place.start, place.stop).filter((label) => label === each).length);
            return [kept, slow, counts.flagged(1, 0, place.num), root.brush.accuracies.at(0.5, 0.2)];
        }"""
    )
    assert counted[0] == counted[1]
    assert counted[2] == 128
    assert 0.9 < counted[3]["mean"] < 0.93


def test_classes_that_starve_are_warned_of(opened):
    opened.get_by_label("Keep").fill("10")
    opened.get_by_label("from offset").fill("0")
    opened.keyboard.press("Tab")
    counted = opened.locator(".brush-root").evaluate(
        """root => {
            const { counts, place, header } = root.brush, num = Array(header.classNames.length).fill(0);
            counts.labels.slice(place.start, place.stop).forEach((label) => (num[label] += 1));
            return num.map((kept, each) => kept / counts.totals[each]);
        }"""
    )
    starving = [label for label, kept in enumerate(counted) if kept < 0.05]
    assert starving
    shown = opened.locator(".class.starving").evaluate_all(
        "rows => rows.map(row => Number(row.dataset.label))"
    )
    assert shown == starving
    assert "starve" in opened.locator(".warning").inner_text()


def test_what_lies_too_far_from_all_that_was_measured_is_hatched(opened, expect):
    opened.get_by_label("Keep").fill("3")
    opened.keyboard.press("Enter")
    expect(opened.locator(".number.accuracy.untrusted")).to_contain_text("not trusted")


def test_a_click_on_a_measured_point_takes_its_window(opened, expect):
    point = opened.locator(".stPlotlyChart").first.locator(".scatterlayer .trace .points path").nth(3)
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    opened.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(window(opened)).to_have_attribute(
        "aria-valuetext", re.compile(r"keep 20 % from offset 21 %.*measured")
    )
    expect(opened.locator(".edges-root[data-turn='0.2-0.21']")).to_be_visible()


def test_e_takes_the_window_that_the_keys_left_with_its_study_inside(opened):
    window(opened).focus()
    opened.keyboard.press("ArrowRight")
    with opened.expect_download() as started:
        opened.keyboard.press("e")
    document = json.loads(started.value.path().read_text(encoding="utf-8"))
    assert document["header"]["selection"]["window_offset"] == pytest.approx(0.29)
    assert document["header"]["selection"]["study"]["all_data"]["num_seeds"] == 2
    assert len(document["rows"]) == 518


def test_the_window_stays_where_it_is_when_the_first_retrainings_arrive(bare, page, expect):
    root, port = bare
    page.goto(f"http://127.0.0.1:{port}/window?score=el2n&keep=0.6&offset=0.3")
    expect(page.locator(".edges-root[data-turn='0.6-0.3']")).to_be_visible(timeout=120_000)
    window(page).focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".edges-root[data-turn='0.6-0.33']")).to_be_visible()
    expect(page.get_by_role("button", name="Start a small sweep")).to_be_visible()
    write_study(root)
    expect(page.get_by_role("heading", name="Dropping the hardest")).to_be_visible()
    expect(page.get_by_text("Colour is the predicted accuracy")).to_be_visible()
    assert text(page).startswith("keep 60 % from offset 33 %")
    assert page.locator(".edges-root").get_attribute("data-turn") == "0.6-0.33"
    assert "offset=0.33" in page.url
    assert window(page).evaluate("each => each.getRootNode().activeElement === each")  # the same brush


def test_a_brush_made_anew_begins_where_the_window_is(opened, expect):
    window(opened).focus()
    opened.keyboard.press("ArrowRight")
    expect(opened.locator(".edges-root[data-turn='0.4-0.29']")).to_be_visible()
    opened.get_by_role("link", name="Browse").click()
    expect(opened.locator(".brush-root")).to_have_count(0)
    opened.get_by_role("link", name="Window").click()
    expect(opened.locator(".edges-root[data-turn='0.4-0.29']")).to_be_visible()
    assert text(opened).startswith("keep 40 % from offset 29 %")


@pytest.mark.parametrize("width", [1024, 1440])
def test_the_page_fits_its_window(opened, width):
    opened.set_viewport_size({"width": width, "height": 900})
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
