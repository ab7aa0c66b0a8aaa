"""The page Dynamics: what it shows of analyses, what it offers where there are none, what a click opens."""

from __future__ import annotations

import shutil

import pytest

from app.dynamics.reading import begun, read_forgotten, title_of
from app.dynamics.showing import opened_by
from app.dynamics.working import command, first_settings
from datadiet.frames.dynamics import PATHS, VELOCITY
from datadiet.pipeline.analyses import NtkSettings, PathSettings, begin_analysis, groups_of, sets_of
from datadiet.pipeline.run import open_run
from datadiet.store.tables import publish_table
from tests.app.conftest import words_on

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


@pytest.fixture
def root(digits_workspace, tmp_path):
    """Return a copy of the digits workspace, to be written to."""
    shutil.copytree(digits_workspace, tmp_path / "workspace")
    return tmp_path / "workspace"


def with_ntk(root, *, groups=(0, 1, 2), seeds=(0, 1)):
    """Publish velocities that rise with the group and drop at the last."""
    run = open_run("short digits", workspace=root)
    settings = NtkSettings(group_size=20, num_groups=3, epochs=(0, 2))
    document = {
        "kernel": "ntk", "score": "el2n", "groups": groups_of(run, settings),
        "percentiles": [0.0, 0.5, 1.0], "epochs": [0, 2],
    }  # fmt: skip
    analysis = begin_analysis(run.files, "ntk", document)
    for seed in seeds:
        for group in groups:
            rows = [
                {"seed": seed, "group": group, "percentile": group / 2, "epoch": epoch,
                 "velocity": (0.1, 0.6, 0.4)[group] + 0.01 * seed, "flipped_fraction": group / 2}
                for epoch in (0, 2)
            ]  # fmt: skip
            path = analysis.folder / f"seed_{seed:02d}" / f"group_{group:03d}.parquet"
            publish_table(path, VELOCITY.from_rows(rows), VELOCITY)
    return run, analysis


def with_paths(root):
    """Publish paths that are flat on easy examples and have a hill on hard ones."""
    run = open_run("short digits", workspace=root)
    document = {"score": "el2n", "sets": sets_of(run, PathSettings(set_size=30)), "alphas": [0.0, 0.5, 1.0]}
    analysis = begin_analysis(run.files, "connectivity", document)
    for seed in (0, 1):
        for spawn in (0, 2):
            rows = [
                {"seed": seed, "spawn_epoch": spawn, "examples": name, "alpha": alpha,
                 "error": hill * 4 * alpha * (1 - alpha) * (1 + 0.1 * seed)}
                for name, hill in (("hardest", 0.3), ("random", 0.1), ("easiest", 0.0), ("test", 0.1))
                for alpha in (0.0, 0.5, 1.0)
            ]  # fmt: skip
            path = analysis.folder / f"seed_{seed:02d}" / f"paths_{spawn:03d}.parquet"
            publish_table(path, PATHS.from_rows(rows), PATHS)
    return run, analysis


def said_on(page):
    """Return the page's words without what keeps them from being Markdown."""
    return words_on(page).replace("\\", "").replace("\u2060", "")


def button(page, label):
    return next(each for each in page.button if each.label == label)


def test_without_analyses_the_page_offers_them_with_what_they_take(digits_workspace, open_page):
    page = open_page(digits_workspace, "dynamics")
    assert not page.exception
    assert not page.error
    said = said_on(page)
    assert "This run has no NTK analysis yet." in said
    assert "This run has no connectivity analysis yet." in said
    assert said.count("by the clock of the run") == 2
    assert "EL2N and forgetting: rank correlation" in said
    assert {each.label for each in page.button} >= {
        "Start the NTK analysis",
        "Start the connectivity analysis",
    }


def test_what_was_found_is_said_and_drawn(root, open_page):
    with_ntk(root)
    with_paths(root)
    page = open_page(root, "dynamics")
    assert not page.exception
    assert not page.error
    said = said_on(page)
    assert "in the hardest: higher" in said
    assert "the very hardest lies lower" in said
    assert "have a barrier of 0.0 ± 0.0 points" in said
    assert "re-estimated" in said
    assert len(page.get("plotly_chart")) == 7
    assert not [each for each in page.button if each.label.startswith("Start the")]


def test_a_group_is_chosen_on_a_slider_and_leads_to_its_images(root, open_page):
    _, analysis = with_ntk(root)
    page = open_page(root, "dynamics")
    slider = page.select_slider(key="velocity-group")
    assert [str(each) for each in slider.options] == [f"group {each} of 3" for each in (1, 2, 3)]
    assert "20 images around percentile 100, 100 % of them flipped" in said_on(page)
    slider.set_value(0).run()
    assert "20 images around percentile 0: velocity after epoch 2 0.11" in said_on(page)
    assert len(analysis.document["groups"][0]) == 20
    assert not page.exception


def test_a_half_done_analysis_is_shown(root, open_page):
    with_ntk(root, groups=(0, 1), seeds=(0,))
    page = open_page(root, "dynamics")
    assert not page.exception
    assert "one seed" in said_on(page)


def test_an_analysis_begun_without_any_part_is_offered_still(root, open_page):
    run, _ = with_ntk(root, groups=())
    assert begun(run.files, "ntk") == []
    assert "no NTK analysis yet" in said_on(open_page(root, "dynamics"))


def test_starting_an_analysis_is_a_job_of_this_workspace(root, open_page, monkeypatch):
    heard = []
    monkeypatch.setattr("app.dynamics.working.put_in_line", lambda argv: heard.append(argv) or "a" * 8)
    page = open_page(root, "dynamics")
    button(page, "Start the connectivity analysis").click().run()
    run = open_run("short digits", workspace=root)
    assert heard == [["analyse", run.run_id, "connectivity", f"--workspace={root.resolve()}"]]


def test_what_is_offered_can_be_computed(digits_workspace):
    run = open_run("short digits", workspace=digits_workspace)
    settings = first_settings(run)
    assert len(groups_of(run, settings)) == settings.num_groups
    assert max(settings.epochs) < run.files.config.train.num_epochs
    assert f"--group-size={settings.group_size}" in command(run, "ntk")


def test_several_analyses_can_be_chosen_from(root, open_page):
    run, _ = with_ntk(root)
    other = {"kernel": "ntk_sum_of_logits", "score": "el2n", "groups": [[0, 1]], "percentiles": [0.0],
             "epochs": [0]}  # fmt: skip
    analysis = begin_analysis(run.files, "ntk", other)
    row = {"seed": 0, "group": 0, "percentile": 0.0, "epoch": 0, "velocity": 0.2, "flipped_fraction": 0.0}
    publish_table(analysis.folder / "seed_00" / "group_000.parquet", VELOCITY.from_rows([row]), VELOCITY)
    assert "sum of logits · 1 groups of 2" in title_of(analysis)
    page = open_page(root, "dynamics")
    chooser = next(each for each in page.selectbox if each.label == "Analysis")
    assert len(chooser.options) == 2
    chooser.select_index(1).run()
    assert not page.exception


@pytest.mark.parametrize("event", [None, {}, {"selection": {"points": []}}, {"selection": {"points": [{}]}}])
def test_a_click_beside_the_points_opens_nothing(event):
    assert opened_by(event, lambda value: {"ids": str(value)} if value is not None else None) is None


@pytest.mark.parametrize("data", [3, [3], {"0": 3}])
def test_a_click_on_a_point_opens_what_it_stands_for(data):
    event = {"selection": {"points": [{"customdata": data}]}}
    assert opened_by(event, lambda group: {"ids": str(group)}) == {"ids": "3"}


def test_every_training_image_is_in_the_density_of_forgetting(digits_workspace, monkeypatch):
    from app.frame import OpenedRun

    monkeypatch.setenv("DATADIET_WORKSPACE", str(digits_workspace))
    run = open_run("short digits", workspace=digits_workspace)
    found = read_forgotten(OpenedRun(run, "el2n", "test"), "el2n")
    assert found.density.counts.sum() == len(found.example_ids)
    assert found.correlation.num_seeds == 2


def test_a_run_without_forgetting_says_what_computes_it(root, open_page):
    for path in root.glob("runs/*/seed_*/scores/forgetting_*"):
        path.unlink()
    page = open_page(root, "dynamics")
    assert not page.exception
    assert any("--method forgetting" in each.value for each in page.code)


def test_r20_hostile_names_are_shown_letter_by_letter(hostile_workspace, open_page):
    page = open_page(hostile_workspace, "dynamics")
    assert not page.exception
    assert ":red[" not in words_on(page)
