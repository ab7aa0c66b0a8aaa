"""Commands as pages show them, for a terminal in the folder in which the dashboard was started."""

from __future__ import annotations

import shlex
from pathlib import Path

import streamlit as st

from app import state

PLACEHOLDER = "path/to/this/workspace"  # reads like the other places that a person fills in
WHERE = "For a terminal in the folder that the dashboard was started in."


def show_commands(*commands: str) -> None:
    """Show commands to copy, a line each, and where they are typed.

    Args:
        *commands: Words after ``datadiet``, without the workspace.
    """
    show_lines(*commands)
    if PLACEHOLDER not in workspace_option():
        st.caption(WHERE)


def show_lines(*commands: str) -> None:
    """Show commands as :func:`show_commands` does, where others below say where they are typed."""
    option = workspace_option()
    st.code("\n".join(f"datadiet {command}{option}" for command in commands), language=None, wrap_lines=True)


def workspace_option() -> str:
    """Return `` --workspace FOLDER`` for a command, empty where it would take that folder anyway.

    The folder is told as it lies below the one in which the dashboard was started; of other folders of this
    machine a page tells nothing, and ``PLACEHOLDER`` stands for them.
    """
    root, here = state.workspace_root(), Path.cwd().resolve()
    if root == here / "workspace":
        return ""
    if root.is_relative_to(here):
        return f" --workspace {shlex.quote(str(root.relative_to(here)))}"
    return f" --workspace {PLACEHOLDER}"
