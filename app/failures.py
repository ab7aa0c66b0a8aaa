"""What went wrong, on screen: a sentence or an id; the detail goes to the log of the command."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager

import streamlit as st

from app.text import plain
from datadiet.errors import DataDietError

logger = logging.getLogger(__name__)
_PATH = re.compile(r"(?<![\w.])(?:[A-Za-z]:)?[/\\](?:[^\s/\\,;:'\"]+[/\\])+")  # folders before a last name


@contextmanager
def shown_failures() -> Generator[None, None, None]:
    """Show what the block raises instead of letting it end the page."""
    try:
        yield
    except DataDietError as error:
        error_id = _logged(error)
        st.error(f"{plain(public_sentence(str(error)))}\n\nError id {error_id}.", icon=":material/error:")
    except Exception as error:
        error_id = _logged(error)
        st.error(
            f"This part of the page failed. Nothing in the workspace was changed. Error id {error_id}: "
            "the log of `datadiet dashboard` has the detail under it.",
            icon=":material/error:",
        )


def public_sentence(sentence: str) -> str:
    """Return an error's sentence without the folders of this machine.

    Example:
        >>> public_sentence("/home/ada/ws/runs/3f2a/a.json is damaged.")
        'a.json is damaged.'
    """
    return _PATH.sub("", sentence)


def _logged(error: Exception) -> str:
    error_id = secrets.token_hex(4)
    logger.error("Error id %s", error_id, exc_info=error)
    return error_id
