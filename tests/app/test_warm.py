"""The server imports and reads ahead while the browser loads its scripts."""

import subprocess
import sys
from pathlib import Path

import pytest
import streamlit as st

from app import state, warm

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server
ROOT = Path(__file__).resolve().parents[2]


def test_the_newest_run_is_there_when_its_page_asks(digits_workspace, monkeypatch):
    st.cache_resource.clear()
    monkeypatch.setenv("DATADIET_WORKSPACE", str(digits_workspace))
    warm.warm_up(lambda: True)
    monkeypatch.setattr(state, "open_run", None)  # reading again would fail
    run_id = state.run_choices()[0].run_id
    scored = state.read_scores(state.workspace_root(), run_id, state.run_stamp(run_id))
    assert len(scored.scores) == 1797


def test_a_workspace_that_is_not_there_is_left_to_the_pages(tmp_path, monkeypatch):
    monkeypatch.setenv("DATADIET_WORKSPACE", str(tmp_path / "none"))
    warm.warm_up(lambda: True)
    assert not (tmp_path / "none").exists()


def test_nothing_is_read_before_the_server_answers(monkeypatch):
    monkeypatch.setattr(warm, "MOST_TO_START", 0.05)
    monkeypatch.setattr(warm, "import_module", lambda room: pytest.fail(f"imported {room}"))
    warm.warm_up(lambda: False)


def test_what_home_and_browse_import_is_light():
    heavy = "{'torch', 'scipy', 'sklearn'}"
    rooms = "; ".join(f"import {room}" for room in warm.ROOMS)
    code = f"import sys; {rooms}; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
