"""What widgets put into the address."""

from __future__ import annotations

import pytest
import streamlit as st

from app import state


@pytest.fixture
def session(monkeypatch):
    """Return the session and the address, as plain dictionaries."""
    found: tuple[dict, dict] = ({}, {"run": "r1"})
    monkeypatch.setattr(st, "session_state", found[0])
    monkeypatch.setattr(st, "query_params", found[1])
    return found


def test_a_choice_goes_into_the_address(session):
    chosen, address = session
    chosen[state.choice_key("run")] = "r2"
    state.remember_choice("run")
    assert address == {"run": "r2"}


def test_a_widget_that_is_gone_with_its_page_leaves_the_address_as_it_is(session):
    state.remember_choice("run")
    assert session[1] == {"run": "r1"}


def test_what_fails_in_a_callback_is_said_and_does_not_end_the_page(session, monkeypatch):
    said: list[str] = []
    session[0][state.choice_key("run")] = "r2"
    monkeypatch.setattr(state, "set_query", lambda *_: {}["gone"])
    monkeypatch.setattr(st, "error", lambda text, **_: said.append(text))
    state.remember_choice("run")
    assert "This part of the page failed." in said[0]
