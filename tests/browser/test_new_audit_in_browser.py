"""From an empty workspace to a finished audit by clicks alone; a job cancelled and taken up again."""

import pytest

from tests.browser.conftest import dashboard

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_MS = 120_000  # a busy machine


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with dashboard(tmp_path_factory.mktemp("new") / "workspace") as port:
        yield port


def test_an_audit_is_looked_at_started_cancelled_taken_up_and_opened(page, port, expect):
    page.goto(f"http://127.0.0.1:{port}/")
    expect(page.get_by_role("heading", name="Nothing audited yet")).to_be_visible()
    page.get_by_role("link", name="Choose what to audit").click()
    page.get_by_role("spinbutton", name="Seeds").fill("2")
    page.get_by_role("spinbutton", name="Seeds").press("Enter")
    page.get_by_role("button", name="Look at it").click()

    page.wait_for_url("**look=**")
    page.reload()
    expect(page.get_by_role("heading", name="What is in it")).to_be_visible()
    expect(page.get_by_text("1,797 images of 10 classes")).to_be_visible()
    expect(page.get_by_text("About", exact=False).first).to_be_visible()
    expect(page.locator("canvas[data-painted=true]").nth(40)).to_be_attached()

    page.get_by_role("button", name="Start the audit").click()
    expect(page.get_by_role("heading", name="What is running?")).to_be_visible()
    expect(page.get_by_text("seed 0").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("seed 0").first).to_be_visible()

    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Taken up again")).to_be_visible()
    expect(page.get_by_role("link", name="Open the run").first).to_be_visible()
    page.get_by_role("link", name="Open the run").first.click()
    expect(page.get_by_role("heading", name="labels look wrong (95 % interval")).to_be_visible()

    page.get_by_role("link", name="Home").click()
    expect(page.get_by_text("1 data set, 1 run.")).to_be_visible()
    page.get_by_role("button", name="Name and note").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Note").fill("<b>first</b> try")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("<b>first</b> try")).to_be_visible()
    assert page.errors == []
