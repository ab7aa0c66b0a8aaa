from pathlib import Path

import pytest

from datadiet.execution.units import Unit


@pytest.fixture(autouse=True)
def _functions_can_be_imported(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "work"))


@pytest.fixture
def unit(tmp_path):
    def make(key, function="write", after=(), **arguments):
        final = tmp_path / key
        return Unit(key, final, f"unit_functions:{function}", {"path": str(final), **arguments}, tuple(after))

    return make
