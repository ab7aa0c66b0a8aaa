import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the shared publication; test folders are no packages

import small_workspace


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """Return the files of a publication that nothing disturbed."""
    root = tmp_path_factory.mktemp("undisturbed") / "w"
    small_workspace.fill(root)
    return small_workspace.contents(root)
