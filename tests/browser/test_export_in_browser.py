"""Export in real Chromium: a list is made and taken along; a download that fails says why."""

import csv
import re
import shutil

import pytest

from tests.browser.conftest import dashboard

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_MS = 120_000  # a busy machine


@pytest.fixture(scope="module")
def root(digits_workspace, tmp_path_factory):
    root = tmp_path_factory.mktemp("export") / "workspace"
    shutil.copytree(digits_workspace, root, ignore=shutil.ignore_patterns("selections"))
    return root


@pytest.fixture(scope="module")
def port(root):
    with dashboard(root) as port:
        yield port


def test_a_selection_is_made_and_its_index_list_taken_along(page, port, expect):
    page.goto(f"http://127.0.0.1:{port}/export")
    page.get_by_role("button", name="Store this selection").click()
    expect(page.get_by_role("heading", name=re.compile(r"Kept images: [\d,]+ rows"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"selection=[0-9a-f]{16}"))
    with page.expect_download() as started:
        page.get_by_role("button", name=re.compile(r"Download digits_.*kept.*\.csv")).click()
    rows = list(csv.DictReader(started.value.path().read_text(encoding="utf-8").splitlines()))
    assert len(rows) > 1000
    assert "example_id" in rows[0]
    assert page.errors == []


def test_a_download_that_fails_says_why_with_an_error_id(page, port, root, expect):
    page.goto(f"http://127.0.0.1:{port}/export?what=report")
    button = page.get_by_role("button", name="Report", exact=True)
    expect(button).to_be_visible()
    confused = next(root.glob("runs/*/triage/*/confused.parquet"))
    data = confused.read_bytes()
    confused.write_bytes(b"x" + data[1:])
    try:
        button.click()
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text(re.compile(r"confused.*parquet is damaged"))
        expect(alert).to_contain_text("Error id")
    finally:
        confused.write_bytes(data)


@pytest.mark.parametrize("width", [1024, 1440])
def test_the_page_fits_its_window(page, port, expect, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"http://127.0.0.1:{port}/export?what=suspects")
    expect(page.get_by_role("heading", name="Load it")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
