"""From an empty workspace to an exported list and a corrected run; a reload, a second tab, a restart."""

import csv
import re

import pytest

from tests.browser.conftest import free_port, kill, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_MS = 180_000  # a busy machine trains slowly


def start_digits(page, port, expect):
    """Begin an audit of the digits from the empty workspace."""
    page.goto(f"http://127.0.0.1:{port}/")
    page.get_by_role("link", name="Choose what to audit").click()
    page.get_by_role("spinbutton", name="Seeds").fill("2")
    page.get_by_role("spinbutton", name="Seeds").press("Enter")
    page.get_by_text("Model, epochs, folds").click()
    page.get_by_role("spinbutton", name="Epochs").fill("6")
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    page.get_by_role("button", name="Look at it").click()
    look = page.get_by_role("heading", name="What is in it")
    expect(look).to_be_in_viewport()  # it comes where it was begun, not below the form
    page.get_by_role("button", name="Start the audit").click()
    expect(page.get_by_text("seed 0").first).to_be_visible()


def decide(page, port, expect):
    """Decide on three images in Browse."""
    page.goto(f"http://127.0.0.1:{port}/browse?score=el2n")
    page.get_by_role("option").locator("canvas[data-painted=true]").first.wait_for()
    page.get_by_role("listbox", name="Images").focus()
    for key in ("x", "k", "x"):
        page.keyboard.press(key)
    expect(page.locator(".saved")).to_have_text("saved ✓")


def taken_list(page, port, expect):
    """Make a selection and return the rows of its index list."""
    page.goto(f"http://127.0.0.1:{port}/export?what=kept")
    page.get_by_role("button", name="Store this selection").click()
    expect(page.get_by_role("heading", name=re.compile(r"Kept images: [\d,]+ rows"))).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("button", name=re.compile(r"Download digits_.*kept.*\.csv")).click()
    return list(csv.DictReader(started.value.path().read_text(encoding="utf-8").splitlines()))


def test_the_whole_way(page, tmp_path, expect):
    port = free_port()
    process = served(tmp_path / "workspace", port)
    try:
        start_digits(page, port, expect)
        page.reload()
        expect(page.get_by_text("seed 0").first).to_be_visible()
        other = page.context.new_page()
        other.goto(f"http://127.0.0.1:{port}/jobs")
        expect(other.get_by_text("seed 0").first).to_be_visible()

        kill(process)
        process = served(tmp_path / "workspace", port)
        for tab in (page, other):
            expect(tab.get_by_role("link", name="Open the run").first).to_be_visible()
            expect(tab.get_by_text("lost", exact=True)).to_have_count(0)
        assert len(list((tmp_path / "workspace" / "runs").iterdir())) == 1
        other.close()

        decide(page, port, expect)
        assert len(taken_list(page, port, expect)) > 1000

        page.get_by_role("button", name="Audit the corrected set").click()
        page.get_by_role("link", name="See how far it is").click()
        expect(page.get_by_role("link", name="Open the run")).to_have_count(2)
        page.get_by_role("link", name="Home").click()
        expect(page.get_by_text(re.compile(r"Labels corrected by 3 decisions on run digits"))).to_be_visible()
        page.get_by_role("button", name="Before and after").click()
        expect(page.get_by_text("What they found")).to_be_visible()
        assert page.errors == []
    finally:
        kill(process)
