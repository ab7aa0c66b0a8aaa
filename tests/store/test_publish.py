import multiprocessing
import os
from pathlib import Path

import pytest

from datadiet.errors import CorruptFileError, NotFoundError, StoreError
from datadiet.store.checksums import sidecar_of
from datadiet.store.publish import is_published, publish_file, publish_folder, unpublish, verified_bytes
from datadiet.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace.open(tmp_path / "w")


def publish_text(workspace, final, text="hello"):
    with publish_folder(workspace, final) as attempt:
        (attempt / "sub").mkdir()
        (attempt / "a.txt").write_text(text)
        (attempt / "sub/b.npy").write_bytes(b"x" * 5_000_000)
    return attempt


def test_a_published_folder_reads_back(workspace):
    final = workspace.dataset_dir("d")
    assert publish_text(workspace, final).won
    assert is_published(final)
    assert is_published(final / "a.txt")
    assert verified_bytes(final / "a.txt") == b"hello"
    assert len(verified_bytes(final / "sub/b.npy")) == 5_000_000
    assert list(workspace.attempts_dir.iterdir()) == []


def test_r4_the_second_attempt_is_discarded(workspace):
    final = workspace.dataset_dir("d")
    publish_text(workspace, final)
    assert not publish_text(workspace, final, "other").won
    assert verified_bytes(final / "a.txt") == b"hello"
    assert list(workspace.attempts_dir.iterdir()) == []


def test_r15_a_folder_that_nothing_vouches_for_is_refused_before_the_work(workspace):
    final = workspace.dataset_dir("d")
    publish_text(workspace, final)
    (final / "checksums.json").unlink()
    refused = pytest.raises(CorruptFileError, match=r"no checksum is on record for it\. Delete it and run")
    with refused, publish_folder(workspace, final):
        pytest.fail("the work has begun")
    assert (final / "a.txt").read_text() == "hello"
    assert list(workspace.attempts_dir.iterdir()) == []


def test_folders_without_a_file_make_place(workspace):
    final = workspace.dataset_dir("d")
    (final / "sub").mkdir(parents=True)
    assert publish_text(workspace, final).won
    assert verified_bytes(final / "a.txt") == b"hello"


def test_r1_a_block_that_raises_publishes_nothing(workspace):
    final = workspace.dataset_dir("d")
    with pytest.raises(KeyboardInterrupt):
        interrupted(workspace, final)
    assert not final.exists()
    assert list(workspace.attempts_dir.iterdir()) == []


def interrupted(workspace, final):
    with publish_folder(workspace, final) as attempt:
        (attempt / "a").write_text("x")
        raise KeyboardInterrupt


def test_r4_the_first_file_wins(tmp_path):
    final = tmp_path / "x.json"
    assert publish_file(final, lambda path: path.write_text("1") and None)
    assert not publish_file(final, lambda path: path.write_text("2") and None)
    assert verified_bytes(final) == b"1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.json", "x.json.sums"]


@pytest.mark.parametrize("name", ["a.txt", "sub/b.npy", "checksums.json"])
@pytest.mark.parametrize("where", [0, 0.3, 0.999])
def test_r5_one_flipped_bit_in_a_folder_names_the_file(workspace, name, where):
    final = workspace.dataset_dir("d")
    publish_text(workspace, final)
    flip(final / name, where)
    with pytest.raises(CorruptFileError, match=Path(name).name):
        verified_bytes(final / ("a.txt" if name == "checksums.json" else name))


@pytest.mark.parametrize("name", ["x.json", "x.json.sums"])
def test_r5_one_flipped_bit_in_a_file_or_its_seal_names_it(tmp_path, name):
    publish_file(tmp_path / "x.json", lambda path: path.write_text("[1, 2]") and None)
    for place in range((tmp_path / name).stat().st_size):
        whole = (tmp_path / name).read_bytes()
        flip_at(tmp_path / name, place)
        with pytest.raises(CorruptFileError, match=r"x\.json"):
            verified_bytes(tmp_path / "x.json")
        (tmp_path / name).write_bytes(whole)


def test_r5_swapped_files_are_refused_with_their_seals_too(workspace):
    first, second = workspace.scores_dir("r", 0) / "el2n", workspace.scores_dir("r", 1) / "el2n"
    publish_file(first, lambda path: path.write_text("1") and None)
    publish_file(second, lambda path: path.write_text("2") and None)
    for one, other in ((first, second), (sidecar_of(first), sidecar_of(second))):
        one.rename(workspace.root / "held")
        other.rename(one)
        (workspace.root / "held").rename(other)
    with pytest.raises(CorruptFileError, match="moved or swapped"):
        verified_bytes(first)


def test_r5_swapped_folders_are_refused(workspace):
    first, second = workspace.step_dir("r", 0, 1), workspace.step_dir("r", 0, 2)
    publish_text(workspace, first)
    publish_text(workspace, second, "world")
    first.rename(workspace.root / "held")
    second.rename(first)
    with pytest.raises(CorruptFileError, match="published as runs/r/seed_00/step_000002"):
        verified_bytes(first / "a.txt")


def test_a_workspace_may_be_moved(workspace, tmp_path):
    publish_text(workspace, workspace.dataset_dir("d"))
    workspace.root.rename(tmp_path / "elsewhere")
    assert verified_bytes(tmp_path / "elsewhere/datasets/d/a.txt") == b"hello"


def test_a_missing_file_is_not_called_damaged(tmp_path):
    with pytest.raises(NotFoundError, match="does not exist"):
        verified_bytes(tmp_path / "x")


def test_r5_a_published_file_that_is_gone_or_unsealed_is_damaged(workspace):
    final = workspace.dataset_dir("d")
    publish_text(workspace, final)
    (final / "a.txt").unlink()
    (final / "stray").write_text("x")
    with pytest.raises(CorruptFileError, match="missing"):
        verified_bytes(final / "a.txt")
    with pytest.raises(CorruptFileError, match="no checksum"):
        verified_bytes(final / "stray")


def test_unpublished_work_can_be_done_again(workspace):
    publish_text(workspace, workspace.dataset_dir("d"))
    unpublish(workspace, workspace.dataset_dir("d"))
    assert publish_text(workspace, workspace.dataset_dir("d"), "new").won


def test_more_bytes_than_are_free_are_refused_before_the_work(workspace):
    with (
        pytest.raises(StoreError, match=r"disk is full .at least 1000000000000000\.0 MB are needed"),
        publish_folder(workspace, workspace.dataset_dir("d"), num_bytes=10**21),
    ):
        pytest.fail("the block must not begin")


def race(root: str, text: str, barrier) -> None:
    workspace = Workspace.open(Path(root))
    for turn in range(20):
        barrier.wait()
        publish_file(workspace.run_dir(f"r{turn}") / "c.json", lambda path: path.write_text(text) and None)
        with publish_folder(workspace, workspace.step_dir(f"r{turn}", 0, 0)) as attempt:
            (attempt / "a").write_text(text)


def test_r4_two_processes_never_mix_a_file_and_a_seal(tmp_path):
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    racers = [context.Process(target=race, args=(str(tmp_path), text, barrier)) for text in "ab"]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert [racer.exitcode for racer in racers] == [0, 0]
    for turn in range(20):
        assert verified_bytes(tmp_path / f"runs/r{turn}/c.json") in {b"a", b"b"}
        assert verified_bytes(tmp_path / f"runs/r{turn}/seed_00/step_000000/a") in {b"a", b"b"}
    assert list((tmp_path / "attempts").iterdir()) == []


def flip(path: Path, where: float) -> None:
    flip_at(path, int(where * path.stat().st_size))


def flip_at(path: Path, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 4]))
