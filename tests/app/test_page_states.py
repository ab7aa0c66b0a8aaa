"""Every page over an empty workspace, one that went away, an unknown run, and names that read as markup."""

import json
import re
import shutil

import pytest

from app.new_audit.form import AuditForm
from datadiet.execution import jobs
from datadiet.execution.job_progress import ProgressWriter
from datadiet.execution.jobs import add_job
from datadiet.pipeline.workspace import listing
from datadiet.store.workspace import Workspace
from tests.app.conftest import HOSTILE_CLASSES, words_on

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server
EMPTY = {
    "home": "Nothing audited yet",
    "new_audit": "What do you want to audit",
    "overview": "Nothing audited yet",
    "browse": "Nothing audited yet",
    "export": "Nothing audited yet",
    "jobs": "No job has been started",
    "docs": "margin",
}
MARKUP = re.compile(r"(?<!\\)(<img|!\[x|:red\[x|\$\\href)|\u202e")  # of a name that was not escaped


@pytest.mark.parametrize("screen", EMPTY)
def test_an_empty_workspace_says_what_there_could_be(tmp_path, open_page, screen):
    page = open_page(tmp_path / "w", screen)
    assert not page.exception
    assert not page.error
    assert EMPTY[screen] in words_on(page)


@pytest.mark.parametrize("screen", [screen for screen in EMPTY if screen != "docs"])
def test_a_workspace_that_went_away_is_a_sentence_and_none_is_made(
    digits_workspace, tmp_path, open_page, screen
):
    root = tmp_path / "w"
    page = open_page(root, screen)
    shutil.rmtree(root)
    page.run()
    assert not page.exception
    assert page.error
    assert str(tmp_path) not in words_on(page)
    assert not root.exists()


@pytest.mark.parametrize("screen", ["overview", "browse", "export"])
def test_an_unknown_run_is_said(digits_workspace, open_page, screen):
    page = open_page(digits_workspace, screen, run="nothing:red[x]")
    assert not page.exception
    assert "has no run called" in words_on(page)
    assert not MARKUP.search(words_on(page))


@pytest.mark.parametrize(
    "screen",
    ["home", "overview", "browse", "triage", "window", "compare", "dynamics", "export", "jobs", "docs"],
)
def test_every_page_takes_the_first_look_of_a_run_that_is_trained_for_one_epoch(
    first_look_workspace, open_page, tmp_path, screen
):
    shutil.copytree(first_look_workspace, tmp_path / "w")
    page = open_page(tmp_path / "w", screen)
    assert not page.exception
    assert not page.error
    if screen not in {"home", "jobs", "docs"}:
        assert "first look, after 1 of 4 epochs" in words_on(page)


@pytest.fixture
def own(hostile_workspace, tmp_path):
    root = tmp_path / "w"
    shutil.copytree(hostile_workspace, root)
    return root


def test_hostile_names_of_a_look_are_letters(own, open_page):
    dataset, run = listing(own).datasets[0], listing(own).runs[0]
    plan = {
        "run_id": run["run_id"], "dataset_id": dataset["dataset_id"], "image_size": 8, "model": "quick",
        "num_examples": dataset["num_examples"], "device": "cpu", "num_workers": 1, "num_epochs": 2,
        "num_steps": 4, "num_seeds": 1, "num_seeds_left": 1, "estimated_seconds": 9.0,
        "rules": [f"On {HOSTILE_CLASSES[0]}."],
        "class_counts": {name: {"train": 4} for name in HOSTILE_CLASSES},
    }  # fmt: skip
    workspace = Workspace.open(own)
    job_id = add_job(workspace, AuditForm(source="digits").look_argv(own))
    jobs._change(workspace, job_id, state="done")
    workspace.logs_dir.mkdir(exist_ok=True)
    (workspace.logs_dir / f"{job_id}.log").write_text(json.dumps(plan) + "\n")
    page = open_page(own, "new_audit", look=job_id)
    assert not page.exception
    assert not page.error
    assert "fewer than 10 images" in page.warning[0].value
    assert not MARKUP.search(words_on(page) + page.warning[0].value)
    assert not any("\u202e" in name for name in page.dataframe[0].value["class"])


def test_hostile_names_of_a_job_are_letters(own, open_page):
    workspace = Workspace.open(own)
    job_id = add_job(workspace, ["audit", f"/data/{HOSTILE_CLASSES[0]}", f"--name={HOSTILE_CLASSES[1]}"])
    jobs._change(workspace, job_id, state="running")
    writer = ProgressWriter(workspace, job_id)
    writer.stage(HOSTILE_CLASSES[2], total=10, unit=HOSTILE_CLASSES[3])
    writer.parts({HOSTILE_CLASSES[5]: 0.5})
    writer.say(HOSTILE_CLASSES[4])
    writer.write()
    ended = add_job(workspace, ["audit", "digits"])
    jobs._change(workspace, ended, state="failed", message=HOSTILE_CLASSES[0])
    page = open_page(own, "jobs")
    shown = [str(each.value) for kind in ("markdown", "error") for each in page.get(kind)]
    shown += [each.proto.text for each in page.get("progress")]
    assert not page.exception
    assert not MARKUP.search("\n".join(shown))


def test_two_runs_with_hostile_names_are_compared_as_letters(own, open_page):
    page = open_page(own, "home", compare=listing(own).runs[0]["run_id"])
    assert not page.exception
    assert not MARKUP.search(words_on(page))
