"""F4: the disk is full, in bytes or in files; freeing space lets the same command go on."""

import subprocess

import numpy as np
import pytest
from safetensors.numpy import save_file
from small_workspace import contents, fill

from datadiet.errors import DatabaseError, StoreError
from datadiet.store.arrays import ArrayWriter
from datadiet.store.publish import publish_file, publish_folder
from datadiet.store.reviews import Review, append_reviews, read_reviews
from datadiet.store.verify import verify
from datadiet.store.workspace import Workspace


@pytest.fixture
def mount(tmp_path):
    """Return a function that mounts a small disk with the options it is given."""
    mounted = []

    def make(options):
        place = tmp_path / "disk"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("mounting a small disk is not permitted here; F5 covers the failing calls")
        mounted.append(place)
        return place

    yield make
    for place in mounted:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def write_megabytes(path, number):
    with ArrayWriter(path, (1_000_000,), np.uint8) as writer:
        for _ in range(number):
            writer.append(np.ones((1, 1_000_000), np.uint8))


def publish_megabytes(workspace, number):
    with publish_folder(workspace, workspace.dataset_dir("big")) as attempt:
        write_megabytes(attempt / "images.npy", number)


@pytest.mark.parametrize("megabytes", [1, 2, 4])
def test_f4_r8_a_full_disk_is_a_sentence_and_freeing_space_resumes(mount, undisturbed, megabytes):
    disk = mount(f"size={megabytes}m")
    workspace = Workspace.open(disk / "w")
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(megabytes * 2**20 - 100_000))
    with pytest.raises(StoreError, match=r"datasets/big .*disk is full .*MB are needed, .*MB are free"):
        publish_megabytes(workspace, 5)
    with pytest.raises(StoreError, match="disk is full"):
        publish_file(workspace.run_dir("r") / "big.npy", lambda path: write_megabytes(path, 5))
    assert all(finding.is_sound for finding in verify(workspace))
    ballast.unlink()
    fill(workspace.root)
    assert contents(workspace.root) == undisturbed


def test_f4_safetensors_on_a_full_disk_are_a_sentence_too(mount):
    workspace = Workspace.open(mount("size=1m") / "w")
    with pytest.raises(StoreError, match="disk is full"):
        publish_weights(workspace)
    assert not workspace.step_dir("r", 0, 1).exists()
    assert list(workspace.attempts_dir.iterdir()) == []


def publish_weights(workspace):
    with publish_folder(workspace, workspace.step_dir("r", 0, 1)) as attempt:
        save_file({"weight": np.ones(2_000_000, np.float32)}, attempt / "weights.safetensors")


def test_f4_no_more_files_is_a_sentence(mount):
    workspace = Workspace.open(mount("size=1m,nr_inodes=12") / "w")
    with pytest.raises(StoreError, match="no inodes left"):
        publish_files(workspace, 20)
    assert list(workspace.attempts_dir.iterdir()) == []


def publish_files(workspace, number):
    with publish_folder(workspace, workspace.dataset_dir("d")) as attempt:
        for name in range(number):
            (attempt / str(name)).write_text("x")


def test_f4_r3_reviews_on_a_full_disk_are_refused_or_kept(mount):
    workspace = Workspace.open(mount("size=1m") / "w")
    acknowledged = []
    with pytest.raises(DatabaseError, match="full"):
        review_until_refused(workspace, acknowledged)
    assert acknowledged
    assert list(read_reviews(workspace)["operation_id"]) == acknowledged
    assert all(finding.is_sound for finding in verify(workspace))


def review_until_refused(workspace, acknowledged):
    for number in range(10_000):
        row = Review(
            operation_id=str(number), source_key="k", image_hash="h", label_shown="c", decision="keep",
            run_id="r", note="n" * 10_000,
        )  # fmt: skip
        append_reviews(workspace, [row])
        acknowledged.append(row.operation_id)
