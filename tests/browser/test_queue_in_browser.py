"""Windows queued in real Chromium while one is measured: they start by themselves, server or no server."""

import re
import shutil

import pytest

from datadiet.execution.jobs import list_jobs
from datadiet.store.workspace import Workspace
from tests.app.window_study import write_study
from tests.browser.conftest import free_port, kill, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_MS = 120_000  # a busy machine


@pytest.fixture
def root(digits_workspace, tmp_path):
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    write_study(root)
    return root


def measure_button(page):
    return page.get_by_role("button", name=re.compile(r"Measure this window"))


def put(page, offset):
    """Put the window elsewhere."""
    page.get_by_label("from offset").fill(str(offset))
    page.keyboard.press("Enter")


def measure(page, expect, offset):
    """Put the window elsewhere and have it measured; return when the page lists the job."""
    put(page, offset)
    expect(page).to_have_url(re.compile(rf"offset=0\.{offset:02d}"))
    expect(measure_button(page)).to_be_enabled()
    measure_button(page).click()
    expect(page.get_by_text(f"keep 40 % from {offset} %").first).to_be_visible()


def test_windows_queued_while_one_is_measured_become_points_though_the_server_is_killed(page, root, expect):
    port = free_port()
    process = served(root, port)
    try:
        page.goto(f"http://127.0.0.1:{port}/window?keep=0.4&offset=0.28")
        expect(page.get_by_text("Colour is the predicted accuracy")).to_be_visible()
        measure(page, expect, 5)
        page.get_by_role("spinbutton", name="Seeds of each").fill("1")
        page.get_by_role("spinbutton", name="Seeds of each").press("Enter")
        measure(page, expect, 15)
        measure(page, expect, 25)
        expect(page.get_by_text("· 2nd in line")).to_be_visible()
        expect(page.get_by_text("This window waits to be measured")).to_be_visible()
        expect(measure_button(page)).to_be_disabled()
        expect(page.get_by_text("2 jobs wait in line")).to_be_visible()

        kill(process)
        process = served(root, port)
        page.goto(f"http://127.0.0.1:{port}/jobs")
        expect(page.get_by_text(re.compile(r"^check ?done$"))).to_have_count(3, timeout=600_000)
        for offset in ("0.15", "0.25"):
            page.goto(f"http://127.0.0.1:{port}/window?keep=0.4&offset={offset}")
            window = page.get_by_role("slider", name="Window", exact=True)
            expect(window).to_have_attribute("aria-valuetext", re.compile(r"measured"))
        assert [job.state for job in list_jobs(Workspace.open(root))] == ["done"] * 3
        assert page.errors == []
    finally:
        kill(process)
