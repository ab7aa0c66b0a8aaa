"""No serious finding of axe-core on the filled pages, in the light and in the dark theme."""

import pytest

from tests.browser.axe import serious_findings
from tests.browser.conftest import dashboard

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = {  # address -> what is there once the page is filled
    "": "audited",
    "new-audit": "What to audit",
    "overview": "How far down to look",
    "browse": "What the models say",
    "export?what=order": "Load it",
    "export?what=kept": "Make a selection",
    "jobs": "A job is a process of its own",
    "docs": "margin",
}


@pytest.fixture(scope="module")
def port(digits_workspace):
    with dashboard(digits_workspace) as port:
        yield port


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_finding(page, port, scheme):
    expect = pytest.importorskip("playwright.sync_api").expect
    page.emulate_media(color_scheme=scheme)
    found = {}
    for address, words in PAGES.items():
        page.goto(f"http://127.0.0.1:{port}/{address}")
        expect(page.get_by_text(words).first).to_be_visible(timeout=120_000)
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        page.wait_for_timeout(500)  # elements fade in
        found[address] = serious_findings(page)
    assert {address: each for address, each in found.items() if each} == {}
