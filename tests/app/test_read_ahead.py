"""Pictures are verified before somebody jumps to them."""

import shutil

import numpy as np

from app.browse import ahead
from datadiet.data.images import LabeledImages


def own_images(digits_workspace, tmp_path):
    shutil.copytree(digits_workspace, tmp_path / "workspace")
    (folder,) = (tmp_path / "workspace" / "datasets").iterdir()
    return folder, LabeledImages.open(folder)


def test_what_was_read_ahead_is_not_verified_again(digits_workspace, tmp_path, monkeypatch):
    _, images = own_images(digits_workspace, tmp_path)
    ahead.read_ahead(images).join(60)
    monkeypatch.setattr(images.images, "_verify", None)  # verifying again would fail
    assert len(images.pictures(images.examples["example_id"].tolist())) == 1797


def test_a_damaged_picture_is_left_to_the_page_that_needs_it(digits_workspace, tmp_path):
    folder, images = own_images(digits_workspace, tmp_path)
    path = folder / "images.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    ahead.read_ahead(images).join(60)
    assert np.asarray(images.images[0]).shape == images.images.shape[1:]


def test_a_set_that_is_too_large_is_not_read_ahead(digits_workspace, tmp_path, monkeypatch):
    _, images = own_images(digits_workspace, tmp_path)
    monkeypatch.setattr(ahead, "MOST_BYTES", 1000)
    assert ahead.read_ahead(images) is None
