"""Browse a run: which images are hard?"""

from __future__ import annotations

from app import state
from app.browse.component import browse
from app.browse.readers import open_browse
from app.failures import shown_failures
from app.frame import open_run_page

KEYS = (
    ("arrows, Home, End, Page Up, Page Down", "move"),
    ("Shift + arrows, Shift + click", "select a range"),
    ("Ctrl + click, S", "select or leave out one"),
    ("Ctrl + A", "select all that match"),
    ("Esc", "clear the selection"),
    ("Space", "show or hide the details"),
    ("+, -", "larger, smaller pictures"),
    ("K", "keep the label"),
    ("Enter", "take the suggested class"),
    ("1 to 9", "take one of the likeliest classes"),
    ("/", "type a class"),
    ("X", "drop the image"),
    ("U", "unsure"),
    ("Z, Shift + Z", "undo, redo"),
)


def show_page() -> None:
    """Show the images of the run that the address names."""
    opened = open_run_page("Which images are hard?", "browse", keys=KEYS, has_context=False)
    if opened is not None:
        browse(open_browse(state.workspace_root(), opened.run, opened.stamp), opened.score)


with shown_failures():
    show_page()
