"""Decisions that cannot be stored now, in real Chromium: they wait there and are stored later."""

from __future__ import annotations

import shutil

import pytest

from datadiet.store.reviews import read_reviews
from datadiet.store.workspace import Workspace
from tests.browser.conftest import dashboard

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_damaged_file_and_a_workspace_that_is_away_lose_no_decision(page, digits_workspace, tmp_path):
    expect = pytest.importorskip("playwright.sync_api").expect
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    workspace = Workspace.open(root)
    [labels] = root.glob("runs/*/noise.parquet")
    whole = labels.read_bytes()
    count = "Object.keys(localStorage).filter((key) => key.startsWith('datadiet/')).length"
    with dashboard(root) as port:
        page.goto(f"http://127.0.0.1:{port}/triage")
        expect(page.locator(".single[data-ready=true]")).to_be_visible(timeout=120_000)
        labels.write_bytes(whole[:-1])
        page.locator(".deck-root").press("k")
        waits = page.locator(".saved.offline")
        expect(waits).to_contain_text("noise.parquet is damaged", timeout=60_000)
        expect(waits).to_contain_text("1 decision waits in this tab")
        assert page.evaluate(count) == 1
        labels.write_bytes(whole)
        expect(page.locator(".saved")).to_have_text("saved ✓", timeout=60_000)
        root.rename(root.with_name("away"))
        page.locator(".deck-root").press("x")
        expect(waits).to_contain_text("There is no workspace at workspace", timeout=60_000)
        assert page.evaluate(count) == 1
        assert not root.exists()
        root.with_name("away").rename(root)
        expect(page.locator(".saved")).to_have_text("saved ✓", timeout=60_000)
    assert page.evaluate(count) == 0
    assert read_reviews(workspace)["decision"].tolist() == ["keep", "drop"]
