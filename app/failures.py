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
_WORD = r"[^\s/\\,;:'\"]+"
_MORE = (
    rf" (?!(?:and|or)[/\\]){_WORD}"  # a folder's name may hold spaces; what ends like a file's name ends it
)
_FOLDER = rf"(?:(?![^\s/\\]*\.\w{{1,5}} ){_WORD}(?:{_MORE}){{0,5}}|{_WORD})[/\\]"
_PATH = re.compile(rf"(?<![\w.])(?:[A-Za-z]:)?[/\\](?:{_FOLDER})+")  # folders before a last name


@contextmanager
def shown_failures() -> Generator[None, None, None]:
    """Show what the block raises instead of letting it end the page."""
    try:
        yield
    except Exception as error:
        st.error(failure_sentence(error, "This part of the page failed."), icon=":material/error:")


def failure_sentence(error: Exception, what: str) -> str:
    """Return what a person is told of a failure, as Markdown, having logged it under the id it names.

    Args:
        error: What was raised.
        what: What failed, for errors of our own, whose words tell a person nothing.
    """
    error_id = _logged(error)
    if isinstance(error, DataDietError):
        return f"{plain(public_sentence(str(error)))}\n\nError id {error_id}."
    return (
        f"{what} Nothing in the workspace was changed. Error id {error_id}: "
        "the log of `datadiet dashboard` has the detail under it."
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
