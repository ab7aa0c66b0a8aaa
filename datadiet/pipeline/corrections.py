"""The labels of a data set as a run's decisions correct them, for an audit of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadiet.config import digest
from datadiet.data.images import LabeledImages
from datadiet.errors import DataError
from datadiet.export.labels import corrected_labels
from datadiet.store.reviews import read_reviews
from datadiet.store.runs import resolve_run
from datadiet.store.workspace import Workspace
from datadiet.triage.reviews import resolve


@dataclass(frozen=True)
class Correction:
    """The labels of a data set after a run's decisions, and where they come from."""

    labels: NDArray[np.int64]  # (N,), class index after the decisions
    is_excluded: NDArray[np.bool_]  # (N,), dropped or of no class: kept out of every split
    class_names: list[str]  # the source's, then new ones
    document: dict[str, Any]  # parent run, digest and number of decisions
    num_changed: int  # labels that are others than the source's, of images that stay

    def text(self) -> str:
        """Return what the decisions do to the set, in words."""
        num, out = self.num_changed, int(self.is_excluded.sum())
        return (
            f"Corrected by {self.document['num_decisions']:,} decisions: {num:,} "
            f"label{'' if num == 1 else 's'} changed, {out:,} image{'' if out == 1 else 's'} left out."
        )


def correction(workspace: Workspace, run: str | None, images: LabeledImages) -> Correction | None:
    """Return the labels of ``images`` as the decisions that match them correct them; None without ``run``.

    Args:
        workspace: Holds the reviews.
        run: The run whose reviews are applied, as typed; None for none.
        images: The data set about to be audited.

    Raises:
        NotFoundError: No run, or more than one, is meant.
        DataError: No decision matches an example, or a relabel names no class.
    """
    if run is None:
        return None
    run_id = resolve_run(workspace, run)
    held = resolve(read_reviews(workspace), images.examples)
    if held.empty:
        raise DataError(
            f"Run {run_id} has no decisions on these images yet; triage it in the dashboard, or import some."
        )
    corrected = corrected_labels(images.examples, held, class_names=images.class_names)
    kept = corrected.frame["corrected_label"]
    given = images.examples["given_label"].to_numpy(dtype=np.int64)
    labels = kept.fillna(pd.Series(given)).to_numpy(dtype=np.int64)
    return Correction(
        labels=labels,
        num_changed=int((labels != given).sum()),
        is_excluded=kept.isna().to_numpy(),
        class_names=list(corrected.class_names),
        document={
            "parent": run_id,
            "num_decisions": len(held),
            "digest": digest(held[["example_id", "decision", "new_label"]].to_numpy().tolist()),
        },
    )
