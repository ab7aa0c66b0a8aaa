"""Ctrl-C and a full disk: a sentence, the right exit code, nothing half-written, and the way on."""

import signal
import subprocess

import audited_set
import numpy as np
import pytest
from PIL import Image

from datadiet.pipeline.verify import verify_workspace


def leftovers(root):
    return [*(root / "attempts").glob("*"), *(path for path in root.rglob("*") if ".part" in path.name)]


@pytest.fixture(scope="module")
def many_pictures(tmp_path_factory):
    """Return an image folder that takes a while to prepare."""
    folder = tmp_path_factory.mktemp("many")
    pixels = np.random.default_rng(0).integers(0, 255, (256, 256, 3), np.uint8)
    for name in ("a", "b"):
        (folder / name).mkdir()
        Image.fromarray(pixels).save(folder / name / "0000.png", compress_level=1)
        for number in range(1, 700):
            (folder / name / f"{number:04d}.png").write_bytes((folder / name / "0000.png").read_bytes())
    return folder


def test_ctrl_c_while_preparing_leaves_nothing_and_says_how_to_go_on(many_pictures, tmp_path):
    root = tmp_path / "w"
    command = ["audit", str(many_pictures), "--workspace", str(root), "--workers", "1", "--dry-run"]
    process = audited_set.start(command)
    audited_set.wait_for(lambda: list(root.glob("attempts/*/images.npy")), process)
    process.send_signal(signal.SIGINT)
    code, out, messages = audited_set.ended(process)
    assert (code, out) == (130, "")
    assert "run the same command again to go on" in messages
    assert "Traceback" not in messages
    assert leftovers(root) == []
    assert not list(root.glob("datasets/*"))


def test_ctrl_c_while_training_leaves_nothing_half_written_and_the_next_run_goes_on(tmp_path):
    source, root = audited_set.write_set(tmp_path / "set.npz"), tmp_path / "w"
    process = audited_set.audit(source, root, "--workers", "1")
    audited_set.wait_for(lambda: list(root.glob("runs/*/seed_00/step_000000")), process)
    process.send_signal(signal.SIGINT)
    code, out, messages = audited_set.ended(process)
    assert (code, out) == (130, "")
    assert "Interrupted. Nothing is half-written; run the same command again" in messages
    assert "Traceback" not in messages
    assert leftovers(root) == []
    assert verify_workspace(root).damaged == []
    done = audited_set.identities(root)
    code, out, messages = audited_set.ended(audited_set.audit(source, root, "--workers", "1"))
    assert code == 0, messages
    assert done.items() <= audited_set.identities(root).items()


@pytest.fixture
def small_disk(tmp_path):
    """Return a disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small disk is not permitted here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_f4_r8_a_disk_that_fills_up_ends_in_a_sentence_and_space_lets_it_go_on(small_disk, tmp_path):
    source, root = audited_set.write_set(tmp_path / "set.npz"), small_disk / "w"
    code, out, messages = audited_set.ended(audited_set.audit(source, root, "--workers", "1"))
    assert (code, out) == (1, "")
    assert "the disk is full" in messages
    assert "MB are free" in messages
    assert "Traceback" not in messages
    assert verify_workspace(root).damaged == []
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    code, out, messages = audited_set.ended(audited_set.audit(source, root, "--workers", "1"))
    assert code == 0, messages
