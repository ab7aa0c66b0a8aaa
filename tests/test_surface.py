"""What ``import datadiet`` gives is what the manual lists, and it is given lightly."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import datadiet

PAGE = Path(__file__).resolve().parents[1] / "docs" / "python.md"


def imports_of(code: str) -> set[str]:
    """Return the names of the modules that a fresh interpreter holds after ``code``."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_the_manual_lists_the_public_names():
    listed = re.findall(r"^\| `datadiet\.(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(datadiet.__all__)


@pytest.mark.parametrize("name", datadiet.__all__)
def test_a_public_name_is_there_and_documented(name):
    assert getattr(datadiet, name).__doc__


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'audits'"):
        _ = datadiet.audits


def test_dir_lists_the_public_names_alone():
    assert dir(datadiet) == sorted(datadiet.__all__)


def test_importing_the_package_loads_nothing_heavy():
    assert not {"torch", "pandas", "numpy"} & imports_of("import datadiet")


def test_opening_a_run_loads_no_torch():
    assert "torch" not in imports_of("import datadiet; datadiet.open_run; datadiet.Run")


def test_help_loads_no_torch():
    assert not {"torch", "pandas"} & imports_of("import datadiet.cli")
