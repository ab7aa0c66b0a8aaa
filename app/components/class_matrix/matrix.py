"""A matrix of classes whose cells can be opened: by mouse, by keyboard, and as links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.components.scripts import joined
from app.palette import Palette, css_variables
from datadiet.export.figure_look import text_on

_mount = st.components.v2.component(
    "datadiet_class_matrix",
    html='<div class="matrix-root"></div>',
    css=joined("class_matrix/matrix.css"),
    js=joined("leaving.js", "class_matrix/matrix.js"),
)


@dataclass(frozen=True)
class Cell:
    """A pair of classes that has something to show; the others are empty."""

    row: int  # place of the class among those shown
    column: int
    value: float  # decides the shade
    words: str  # said on hover and to screen readers
    href: str  # where it leads, inside the dashboard


@dataclass(frozen=True)
class Matrix:
    """Classes, and the cells between them."""

    names: Sequence[str]  # already plain
    cells: Sequence[Cell]
    row_title: str
    column_title: str


def class_matrix(matrix: Matrix, colors: Palette, *, key: str) -> tuple[int, int] | None:
    """Show a matrix; return row and column of the cell that was just opened, None otherwise.

    Args:
        matrix: What to show.
        colors: Of the theme.
        key: Names it on the page; constant.
    """
    data = {
        "names": list(matrix.names),
        "rowTitle": matrix.row_title,
        "columnTitle": matrix.column_title,
        "cells": shaded(matrix.cells, colors),
        "colors": css_variables(colors),
    }
    opened = _mount(key=key, data=data, on_opened_change=_nothing).opened
    return opened_cell(opened, len(matrix.names))


def shaded(cells: Sequence[Cell], colors: Palette) -> list[dict[str, Any]]:
    """Return the cells with how strong the colour of each is, in (0, 1), and the colour of its number."""
    most = max([1.0, *(cell.value for cell in cells)])
    found = []
    for cell in cells:
        strength = 0.08 + 0.82 * (cell.value / most) ** 0.5
        ink = text_on(colors, colors.relabel, strength)
        found.append({**vars(cell), "strength": strength, "ink": ink})
    return found


def opened_cell(opened: object, num: int) -> tuple[int, int] | None:
    """Return the cell that came up from the browser, None where it is none of ``num`` classes.

    Example:
        >>> opened_cell([0, 2], 3), opened_cell([0, 3], 3), opened_cell("x", 3)
        ((0, 2), None, None)
    """
    if not isinstance(opened, (list, tuple)) or len(opened) != 2:
        return None
    row, column = opened
    is_known = all(type(each) is int and 0 <= each < num for each in (row, column))
    return (row, column) if is_known else None


def _nothing() -> None:
    """Let Streamlit rerun; the trigger is read from the result."""
