import json

import pytest

from datadiet.errors import CorruptFileError, NotFoundError, StoreError
from datadiet.store.disk import claim
from datadiet.store.workspace import Workspace


def test_paths_are_those_of_the_design(tmp_path):
    workspace = Workspace.open(tmp_path)
    assert workspace.step_dir("r", 3, 390) == tmp_path / "runs/r/seed_03/step_000390"
    assert workspace.dataset_dir("d") == tmp_path / "datasets/d"
    assert workspace.database_url == f"sqlite:///{tmp_path / 'workspace.db'}"


def test_r24_a_newer_layout_is_refused(tmp_path):
    Workspace.open(tmp_path)
    (tmp_path / "layout.json").write_text(json.dumps({"layout": 2}))
    with pytest.raises(StoreError, match=r"newer datadiet \(layout 2, this one reads up to 1\)"):
        Workspace.open(tmp_path)


def test_r5_any_flipped_bit_in_the_layout_is_found(tmp_path):
    Workspace.open(tmp_path)
    path = tmp_path / "layout.json"
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CorruptFileError, match=r"layout\.json"):
            Workspace.open(tmp_path)


def test_r1_leftovers_of_the_dead_go_and_work_of_the_living_stays(tmp_path):
    workspace = Workspace.open(tmp_path)
    dead, alive = workspace.attempts_dir / "0a0a0a0a", workspace.attempts_dir / "0b0b0b0b"
    dead.mkdir(parents=True)
    alive.mkdir()
    part = workspace.scores_dir("r", 0) / ".01234567.part.npy"
    part.parent.mkdir(parents=True)
    part.write_text("x")
    theirs = part.with_name(".hidden.part")
    theirs.write_text("not ours")
    assert claim(alive) is not None
    Workspace.open(tmp_path)
    assert (dead.exists(), alive.exists(), part.exists(), theirs.exists()) == (False, True, False, True)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be written"):
        Workspace.open(tmp_path / "file" / "w")


def test_a_workspace_that_is_not_there_is_not_made_by_what_opens_existing_ones(tmp_path):
    with pytest.raises(NotFoundError, match="There is no workspace at"):
        Workspace.existing(tmp_path / "w")
    assert not (tmp_path / "w").exists()
    (tmp_path / "w").mkdir()
    with pytest.raises(NotFoundError, match="There is no workspace at"):
        Workspace.existing(tmp_path / "w")
    assert not list((tmp_path / "w").iterdir())
    made = Workspace.open(tmp_path / "w")
    assert Workspace.existing(tmp_path / "w") == made


def test_r24_a_newer_layout_is_refused_where_none_is_made_too(tmp_path):
    Workspace.open(tmp_path)
    (tmp_path / "layout.json").write_text(json.dumps({"layout": 2}))
    with pytest.raises(StoreError, match="newer datadiet"):
        Workspace.existing(tmp_path)
