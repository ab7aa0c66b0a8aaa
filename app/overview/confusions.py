"""Which labels look like which other class, as a matrix whose cells open in Browse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from app import state
from app.components.class_matrix import Cell, Matrix, class_matrix
from app.frame import OpenedRun, go_to, link
from app.text import plain_name, quiet
from datadiet.export.shown import count

MOST_CLASSES = 30  # in the matrix; more are not told apart by eye
LEAST = 0.5  # labels that a pair of classes is shown for


def show_confusions(opened: OpenedRun, shown: state.Overview) -> None:
    """Show the matrix and go to Browse where a cell is opened."""
    confused = opened.run.confused()
    classes = shown_classes(confused, len(opened.run.class_names))
    matrix = confusion_matrix(opened, confused, shown.scores, classes)
    st.subheader("Which labels look like another class", anchor=False)
    if not matrix.cells:
        st.markdown(quiet("No two classes are confused in the labels."))
        return
    note = "Estimated number of labels. A cell opens its images in Browse."
    if len(classes) < len(opened.run.class_names):
        num = len(opened.run.class_names)
        note += f" The {len(classes)} classes with most labels that look wrong, of {num:,}."
    st.markdown(quiet(note))
    cell = class_matrix(matrix, state.theme_colors(), key="confusions")
    if cell is not None:
        label, other = (classes[place] for place in cell)
        go_to("browse", **{"class": str(label), "predicted": str(other)})


def shown_classes(confused: pd.DataFrame, num_classes: int) -> list[int]:
    """Return the classes of the matrix by index: all, or those with most labels that look wrong."""
    if num_classes <= MOST_CLASSES:
        return list(range(num_classes))
    given = confused.groupby("label")["num_wrong"].sum()
    taken = confused.groupby("true_label")["num_wrong"].sum()
    worst = given.add(taken, fill_value=0.0).sort_values(ascending=False).head(MOST_CLASSES)
    return sorted(int(str(index)) for index in worst.index)


def confusion_matrix(
    opened: OpenedRun, confused: pd.DataFrame, scores: pd.DataFrame, classes: list[int]
) -> Matrix:
    """Return the matrix: a cell a pair of classes, with the images that the cell opens.

    Args:
        opened: The run.
        confused: A CONFUSED table.
        scores: What ``run.scores()`` returns.
        classes: Those shown, by index.
    """
    names = [plain_name(opened.run.class_names[index]) for index in classes]
    place_of = {index: place for place, index in enumerate(classes)}
    predicted = counts_of_pairs(scores, len(opened.run.class_names))
    cells = []
    for row in confused.to_dict("records"):
        label, other, value = int(row["label"]), int(row["true_label"]), float(row["num_wrong"])
        if label not in place_of or other not in place_of or value < LEAST:
            continue
        num = int(predicted[label, other])
        first, second = names[place_of[label]], names[place_of[other]]
        words = (
            f"{first} → {second}: about {count(value)} labels look wrong; the models call {num:,} images "
            f"labelled {first} {second}"
        )
        address = link("browse", **{"class": str(label), "predicted": str(other)})
        cells.append(Cell(place_of[label], place_of[other], round(value, 2), words, address))
    return Matrix(names, cells, "label", "what it looks like")


def counts_of_pairs(scores: pd.DataFrame, num_classes: int) -> NDArray[np.int64]:
    """Return how many images of each label (row) the models call each class (column): ``(C, C)``."""
    known = scores[["label", "predicted_label"]].dropna().to_numpy(dtype=np.int64)
    counts = np.zeros((num_classes, num_classes), dtype=np.int64)
    np.add.at(counts, (known[:, 0], known[:, 1]), 1)
    return counts
