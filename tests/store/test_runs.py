from threading import Barrier, Thread

import pytest

from datadiet.errors import ConfigError, NotFoundError, StoreError
from datadiet.store.documents import publish_json
from datadiet.store.runs import (
    delete_run,
    leftover_runs,
    list_datasets,
    list_runs,
    read_run,
    record_run,
    rename_run,
    resolve_deletable,
    resolve_run,
    working_on,
)
from datadiet.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace.open(tmp_path / "w")
    for run_id, name in (("f00d", "digits"), ("beef", ""), ("bead", "")):
        record_run(workspace, {"run_id": run_id, "dataset_id": "d", "config": {"a": run_id}}, name=name)
    return workspace


def test_r10_runs_are_listed_in_the_order_they_were_made(workspace):
    assert [record.run_id for record in list_runs(workspace)] == ["f00d", "beef", "bead"]
    assert read_run(workspace, "f00d").name == "digits"
    assert read_run(workspace, "f00d").config == {"a": "f00d"}


@pytest.mark.parametrize(
    ("text", "run_id"), [("f00d", "f00d"), ("f", "f00d"), ("digits", "f00d"), ("bee", "beef")]
)
def test_a_run_is_named_by_its_id_its_start_or_its_name(workspace, text, run_id):
    assert resolve_run(workspace, text) == run_id


@pytest.mark.parametrize(
    ("text", "message"),
    [("be", "more than one run: bead, beef"), ("digit", "mean digits"), ("", "There are")],
)
def test_what_names_no_one_run_is_refused_with_near_ones(workspace, text, message):
    with pytest.raises(NotFoundError, match=message):
        resolve_run(workspace, text)


def test_recording_again_changes_nothing(workspace):
    assert record_run(workspace, {"run_id": "f00d", "dataset_id": "e", "config": {}}).dataset_id == "d"
    assert read_run(workspace, "f00d").name == "digits"


def test_a_name_moves_and_is_never_shared(workspace):
    with pytest.raises(ConfigError, match="belongs to another run"):
        rename_run(workspace, "beef", "digits")
    rename_run(workspace, "f00d", "")
    rename_run(workspace, "beef", "digits")
    assert resolve_run(workspace, "digits") == "beef"


@pytest.mark.parametrize("number", range(4))
def test_of_many_that_ask_for_a_name_at_once_one_gets_it(workspace, number):
    run_ids, start, refused = [f"c{each}" for each in range(6)], Barrier(6), []

    def ask(run_id):
        start.wait()
        try:
            if number % 2:
                rename_run(workspace, run_id, "wanted")
            else:
                record_run(workspace, {"run_id": run_id, "dataset_id": "d", "config": {}}, name="wanted")
        except ConfigError as error:
            refused.append(str(error))

    if number % 2:
        for run_id in run_ids:
            record_run(workspace, {"run_id": run_id, "dataset_id": "d", "config": {}})
    threads = [Thread(target=ask, args=(run_id,)) for run_id in run_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [record.name for record in list_runs(workspace)].count("wanted") == 1
    assert len(refused) == 5


def test_a_deleted_run_is_gone_with_its_name_and_its_sets(workspace):
    publish_json(workspace.sets_dir / "f00d" / "0123456f.json", {"num": 0, "mask": ""})
    publish_json(workspace.sets_dir / "beef" / "0123456f.json", {"num": 0, "mask": ""})
    delete_run(workspace, "f00d")
    assert [path.name for path in workspace.sets_dir.iterdir()] == ["beef"]
    rename_run(workspace, "beef", "digits")
    assert [record.run_id for record in list_runs(workspace)] == ["beef", "bead"]
    assert list(workspace.attempts_dir.iterdir()) == []


def test_a_run_is_not_deleted_while_somebody_works_on_it(workspace):
    with working_on(workspace, "f00d"), working_on(workspace, "f00d"):
        with pytest.raises(StoreError, match="f00d is being worked on by another command"):
            delete_run(workspace, "f00d")
        delete_run(workspace, "beef")
    assert [record.run_id for record in list_runs(workspace)] == ["f00d", "bead"]
    delete_run(workspace, "f00d")
    with pytest.raises(NotFoundError, match="no run f00d any more"), working_on(workspace, "f00d"):
        pass


def test_what_a_deletion_left_is_named_by_its_whole_id_and_removed(workspace):
    (workspace.run_dir("f00d") / "config.json").unlink()
    assert leftover_runs(workspace) == ["f00d"]
    with pytest.raises(NotFoundError):
        resolve_run(workspace, "f00d")
    assert [resolve_deletable(workspace, text) for text in ("f00d", "bee")] == ["f00d", "beef"]
    delete_run(workspace, "f00d")
    assert not workspace.run_dir("f00d").exists()


def test_r5_a_damaged_run_is_listed_with_its_problem(workspace):
    (workspace.run_dir("beef") / "config.json").write_text("{}")
    assert "damaged" in list_runs(workspace)[1].problem


def test_an_empty_workspace_has_no_runs_and_no_data_sets(tmp_path):
    workspace = Workspace.open(tmp_path / "empty")
    assert (list_runs(workspace), list_datasets(workspace)) == ([], [])
    with pytest.raises(NotFoundError, match="holds none yet"):
        resolve_run(workspace, "x")


@pytest.mark.parametrize("name", ["two\nlines", "  ", "n" * 201])
def test_a_name_that_no_line_could_show_is_refused(workspace, name):
    with pytest.raises(ConfigError, match="cannot be a name of a run"):
        rename_run(workspace, "beef", name)
    assert read_run(workspace, "beef").name == ""
