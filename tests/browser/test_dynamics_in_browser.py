"""Dynamics in a real browser: a click on a group opens its images in Browse."""

from __future__ import annotations

import shutil

import pytest

from datadiet.frames.dynamics import VELOCITY
from datadiet.pipeline.analyses import NtkSettings, begin_analysis, groups_of
from datadiet.pipeline.run import open_run
from datadiet.store.tables import publish_table
from tests.browser.conftest import dashboard

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_click_on_a_group_opens_its_images(digits_workspace, tmp_path, page, expect):
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    run = open_run("short digits", workspace=root)
    groups = groups_of(run, NtkSettings(group_size=20, num_groups=2))
    document = {"kernel": "ntk", "score": "el2n", "groups": groups, "percentiles": [0.0, 1.0], "epochs": [0]}
    analysis = begin_analysis(run.files, "ntk", document)
    rows = [
        {"seed": 0, "group": group, "percentile": float(group), "epoch": 0, "velocity": 0.2 + group / 5,
         "flipped_fraction": 0.0}
        for group in (0, 1)
    ]  # fmt: skip
    publish_table(analysis.folder / "seed_00" / "group_000.parquet", VELOCITY.from_rows(rows), VELOCITY)
    with dashboard(root) as port:
        page.goto(f"http://127.0.0.1:{port}/dynamics?run={run.run_id}")
        point = page.locator(".js-plotly-plot").first.locator(".points path").last
        point.wait_for()
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        point.hover(force=True)
        page.locator(".hoverlayer .hovertext").first.wait_for()  # a click before is one on nothing
        point.click(force=True)
        page.wait_for_url("**/browse**")
        page.get_by_text("20 of").first.wait_for()
    named = {int(each) for each in page.url.partition("ids=")[2].partition("&")[0].split("%2C")}
    assert named == set(groups[1])
    assert page.errors == []
