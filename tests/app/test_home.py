"""Home: data sets and runs as cards, what can be done with each, two runs side by side."""

import shutil

import pytest
from streamlit.testing.v1 import AppTest

from app.home import beginning
from datadiet.execution import jobs
from datadiet.execution.job_progress import ProgressWriter
from datadiet.execution.jobs import add_job
from datadiet.pipeline.compare import compare_runs, differing_settings
from datadiet.pipeline.run import open_run
from datadiet.pipeline.workspace import delete_dataset, listing, note_run
from datadiet.store.notes import read_note
from datadiet.store.runs import list_datasets, list_runs
from datadiet.store.workspace import Workspace
from tests.app.conftest import words_on


@pytest.fixture
def own(digits_workspace, tmp_path):
    """Return a copy of the digits' workspace, to write to."""
    root = tmp_path / "w"
    shutil.copytree(digits_workspace, root)
    return root


def the_run(root):
    return listing(root).runs[0]["run_id"]


def test_an_empty_workspace_says_how_to_begin_and_starts_the_demo(tmp_path, open_page, monkeypatch):
    started = []
    monkeypatch.setattr(beginning, "put_in_line", lambda argv: started.append(argv) or "0a0b0c0d")
    page = open_page(tmp_path / "w", "home")
    assert "Nothing audited yet" in words_on(page)
    page.button[0].click().run()
    assert started[0][:2] == ["audit", "digits"]
    assert "--noise=symmetric:0.1" in started[0]


def test_a_run_is_a_card_with_its_finding(own, open_page):
    note_run(the_run(own), "*blurry* scans", workspace=own)
    page = open_page(own, "home")
    shown = words_on(page)
    assert not page.exception
    assert "short digits" in shown
    assert "labels look wrong" in shown
    assert "797 images · 10 classes" in shown
    assert r"\*blurry\* scans" in shown
    assert "symmetric noise planted" in shown


def test_r5_a_damaged_run_is_listed_with_its_sentence(own, open_page):
    run_id = the_run(own)
    path = next((own / "runs" / run_id).glob("triage/*/estimate.json"))
    path.write_bytes(path.read_bytes()[:-2])
    page = open_page(own, "home")
    assert "is damaged" in words_on(page)
    assert str(own) not in words_on(page)
    assert page.button(key=f"delete-{run_id}")


def test_a_run_whose_settings_are_damaged_is_listed_too(own, open_page):
    run_id = the_run(own)
    (own / "runs" / run_id / "config.json").write_text("{")
    page = open_page(own, "home")
    assert "Runs that cannot be read" in words_on(page)
    assert page.button(key=f"delete-{run_id}")


def test_a_damaged_data_set_does_not_hide_the_others(own, open_page):
    dataset_id = list_datasets(Workspace.open(own))[0]
    (own / "datasets" / dataset_id / "dataset.json").write_text("{")
    page = open_page(own, "home")
    assert "is damaged" in words_on(page)
    assert not page.exception


def fields_of(run_id):
    """Show the fields of a dialog alone: the test driver draws no page twice while one is open."""
    import os
    from pathlib import Path

    from app.home import cards
    from app.home.facts import run_facts
    from datadiet.store.runs import read_run
    from datadiet.store.workspace import Workspace

    workspace = Workspace.open(Path(os.environ["DATADIET_WORKSPACE"]))
    facts = run_facts(workspace, read_run(workspace, run_id))
    cards.edit_fields(facts)
    cards.delete_fields(facts)


@pytest.fixture
def dialogs(own, monkeypatch):
    monkeypatch.setenv("DATADIET_WORKSPACE", str(own))
    return AppTest.from_function(fields_of, args=(the_run(own),), default_timeout=60).run()


def labelled(page, label):
    return next(each for each in page.button if each.label == label)


def test_name_and_note_are_kept(own, dialogs):
    run_id = the_run(own)
    dialogs.text_input[0].set_value("scans of May")
    dialogs.text_area[0].set_value("second pass")
    labelled(dialogs, "Save").click().run()
    workspace = Workspace.open(own)
    assert list_runs(workspace)[0].name == "scans of May"
    assert read_note(workspace, run_id) == "second pass"


def test_a_run_is_deleted_only_when_its_name_is_typed(own, dialogs):
    run_id = the_run(own)
    assert labelled(dialogs, ":red[Delete the run]").disabled
    dialogs.text_input(key=f"typed-{run_id}").set_value("short").run()
    assert labelled(dialogs, ":red[Delete the run]").disabled
    dialogs.text_input(key=f"typed-{run_id}").set_value("short digits").run()
    labelled(dialogs, ":red[Delete the run]").click().run()
    workspace = Workspace.open(own)
    assert list_runs(workspace) == []
    assert list_datasets(workspace)


def test_a_dialog_opens_from_the_card(own, open_page):
    page = open_page(own, "home")
    page.button(key=f"delete-{the_run(own)}").click().run()
    assert labelled(page, ":red[Delete the run]").disabled


def test_a_data_set_without_a_run_can_be_deleted_and_one_with_a_run_cannot(own, open_page):
    workspace = Workspace.open(own)
    [dataset_id] = list_datasets(workspace)
    page = open_page(own, "home")
    assert f"delete-{dataset_id}" not in [each.key for each in page.button]
    with pytest.raises(Exception, match="still needed by run"):
        delete_dataset(dataset_id, workspace=own)
    shutil.rmtree(own / "runs" / the_run(own))
    page = open_page(own, "home")
    assert "no run works on it" in words_on(page)
    page.button(key=f"delete-{dataset_id}").click().run()
    assert list_datasets(workspace) == []


def test_a_run_on_which_a_job_works_says_so(own, open_page):
    workspace = Workspace.open(own)
    job_id = add_job(workspace, ["audit", "digits"])
    jobs._change(workspace, job_id, state="running")
    writer = ProgressWriter(workspace, job_id)
    writer.works_on(the_run(own))
    writer.write()
    page = open_page(own, "home")
    assert any("running" in str(each.value) for each in page.get("markdown"))


def test_hostile_names_are_text(hostile_workspace, open_page):
    page = open_page(hostile_workspace, "home")
    shown = words_on(page)
    assert not page.exception
    assert "<b>hostile" not in shown
    assert "![run](http" not in shown


def test_comparing_needs_a_second_run(own, open_page):
    page = open_page(own, "home", compare=the_run(own))
    assert "no second run" in words_on(page)


def test_an_unknown_run_to_compare_is_said(own, open_page):
    page = open_page(own, "home", compare="nothing:red[x]")
    assert "has no run called" in words_on(page)


def test_a_run_compared_with_itself_differs_in_nothing(digits_workspace):
    run = open_run(the_run(digits_workspace), workspace=digits_workspace)
    found = compare_runs(run, run)
    assert differing_settings(run, run) == []
    assert found.matched_by == "example_id"
    assert found.num_shared == 1797
    assert found.num_suspects_both == found.first.num_suspects
    assert (found.num_only_first, found.num_only_second) == (0, 0)
    assert found.el2n_correlation == pytest.approx(1.0)
