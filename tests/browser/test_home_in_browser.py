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


NAMES_OF = """({ tagName, innerText, ariaLabel }) => {
  const isControl = ["BUTTON", "INPUT", "TEXTAREA"].includes(tagName);
  return isControl ? [innerText.trim(), ariaLabel ?? ""] : ["", ""];
}"""


def tab_to(page, name, most=80):
    """Press Tab until the control of that name has the focus, as somebody without a mouse does.

    The control is waited for first: a dialog shows its text a moment before its fields.
    """
    controls = "[...document.querySelectorAll('button, input, textarea')]"
    is_named = "([text, label]) => text.endsWith(name) || label === name"
    page.wait_for_function(f"name => {controls}.map({NAMES_OF}).some({is_named})", arg=name)
    for _ in range(most):
        text, label = page.evaluate(f"() => ({NAMES_OF})(document.activeElement)")
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
