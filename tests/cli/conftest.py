import shutil

import pytest
from typer.testing import CliRunner

from datadiet.cli.app import cli


@pytest.fixture(scope="session")
def digits(digits_workspace, tmp_path_factory):
    """Return a copy of the audited digits that the tests of this room may add to."""
    root = tmp_path_factory.mktemp("cli") / "w"
    shutil.copytree(digits_workspace, root)
    return root


@pytest.fixture
def datadiet():
    """Return a function that runs the command line in this process, its output kept apart."""

    def run(*words):
        return CliRunner().invoke(cli, [str(word) for word in words])

    return run
