"""A data set is prepared once: found again by its source, also after the source was touched."""

import os

import numpy as np
import pytest
from PIL import Image

from datadiet.config import DataConfig
from datadiet.data.sources import open_source
from datadiet.pipeline.prepare import prepare_source
from datadiet.pipeline.progress import Silent
from datadiet.store.verify import verify
from datadiet.store.workspace import Workspace


class Stages(Silent):
    """Progress that notes what was begun."""

    def __init__(self):
        self.begun = []

    def stage(self, name, *, total, unit):
        """Note the stage."""
        self.begun.append(name)


@pytest.fixture
def pictures(tmp_path):
    """Return a folder of two classes."""
    rng = np.random.default_rng(0)
    for number in range(12):
        path = tmp_path / "set" / ("cat" if number % 2 else "dog") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8)).save(path)
    return tmp_path / "set"


def begun(workspace, pictures):
    """Return the stages of preparing the folder, and the id of what it gave."""
    heard, config = Stages(), DataConfig()
    images = prepare_source(
        workspace, open_source(str(pictures), config), config, num_workers=1, progress=heard
    )
    return heard.begun, images.dataset_id


def test_a_set_that_was_touched_is_read_once_more_and_then_known(pictures, tmp_path):
    workspace = Workspace.open(tmp_path / "w")
    first = begun(workspace, pictures)
    assert first[0] == ["Prepare set"]
    assert begun(workspace, pictures) == ([], first[1])
    for path in pictures.rglob("*.png"):
        os.utime(path, (1, 1))
    assert begun(workspace, pictures) == first
    assert begun(workspace, pictures) == ([], first[1])
    assert all(finding.is_sound for finding in verify(workspace))
