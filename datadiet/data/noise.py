"""Planted label flips: which examples, to which label, and the share that is really wrong."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadiet.config import NoiseConfig
from datadiet.data.draws import Draws
from datadiet.errors import ConfigError, DataError

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Flips:
    """Labels after planting, the mask of those that differ, and their share among the eligible."""

    labels: NDArray[np.int64]
    is_flipped: NDArray[np.bool_]
    realised_fraction: float


def flip_labels(
    labels: NDArray[np.int64], eligible: NDArray[np.bool_], config: NoiseConfig, num_classes: int
) -> Flips:
    """Return labels with flips planted among the eligible examples; ids and order never change.

    ``symmetric`` gives each chosen example a uniformly other label; ``uniform`` any label, perhaps its
    own; ``permute`` permutes labels among the chosen (the authors' code); ``pair`` the next class;
    ``asymmetric`` draws from the row of a transition matrix for every eligible example. The same seed
    gives the same flips on every machine.

    Args:
        labels: Shape (N,), class indices in [0, C).
        eligible: Shape (N,), the examples that may be chosen (train and validation).
        config: Kind, fraction of the eligible that is chosen (rounded once), matrix, seed.
        num_classes: C.

    Returns:
        New labels, the mask of labels that really differ, and its mean over the eligible.

    Raises:
        DataError: Shapes differ or a label lies outside [0, C).
        ConfigError: The matrix is not C × C, or no matrix of shares.
    """
    if labels.shape != eligible.shape or labels.ndim != 1:
        raise DataError(f"labels {labels.shape} and eligible {eligible.shape} must be of one length.")
    if len(labels) and not (int(labels.min()) >= 0 and int(labels.max()) < num_classes):
        raise DataError(f"A label lies outside [0, {num_classes}).")
    flipped = labels.astype(np.int64, copy=True)
    rows = np.flatnonzero(eligible)
    draws = Draws(config.seed, f"noise {config.kind}")
    if config.kind == "asymmetric":
        flipped[rows] = _by_matrix(labels[rows], _checked_matrix(config, num_classes), draws)
    elif config.kind != "none":
        count = int(np.floor(config.fraction * len(rows) + 0.5))
        chosen = np.sort(rows[draws.order(len(rows))[:count]])
        flipped[chosen] = _KINDS[config.kind](labels[chosen], num_classes, draws)
    is_flipped = flipped != labels
    realised = float(is_flipped.sum() / len(rows)) if len(rows) else 0.0
    return Flips(flipped, is_flipped, realised)


def _symmetric(labels: NDArray[np.int64], num_classes: int, draws: Draws) -> NDArray[np.int64]:
    if num_classes < 2:
        return labels
    return (labels + 1 + draws.integers(len(labels), num_classes - 1)) % num_classes


def _uniform(labels: NDArray[np.int64], num_classes: int, draws: Draws) -> NDArray[np.int64]:
    return draws.integers(len(labels), num_classes)


def _permute(labels: NDArray[np.int64], num_classes: int, draws: Draws) -> NDArray[np.int64]:
    return labels[draws.order(len(labels))]


def _pair(labels: NDArray[np.int64], num_classes: int, draws: Draws) -> NDArray[np.int64]:
    return (labels + 1) % num_classes


_KINDS = {"symmetric": _symmetric, "uniform": _uniform, "permute": _permute, "pair": _pair}


def _by_matrix(labels: NDArray[np.int64], matrix: NDArray[np.float64], draws: Draws) -> NDArray[np.int64]:
    """Return a label drawn from the row of each label: the first whose cumulated share exceeds the draw."""
    cumulated = np.cumsum(matrix, axis=1)
    cumulated[:, -1] = 1.0  # rounding must not leave a draw without a class
    last = matrix.shape[1] - 1 - np.argmax(matrix[:, ::-1] > 0, axis=1)  # never a class of share 0
    drawn = draws.uniform(len(labels))
    result = np.empty_like(labels)
    for label in np.unique(labels):
        mine = labels == label
        found = np.searchsorted(cumulated[label], drawn[mine], side="right")
        result[mine] = np.minimum(found, last[label])
    return result


def _checked_matrix(config: NoiseConfig, num_classes: int) -> NDArray[np.float64]:
    matrix = np.asarray(checked_matrix(config.matrix))
    if matrix.shape != (num_classes, num_classes):
        rows, columns = matrix.shape
        raise ConfigError(
            f"The noise matrix is {rows} x {columns}; with {num_classes} classes it must be "
            f"{num_classes} x {num_classes}."
        )
    return matrix


def checked_matrix(rows: Any) -> Matrix:
    """Return ``rows`` as a square matrix whose entries lie in [0, 1] and whose rows sum to 1.

    Raises:
        ConfigError: They do not.
    """
    try:
        matrix = tuple(tuple(float(value) for value in row) for row in rows)
    except (TypeError, ValueError):
        raise ConfigError("The noise matrix must be rows of numbers.") from None
    if not matrix or any(len(row) != len(matrix) for row in matrix):
        raise ConfigError(
            f"The noise matrix has {len(matrix)} rows; every row must have as many numbers as there are rows."
        )
    for number, row in enumerate(matrix):
        for column, value in enumerate(row):
            if not 0.0 <= value <= 1.0:
                raise ConfigError(
                    f"Row {number}, column {column} of the noise matrix (counted from 0) is {value:g}; "
                    "every entry is the share of a class that gets a label, in [0, 1]."
                )
        if abs(sum(row) - 1.0) > 1e-6:
            raise ConfigError(
                f"Row {number} of the noise matrix (counted from 0) sums to {sum(row):g}; a row is what "
                "becomes of one class, so it must sum to 1."
            )
    return matrix


def read_matrix(path: Path) -> Matrix:
    """Return the transition matrix of a CSV (numbers alone) or JSON file (a list of rows).

    Row i holds the shares of class i that keep (diagonal) or get each label.

    Raises:
        ConfigError: The file cannot be read, or is not such a matrix.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The noise matrix {path} cannot be read: {error}.") from None
    if path.suffix.lower() == ".json":
        try:
            return checked_matrix(json.loads(text))
        except json.JSONDecodeError as error:
            raise ConfigError(f"The noise matrix {path} is not JSON: {error}.") from None
    return checked_matrix([row for row in csv.reader(io.StringIO(text)) if row])
