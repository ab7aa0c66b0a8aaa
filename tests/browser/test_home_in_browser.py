"""Home by keyboard alone: a run is named, noted, compared and deleted; the head comes before the cards."""

import shutil

import pytest

from datadiet.pipeline.workspace import listing
from tests.browser.conftest import dashboard

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def root(digits_workspace, tmp_path):
    shutil.copytree(digits_workspace, tmp_path / "workspace")
    return tmp_path / "workspace"


def tab_to(page, name, most=80):
    """Press Tab until the element of that name has the focus, as somebody without a mouse does."""
    focused = """() => {
      const { tagName, innerText, ariaLabel } = document.activeElement;
      const isControl = ["BUTTON", "INPUT", "TEXTAREA"].includes(tagName);
      return isControl ? [innerText.trim(), ariaLabel ?? ""] : ["", ""];
    }"""
    for _ in range(most):
        text, label = page.evaluate(focused)
        if text.endswith(name) or label == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {name}")


def test_a_run_is_named_noted_compared_and_deleted_without_a_mouse(page, root, expect):
    with dashboard(root) as port:
        page.goto(f"http://127.0.0.1:{port}/")
        expect(page.get_by_text("short digits")).to_be_visible()
        tab_to(page, "Name and note")
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        tab_to(page, "Name")
        page.keyboard.press("Control+a")
        page.keyboard.type("scans of May")
        tab_to(page, "Note")
        page.keyboard.type("second pass")
        tab_to(page, "Save")
        page.keyboard.press("Enter")
        expect(dialog).to_be_hidden()
        expect(page.get_by_text("scans of May")).to_be_visible()
        expect(page.get_by_text("second pass")).to_be_visible()

        tab_to(page, "Compare")
        page.keyboard.press("Enter")
        expect(page.get_by_text("no second run")).to_be_visible()
        tab_to(page, "All runs")
        page.keyboard.press("Enter")
        expect(page.get_by_text("scans of May")).to_be_visible()

        tab_to(page, "Delete")
        page.keyboard.press("Enter")
        expect(page.get_by_text("are deleted for good")).to_be_visible()
        tab_to(page, "Type scans of May to delete it")
        page.keyboard.type("scans of May")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Delete the run")).to_be_enabled()
        tab_to(page, "Delete the run")
        page.keyboard.press("Enter")
        expect(page.get_by_text("no run works on it")).to_be_visible()
        assert listing(root).runs == []
        assert page.errors == []
