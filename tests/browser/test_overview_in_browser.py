"""The first page in real Chromium, started as users start it."""

import csv
import io
import re
from contextlib import closing
from http.client import HTTPConnection

import psutil
import pytest

from tests.app.conftest import HOSTILE_CLASSES, hostile_workspace
from tests.browser.conftest import choose, dashboard, script_server

__all__ = ["hostile_workspace"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_MS = 120_000  # a busy machine


@pytest.fixture(scope="module")
def port(digits_workspace):
    with dashboard(digits_workspace) as port:
        yield port


@pytest.fixture
def opened(page, port, expect):
    page.goto(f"http://127.0.0.1:{port}/overview")
    expect(page.locator(".cell[data-painted=true]").first).to_be_visible(timeout=180_000)
    return page


def grid(page, name):
    return page.get_by_role("listbox", name=name)


def active(page, name):
    return grid(page, name).locator(".cell.active")


def test_the_headline_is_there_and_the_pictures_are_painted(opened, expect):
    expect(opened.get_by_role("heading", name="labels look wrong (95 % interval")).to_be_visible()
    expect(opened.locator(".cell canvas").nth(39)).to_be_attached()
    differing = opened.locator(".cell canvas").evaluate_all(
        """canvases => canvases.map(canvas => {
            const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            return new Set(pixels).size > 2;
        })"""
    )
    assert len(differing) >= 40
    assert all(differing)
    assert opened.errors == []


def test_small_pictures_are_enlarged_without_smoothing(opened):
    canvas = opened.locator(".cell canvas").first
    assert canvas.evaluate("c => [c.width, getComputedStyle(c).imageRendering]") == [8, "pixelated"]


def test_arrow_keys_move_through_the_grid_and_focus_is_seen(opened, expect):
    name = "Labels that look wrong"
    grid(opened, name).focus()
    opened.keyboard.press("ArrowRight")
    expect(active(opened, name)).to_have_id("tile-1")
    opened.keyboard.press("ArrowDown")
    below = int(active(opened, name).get_attribute("id").removeprefix("tile-"))
    assert below > 5
    assert "3px" in active(opened, name).evaluate("cell => getComputedStyle(cell).boxShadow")
    assert grid(opened, name).get_attribute("aria-activedescendant") == f"tile-{below}"
    opened.keyboard.press("Home")
    expect(active(opened, name)).to_have_id("tile-0")


def test_the_end_of_a_long_grid_is_asked_for_and_painted(opened, expect):
    name = "Hardest images"
    grid(opened, name).focus()
    opened.keyboard.press("End")
    last = grid(opened, name).locator("#tile-599")
    expect(last).to_have_attribute("data-painted", "true")
    expect(last).to_have_attribute("aria-label", re.compile(r"percentile"))


def test_the_panel_follows_the_chosen_picture_without_asking_the_server(opened, expect):
    name = "Labels that look wrong"
    grid(opened, name).locator("#tile-3").click()
    label = grid(opened, name).locator("#tile-3 .caption").inner_text()
    expect(opened.get_by_label("Chosen picture").first.locator(".headline")).to_have_text(label)


def test_the_suspects_are_downloaded_under_a_name_that_says_what_they_are(opened):
    with opened.expect_download() as started:
        opened.get_by_role("button", name="Suspects", exact=True).click()
    file = started.value
    assert re.fullmatch(r"digits_[0-9a-f]{8}_suspects\.csv", file.suggested_filename)
    text = file.path().read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO("\n".join(x for x in text.splitlines() if not x.startswith("#")))))
    assert len(rows) > 50
    assert {"example_id", "suggested_label"} <= set(rows[0])


@pytest.mark.parametrize("title", ["Index list without suspects", "All scores", "Report"])
def test_every_other_file_comes(opened, title):
    with opened.expect_download() as started:
        opened.get_by_role("button", name=title, exact=True).click()
    assert started.value.path().stat().st_size > 1000


def test_another_run_score_goes_into_the_address(opened, expect):
    choose(opened, "Score", "margin (AUM)")
    expect(opened).to_have_url(re.compile(r"score=margin"))
    expect(opened.get_by_role("heading", name="Hardest images by margin (AUM)")).to_be_visible()


@pytest.mark.parametrize("width", [1024, 1440, 2560])
def test_the_page_fits_its_window(opened, width):
    opened.set_viewport_size({"width": width, "height": 900})
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


def test_r21_nothing_is_asked_of_another_machine(opened, port):
    opened.wait_for_load_state("networkidle")
    own = (f"http://127.0.0.1:{port}/", f"ws://127.0.0.1:{port}/", "data:", "blob:")
    assert [url for url in opened.requests if not url.startswith(own)] == []


def test_r21_the_server_listens_on_loopback_alone(port):
    listening = [c for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr.port == port]
    assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}


@pytest.mark.parametrize("header", ["Host", "Origin"])
def test_r21_a_foreign_host_or_origin_is_refused(port, header):
    foreign = "evil.example" if header == "Host" else "http://evil.example"
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        header: foreign,
    }
    if header == "Host":
        headers["Origin"] = "http://evil.example"
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/_stcore/stream", headers=headers)
        assert connection.getresponse().status in {400, 403}


def test_a_cell_of_the_confusions_opens_its_images_in_browse(opened, expect):
    cell = opened.locator(".matrix-root td a").first
    cell.focus()
    expect(opened.locator(".matrix-root .said")).to_contain_text("labels look wrong")
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("Enter")
    expect(opened).to_have_url(re.compile(r"/browse\?.*predicted=\d"))


def test_r20_hostile_names_are_letters_on_the_page(page, hostile_workspace, expect):
    with dashboard(hostile_workspace) as port:
        page.goto(f"http://127.0.0.1:{port}/overview")
        expect(page.locator(".cell[data-painted=true]").first).to_be_visible(timeout=180_000)
        expect(page.locator(".matrix-root th").first).to_be_attached(timeout=180_000)
        own = (f"http://127.0.0.1:{port}/", f"ws://127.0.0.1:{port}/", "data:", "blob:")
        assert [url for url in page.requests if not url.startswith(own)] == []
        assert page.errors == []
        classes = " ".join(page.locator(".matrix-root th").all_text_contents())
        captions = " ".join(page.locator(".cell").evaluate_all("cells => cells.map(c => c.ariaLabel)"))
        for name in HOSTILE_CLASSES[:1]:
            assert name[:20] in captions
        assert "<img src=x" in classes
        assert page.locator("img[src=x], a[href*='evil.example'], a[href^='javascript']").count() == 0
        assert "\u202e" not in page.locator("[data-testid=stMain]").inner_text()


def test_r20_plain_text_comes_out_of_markdown_letter_by_letter(page, tmp_path, expect):
    from app.text import plain_name

    names = [
        *HOSTILE_CLASSES,
        "http://evil.example/x",
        "a@evil.example",
        ":material/home:",
        "$x^2$ and $y$",
        "1. one",
        "a_b_c",
    ]
    script = tmp_path / "shown.py"
    script.write_text(
        f"import streamlit as st\nfrom app.text import plain, quiet\nfor name in {names!r}:\n"
        "    st.markdown(plain(name))\n    st.markdown(quiet(plain(name)))\n    st.info(plain(name))\n",
        encoding="utf-8",
    )
    with script_server(script) as port:
        page.goto(f"http://127.0.0.1:{port}/")
        blocks = page.locator("[data-testid=stMarkdownContainer]")
        expect(blocks).to_have_count(3 * len(names), timeout=180_000)
        shown = [text.replace("\u2060", "") for text in blocks.all_inner_texts()]
        assert shown == [plain_name(name) for name in names for _ in range(3)]
        assert blocks.locator("a, img, code, strong, em, .katex, [data-testid=stIconMaterial]").count() == 0
