"""Which classes are confused in the labels, and how many labels each pair of classes would change."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.errors import DataError
from datadiet.frames.triage import CONFUSED

TIE = 1e-6  # of probabilities that are taken as equal, as cleanlab does


def confused_classes(
    labels: NDArray[np.int64], probabilities: NDArray[np.floating], *, num_wrong: float | None = None
) -> pd.DataFrame:
    """Return the pairs of classes that are confused in the labels, most confused first.

    Confident learning counts, for each label, the examples whose probability of another class is above
    what that class's own examples have on average, and scales the counts to the labels there are.

    Source: Northcutt, Jiang & Chuang (2021), arXiv:1911.00068, as computed by cleanlab. It expects
    probabilities from models that did not train on the example; from others it counts too few, so
    the pairs are scaled to ``num_wrong`` where that is given.

    Args:
        labels: Shape ``(N,)``, in ``[0, C)``, the labels trained on.
        probabilities: Shape ``(N, C)``, rows that sum to 1.
        num_wrong: The estimate of all wrong labels; the counts are scaled to add up to it.

    Returns:
        A CONFUSED table; pairs that no example supports are left out.

    Raises:
        DataError: The shapes do not fit.
    """
    if probabilities.ndim != 2 or labels.shape != probabilities.shape[:1]:
        raise DataError(
            "Confused classes need labels (N,) and probabilities (N, C), "
            f"got {labels.shape} and {probabilities.shape}."
        )
    joint = confident_joint(labels, probabilities)
    np.fill_diagonal(joint, 0.0)
    if num_wrong is not None and joint.sum() > 0:
        joint *= num_wrong / joint.sum()
    given, true = np.nonzero(joint)
    frame = pd.DataFrame({"label": given, "true_label": true, "num_wrong": joint[given, true]})
    return CONFUSED.conform(frame.sort_values("num_wrong", ascending=False, kind="stable"))


def confident_joint(labels: NDArray[np.int64], probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the estimated number of examples of each label (row) and true class (column): ``(C, C)``.

    Classes without an example are left out of the count, since cleanlab refuses them.
    """
    from cleanlab.count import compute_confident_joint  # here: two seconds that the dashboard can do without

    num_classes = probabilities.shape[1]
    present = np.unique(labels)
    joint = np.zeros((num_classes, num_classes))
    if len(present) < 2:
        joint[present, present] = len(labels)
        return joint
    own, shares = present_classes(labels, probabilities)
    counted = compute_confident_joint(own, shares, thresholds=thresholds(own, shares))
    joint[np.ix_(present, present)] = counted
    return joint


def num_confident(labels: NDArray[np.int64], probabilities: NDArray[np.floating]) -> int:
    """Return how many examples confident learning puts off the diagonal: cleanlab's count of label issues.

    Those whose own label is the likeliest class are none.

    Args:
        labels: Shape ``(N,)``, in ``[0, C)``, each class at least once.
        probabilities: Shape ``(N, C)``, rows that sum to 1.
    """
    from cleanlab.count import compute_confident_joint

    _, off_diagonal = compute_confident_joint(
        labels,
        probabilities,
        thresholds=thresholds(labels, probabilities),
        calibrate=False,
        return_indices_of_off_diagonals=True,
    )
    others = probabilities[off_diagonal].astype(np.float64)
    own = np.take_along_axis(others, labels[off_diagonal, None], axis=1)[:, 0]
    return int((others.max(axis=1) > own + TIE).sum())


def thresholds(labels: NDArray[np.int64], probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return from which probability on an example may belong to each class: ``(C,)``.

    The mean that the class's own examples have, as in confident learning, and chance at least: networks that
    give the examples of a class less than chance do not know it, as one of a single image, and every image
    would look like it.
    """
    from cleanlab.count import get_confident_thresholds

    found = np.maximum(get_confident_thresholds(labels, probabilities), 1 / probabilities.shape[1])
    return np.asarray(found, dtype=np.float64)


def present_classes(
    labels: NDArray[np.int64], probabilities: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return labels and probabilities over the classes that occur, numbered anew in their order."""
    present = np.unique(labels)
    shares = probabilities[:, present].astype(np.float64)
    totals = shares.sum(axis=1, keepdims=True)
    shares = np.divide(shares, totals, out=np.full_like(shares, 1 / max(len(present), 1)), where=totals > 0)
    return np.searchsorted(present, labels), shares
