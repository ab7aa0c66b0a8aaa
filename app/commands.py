"""Commands as pages show them, for a terminal in the folder in which the dashboard was started."""

from __future__ import annotations

import shlex
from pathlib import Path

import streamlit as st

from app import state

PLACEHOLDER = "path/to/this/workspace"  # reads like the other places that a person fills in


def show_commands(*commands: str) -> None:
    """Show commands to copy, a line each.

    Args:
        *commands: Words after ``datadiet``, without the workspace.
    """
    option = workspace_option()
    lines = [f"datadiet {command}{option}" for command in commands]
    st.code("\n".join(lines), language=None, wrap_lines=True)


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
