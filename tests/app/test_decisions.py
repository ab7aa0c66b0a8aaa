"""Decisions from the browser: stored, refused where they are none, left waiting where the store fails."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from app import decisions
from app.decisions import store_operations
from datadiet.pipeline.run import open_run
from datadiet.store.reviews import read_reviews


@pytest.fixture
def run(digits_workspace, tmp_path):
    """Return a run of a workspace to decide in."""
    shutil.copytree(digits_workspace, tmp_path / "w")
    [run_id] = [path.name for path in (tmp_path / "w/runs").iterdir()]
    return open_run(run_id, workspace=tmp_path / "w")


def operation(run, op, **changes):
    return {"id": op, "run_id": run.run_id, "example_id": 0, "decision": "keep", **changes}


def sent(run, *operations, who="ann"):
    return store_operations(run.files.workspace, list(operations), who=who)


def refused(ack):
    return [op for op, _ in ack.refused]


@pytest.mark.parametrize("name", ["noise.parquet", "config.json", "examples.parquet", "dataset.json"])
def test_decisions_of_a_run_that_cannot_be_read_wait_until_it_can(run, name):
    of_run = run.files.workspace.run_dir(run.run_id) / name
    path = of_run if of_run.exists() else run.files.workspace.dataset_dir(run.files.images.dataset_id) / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    ack = sent(run, operation(run, "a"), operation(run, "b", decision="maybe"))
    assert (ack.stored, ack.refused, ack.waiting) == ([], [], ["a", "b"])
    assert path.name in ack.problem
    assert "/" not in ack.problem
    path.write_bytes(whole)
    ack = sent(run, operation(run, "a"), operation(run, "b", decision="maybe"))
    assert (ack.stored, refused(ack), ack.waiting, ack.problem) == (["a"], ["b"], [], "")


def test_decisions_of_a_run_that_is_gone_wait_and_others_go_on(run):
    gone = operation(run, "a", run_id="0123456789abcdef")
    undo_of_it = operation(run, "b", decision="undo", new_label="a")
    ack = sent(run, gone, operation(run, "c"), undo_of_it)
    assert (ack.stored, ack.refused, ack.waiting) == (["c"], [], ["a", "b"])
    assert ack.problem.startswith("The run '01234567' is not in this workspace any more.")
    assert ack.document()["waiting"] == ["a", "b"]


def test_a_run_whose_folder_is_away_for_a_while_loses_nothing(run):
    folder = run.files.workspace.run_dir(run.run_id)
    folder.rename(folder.with_name("away"))
    assert sent(run, operation(run, "a")).waiting == ["a"]
    folder.with_name("away").rename(folder)
    assert sent(run, operation(run, "a")).stored == ["a"]


@pytest.mark.parametrize("damage", ["garbage", "locked", "gone", "unexpected"])
def test_whatever_the_store_does_is_a_sentence_and_nothing_is_dropped(run, damage, monkeypatch):
    root = run.files.workspace.root
    other = None
    if damage == "garbage":
        (root / "workspace.db").write_bytes(b"x" * 5000)
    elif damage == "locked":
        monkeypatch.setattr("datadiet.store.database.BUSY_SECONDS", 0.1)
        decisions.list_runs(run.files.workspace)
        from datadiet.store import database

        database._engine.cache_clear()
        other = sqlite3.connect(root / "workspace.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
    elif damage == "gone":
        root.rename(root.with_name("elsewhere"))
    else:
        monkeypatch.setattr(decisions, "list_runs", lambda workspace: 1 / 0)
    ack = sent(run, operation(run, "a"))
    if other:
        other.close()
        database._engine.cache_clear()
    assert (ack.stored, ack.refused, ack.waiting) == ([], [], ["a"])
    assert ack.problem
    assert "ZeroDivision" not in ack.problem
    assert damage != "gone" or (not root.exists() and "There is no workspace at w" in ack.problem)


@pytest.mark.parametrize("example_id", [10**30, -(10**30), -1, 10**6, 1.5, True, "0", None])
def test_an_example_that_is_none_is_refused_alone(run, example_id):
    ack = sent(run, operation(run, "a", example_id=example_id), operation(run, "b"))
    assert (ack.stored, refused(ack), ack.waiting, ack.problem) == (["b"], ["a"], [], "")


def test_a_decision_that_is_stored_already_is_acknowledged_whoever_asks(run):
    assert sent(run, operation(run, "a"), who="alice").stored == ["a"]
    assert sent(run, operation(run, "a"), operation(run, "b"), who="bob").stored == ["a", "b"]
    assert read_reviews(run.files.workspace)["reviewer"].tolist() == ["alice", "bob"]


def test_another_decision_under_one_id_is_refused_alone(run):
    sent(run, operation(run, "a"))
    other = operation(run, "a", decision="drop")
    ack = sent(run, other, operation(run, "b"), operation(run, "b", decision="drop"), operation(run, "c"))
    assert (ack.stored, refused(ack)) == (["b", "c"], ["a", "b"])
    assert read_reviews(run.files.workspace)["decision"].tolist() == ["keep"] * 3


@pytest.mark.parametrize("op", ["", "x" * 200, "a b", "a\ud800", 3])
def test_an_id_that_is_none_is_refused_as_text_that_can_travel(run, op):
    ack = sent(run, operation(run, op), operation(run, "b"))
    assert ack.stored == ["b"]
    assert len(ack.refused) == 1
    str(ack.document()).encode()


@pytest.mark.parametrize("name", ["   ", "3 ", "3", "a\nb\0", "a\ud800", "x" * 201, "\u2028"])
def test_a_new_class_that_cannot_be_called_so_is_refused(run, name):
    ack = sent(run, operation(run, "a", decision="new_class", new_label=name), operation(run, "b"))
    assert (ack.stored, refused(ack)) == (["b"], ["a"])
    str(ack.document()).encode()


def test_the_spaces_around_a_new_class_and_what_no_note_can_hold_are_replaced(run):
    made = operation(run, "a", decision="new_class", new_label=" a wolf\t", note="x\ud800\0y")
    assert sent(run, made).stored == ["a"]
    assert sent(run, made).stored == ["a"]
    row = read_reviews(run.files.workspace).iloc[0]
    assert (row["new_label"], row["note"]) == ("a wolf", "x\ufffd\ufffdy")


def test_an_undo_of_itself_or_of_nothing_that_is_stored_is_refused(run):
    undoes = [operation(run, op, decision="undo", new_label=what) for op, what in ("aa", "bz", "cd", "ek")]
    ack = sent(run, operation(run, "k"), *undoes[:3], operation(run, "d"), undoes[3])
    assert (ack.stored, refused(ack)) == (["k", "d", "e"], ["a", "b", "c"])


@pytest.mark.parametrize("what", [None, 3, {}, [None, 3, {}, []]])
def test_what_is_no_message_is_no_failure(run, what):
    ack = store_operations(run.files.workspace, what, who="ann")
    assert (ack.stored, ack.waiting, ack.problem) == ([], [], "")


@pytest.mark.parametrize("screen", ["home", "overview", "browse", "triage", "compare", "export", "jobs"])
def test_no_page_makes_a_workspace_where_it_was_moved_away(run, open_page, screen):
    root = run.files.workspace.root
    page = open_page(root, screen)
    root.rename(root.with_name("elsewhere"))
    page.run()
    assert not root.exists()
    assert not page.exception
    assert "There is no workspace at w" in page.error[0].value
