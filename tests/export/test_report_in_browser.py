"""The report in real Chromium: it asks for nothing, runs nothing, and fits its window."""

import pytest

from datadiet.export.report import render_report
from tests.browser.axe import serious_findings
from tests.export.hostile import HOSTILE
from tests.export.report_data import made_up_report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    num = len(HOSTILE) * 4
    data = made_up_report(class_names=HOSTILE, num=num, keys=[HOSTILE[i % len(HOSTILE)] for i in range(num)])
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_report(data), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser, report):
    """Return a page with the report open, the requests it made, and what its console said."""
    page = browser.new_page(viewport={"width": 1024, "height": 800}, color_scheme="dark")
    requests, messages = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.on("dialog", lambda dialog: messages.append(dialog.message))
    page.goto(report.as_uri())
    page.wait_for_load_state("networkidle")
    yield page, requests, messages
    page.close()


def test_bad_input_62_opening_the_report_asks_for_nothing_but_the_file(opened, report):
    _, requests, messages = opened
    assert [url for url in requests if not url.startswith("data:")] == [report.as_uri()]
    assert messages == []


def test_bad_input_62_a_request_from_within_would_be_refused(opened):
    page, _, messages = opened
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x.png'}))")
    page.wait_for_function("document.images[document.images.length - 1].complete")
    assert any("Content Security Policy" in message for message in messages)


def test_every_picture_is_decoded(opened):
    page, _, _ = opened
    widths = page.eval_on_selector_all("img", "images => images.map(image => image.naturalWidth)")
    assert len(widths) == 100
    assert min(widths) > 0


@pytest.mark.parametrize("width", [1440, 1024])
def test_the_report_fits_its_window(opened, width):
    page, _, _ = opened
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_names_stay_text(opened):
    page, _, _ = opened
    assert page.get_by_text("<img src=x onerror=alert(1)>", exact=True).first.is_visible()


def test_the_ground_follows_the_wish_for_dark(opened):
    page, _, _ = opened
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 22, 28)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_report(opened, scheme):
    page, _, _ = opened
    page.emulate_media(color_scheme=scheme)
    assert serious_findings(page) == []


def test_axe_would_find_a_picture_without_words_and_pale_text(browser):
    page = browser.new_page()
    page.set_content(
        "<html lang=en><title>t</title><main><h1>t</h1><img src=x>"
        "<p style='color: #aaa; background: #fff'>pale</p></main>"
    )
    findings = serious_findings(page)
    page.close()
    assert sorted(finding.split()[0] for finding in findings) == ["color-contrast", "image-alt"]
