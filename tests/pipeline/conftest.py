import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the tiny set; test folders are no packages

import tiny_set

from datadiet.pipeline.run import open_run


@pytest.fixture(scope="session")
def tiny_root(tmp_path_factory):
    """Return a workspace with one audit of the tiny set; only to be read."""
    root = tmp_path_factory.mktemp("tiny") / "w"
    tiny_set.audited(root)
    return root


@pytest.fixture
def tiny(tiny_root):
    """Return the run of that audit; only to be read."""
    [run] = [path.name for path in (tiny_root / "runs").iterdir()]
    return open_run(run, workspace=tiny_root)


@pytest.fixture
def own(tiny, tmp_path):
    """Return that run in a copy of its workspace, to be added to."""
    shutil.copytree(tiny.files.workspace.root, tmp_path / "w")
    return open_run(tiny.run_id, workspace=tmp_path / "w")
