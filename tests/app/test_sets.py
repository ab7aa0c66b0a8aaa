"""Sets of examples kept with a run: they outlive the session, and old ones go unless a view names them."""

from __future__ import annotations

import shutil

import pytest

from app.browse import sets
from app.browse.saved_views import save_view
from app.browse.sets import keep_set, read_set
from datadiet.pipeline.run import open_run
from datadiet.store.workspace import Workspace

RUN = "0123456789abcdef"


@pytest.fixture
def workspace(tmp_path):
    return Workspace.open(tmp_path / "workspace")


def test_a_set_is_read_again_by_its_token(workspace):
    ids = [3, 700, 12, 44_999]
    token = keep_set(workspace, RUN, ids)
    assert read_set(Workspace.existing(workspace.root), RUN, token) == [3, 12, 700, 44_999]
    assert keep_set(workspace, RUN, ids) == token
    assert keep_set(workspace, RUN, [3]) != token


@pytest.mark.parametrize("token", ["0000000f", "../../x", "", "12345678", "G123456f"])
def test_what_names_no_set_is_none(workspace, token):
    keep_set(workspace, RUN, [1])
    assert read_set(workspace, RUN, token) is None


def test_a_set_belongs_to_its_run_and_a_damaged_one_is_none(workspace):
    token = keep_set(workspace, RUN, range(300))
    assert read_set(workspace, "fedcba9876543210", token) is None
    path = workspace.root / "sets" / RUN / f"{token}.json"
    path.write_text(path.read_text().replace("mask", "mist"))
    assert read_set(workspace, RUN, token) is None


def test_the_oldest_go_but_those_that_a_saved_view_names_stay(digits_workspace, tmp_path, monkeypatch):
    shutil.copytree(digits_workspace, tmp_path / "workspace")
    run = open_run("short digits", workspace=tmp_path / "workspace")
    monkeypatch.setattr(sets, "MOST_SETS", 3)
    first = keep_set(run.files.workspace, run.run_id, [1])
    second = keep_set(run.files.workspace, run.run_id, [2])
    assert save_view(run.files, "kept", {"ids": first}) == ""
    later = [keep_set(run.files.workspace, run.run_id, [each]) for each in (3, 4)]
    assert read_set(run.files.workspace, run.run_id, first) == [1]
    assert read_set(run.files.workspace, run.run_id, second) is None
    assert all(read_set(run.files.workspace, run.run_id, each) for each in later)
