"""Chosen examples as an index list, in the words of the source, as ``datadiet select --list`` reads it."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from app.browse.readers import Opened
from app.downloads import file_name
from datadiet.export.formats import render
from datadiet.export.header import ExportHeader
from datadiet.frames.selections import SELECTION


def index_list(opened: Opened, rows: NDArray[np.int64], score: str) -> tuple[str, bytes]:
    """Return the name and bytes of a CSV that lists ``rows``, with the score they were sorted by.

    Args:
        opened: The run.
        rows: Rising.
        score: One of the scores of the page.
    """
    run, chosen = opened.run, opened.table.scores.iloc[rows]
    names = np.asarray(run.class_names, dtype=object)
    frame = chosen.assign(
        class_name=names[chosen["given_label"].to_numpy()],
        score=chosen[score],
        percentile=chosen.get(f"{score}_percentile", np.nan),
    )
    listed = SELECTION.conform(frame[SELECTION.column_names])
    splits = {str(name): int(count) for name, count in chosen["split"].value_counts().items()}
    header = ExportHeader(
        kind="chosen",
        version=version("datadiet"),
        dataset_id=run.files.images.dataset_id,
        dataset_name=run.source_title,
        class_names=run.class_names,
        run_id=run.run_id,
        run_name=run.name,
        seeds=run.seeds,
        counts={"num_chosen": len(listed), **{f"num_{name}": count for name, count in splits.items()}},
        remarks=(f"Chosen by hand in Browse; score and percentile are {score}.",),
    )
    return file_name(run, f"chosen_{len(listed)}.csv"), bytes(render(listed, "csv", header).data)
