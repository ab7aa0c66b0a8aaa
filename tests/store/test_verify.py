import os

import pytest

from datadiet.errors import CorruptFileError
from datadiet.store.documents import publish_json
from datadiet.store.publish import publish_file, publish_folder, verified_bytes
from datadiet.store.runs import record_run
from datadiet.store.verify import verify
from datadiet.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace.open(tmp_path / "w")
    with publish_folder(workspace, workspace.dataset_dir("d")) as attempt:
        (attempt / "images.npy").write_bytes(b"x" * 9_000_000)
        (attempt / "thumbnails").mkdir()
        (attempt / "thumbnails/0.bin").write_bytes(b"t" * 100)
    publish_json(workspace.dataset_dir("d") / "quality.json", {})
    record_run(workspace, {"run_id": "r", "dataset_id": "d", "config": {}})
    publish_file(workspace.scores_dir("r", 0) / "el2n", lambda path: path.write_text("1") and None)
    return workspace


def unsound(workspace):
    return [found.path.name for found in verify(workspace) if not found.is_sound]


def test_r25_a_sound_workspace_is_found_sound_file_by_file(workspace):
    findings = list(verify(workspace))
    assert all(found.is_sound for found in findings)
    assert {"images.npy", "0.bin", "config.json", "el2n", "workspace.db"} <= {f.path.name for f in findings}


@pytest.mark.parametrize("name", ["images.npy", "thumbnails/0.bin", "checksums.json", "quality.json"])
def test_r25_a_changed_file_is_named(workspace, name):
    path = workspace.dataset_dir("d") / name
    path.write_bytes(path.read_bytes()[:-1])
    assert path.name in unsound(workspace)


def test_r25_missing_and_stray_files_are_named(workspace):
    (workspace.dataset_dir("d") / "thumbnails/0.bin").unlink()
    (workspace.seed_dir("r", 0) / "stray").write_text("x")
    assert unsound(workspace) == ["0.bin", "stray"]


def test_a_run_without_its_settings_is_named_with_the_command_that_removes_it(workspace):
    publish_file(workspace.scores_dir("gone", 0) / "el2n", lambda path: path.write_text("1") and None)
    [found] = [found for found in verify(workspace) if not found.is_sound]
    assert found.path == workspace.run_dir("gone")
    assert found.reason.endswith("or remove it: datadiet delete gone")


def test_an_empty_place_of_a_run_is_nothing_to_be_named(workspace):
    workspace.scores_dir("empty", 0).mkdir(parents=True)
    assert unsound(workspace) == []


def test_r25_a_folder_that_lost_its_seal_is_named_once_and_as_a_whole(workspace):
    final = workspace.seed_dir("r", 0) / "step_000004"
    with publish_folder(workspace, final) as attempt:
        for name in ("checkpoint.safetensors", "history.parquet"):
            (attempt / name).write_text("x")
    (final / "checksums.json").unlink()
    [found] = [found for found in verify(workspace) if not found.is_sound]
    assert found.path == final
    assert "no checksum is on record for it. Delete it and run" in found.reason
    with pytest.raises(CorruptFileError, match=r"step_000004 is damaged"):
        verified_bytes(final / "history.parquet")


def test_r25_a_damaged_database_is_named(workspace):
    (workspace.root / "workspace.db").write_bytes(b"x" * 5000)
    assert unsound(workspace) == ["workspace.db"]


@pytest.mark.parametrize("is_empty", [False, True])
def test_r25_a_database_that_is_gone_is_named(workspace, is_empty):
    (workspace.root / "workspace.db").unlink()
    if is_empty:
        (workspace.root / "workspace.db").touch()
    [found] = [each for each in verify(workspace) if not each.is_sound]
    assert "is missing or empty, though it was made" in found.reason


def test_r25_a_checksum_without_its_file_names_the_file(workspace):
    (workspace.dataset_dir("d") / "quality.json").unlink()
    assert unsound(workspace) == ["quality.json"]


def test_r25_a_file_that_is_being_renamed_is_not_missed(workspace):
    path = workspace.dataset_dir("d") / "quality.json"
    path.rename(path.with_name(".0123abcd.part.json"))
    assert unsound(workspace) == []


def test_r25_a_pipe_is_named_and_not_waited_for(workspace):
    path = workspace.dataset_dir("d") / "quality.json"
    path.unlink()
    os.mkfifo(path)
    assert set(unsound(workspace)) == {"quality.json"}
