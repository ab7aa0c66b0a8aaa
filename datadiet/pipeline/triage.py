"""Triage of a run: what the scores of a set of seeds mean for a person, published as one folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from datadiet.errors import DataError
from datadiet.frames.examples import SPLITS
from datadiet.frames.triage import CONFUSED, MISLABELS, NEIGHBOURS, OUTLIERS, TRUTH
from datadiet.pipeline.ensemble import score_keys, summary
from datadiet.pipeline.evidence import run_evidence
from datadiet.pipeline.maps import available_maps, publish_map, stored_maps
from datadiet.pipeline.progress import Progress
from datadiet.pipeline.run_files import RunFiles
from datadiet.pipeline.triage_files import current_folder
from datadiet.scores.ensemble import hardness
from datadiet.scores.registry import find_method
from datadiet.store.documents import write_json
from datadiet.store.publish import is_published, publish_folder
from datadiet.store.tables import write_table
from datadiet.triage.confusions import confused_classes
from datadiet.triage.mislabels import find_mislabels
from datadiet.triage.nearest import nearest, unit_vectors
from datadiet.triage.neighbours import neighbour_table
from datadiet.triage.outliers import NUM_NEIGHBOURS, outlier_table
from datadiet.triage.truth import detection, truth_table

Truth = tuple[NDArray[np.int64], NDArray[np.bool_]]  # rows with a known truth, and which labels are wrong


def triage_run(files: RunFiles, seeds: Sequence[int], *, progress: Progress) -> None:
    """Publish triage and maps over ``seeds``, where missing."""
    folder = current_folder(files, seeds)
    steps: list[Callable[[], None]] = [
        lambda: publish_triage(files, seeds),
        *[partial(publish_map, files, seeds, method) for method in available_maps()],
    ]
    if is_published(folder) and set(available_maps()) <= set(stored_maps(files, seeds)):
        return
    progress.stage("Find suspects and outliers", total=len(steps), unit="steps")
    with threadpool_limits(limits=files.config.train.num_threads):  # decides the last bits of a product
        for number, step in enumerate(steps, start=1):
            step()
            progress.reach(number)


def publish_triage(files: RunFiles, seeds: Sequence[int]) -> None:
    """Publish mislabels, outliers, neighbours, confusions, estimate and truth, unless they are there."""
    if is_published(current_folder(files, seeds)):
        return
    labels = files.labels["label"].to_numpy(dtype=np.int64)
    ids = files.labels["example_id"].to_numpy(dtype=np.int64)
    split = files.labels["split"].to_numpy(dtype=object)
    found = find_mislabels(ids, labels, split, run_evidence(files, seeds))
    vectors = unit_vectors([files.evaluation(seed, "features") for seed in seeds])
    neighbours = nearest(vectors, NUM_NEIGHBOURS)
    is_in = np.isin(split, SPLITS)
    opinion, num_wrong = found.opinion.least_biased[is_in], found.estimate.num_wrong
    confused = confused_classes(labels[is_in], opinion, num_wrong=num_wrong)
    truth = known_truth(files)
    with publish_folder(files.workspace, current_folder(files, seeds)) as attempt:
        write_table(attempt / "mislabels.parquet", found.table, MISLABELS)
        write_table(attempt / "outliers.parquet", outlier_table(ids, labels, vectors, neighbours), OUTLIERS)
        write_table(attempt / "neighbours.parquet", neighbour_table(ids, neighbours), NEIGHBOURS)
        write_table(attempt / "confused.parquet", confused, CONFUSED)
        write_json(
            attempt / "estimate.json", {**found.estimate.document(), "neighbour_recall": neighbours.recall}
        )
        if truth is not None:
            scores = suspicion(files, seeds, found.table)
            rows, is_wrong = truth
            ranked = {name: values[rows] for name, values in scores.items()}
            write_table(attempt / "truth.parquet", truth_table(ranked, is_wrong), TRUTH)
            write_json(attempt / "detection.json", detections(ranked, is_wrong))


def known_truth(files: RunFiles) -> Truth | None:
    """Return the training rows whose true label is known and which of their labels are wrong.

    Training rows alone, so that every score is compared on the same examples. None where no truth is
    known, all labels are right, or all are wrong.
    """
    labels = files.labels
    is_known = (labels["true_label"].notna() & (labels["split"] == "train")).to_numpy()
    rows = np.flatnonzero(is_known)
    wrong = (labels["label"] != labels["true_label"]).fillna(value=False).to_numpy(dtype=bool)[rows]
    return (rows, wrong) if wrong.any() and not wrong.all() else None


def suspicion(
    files: RunFiles, seeds: Sequence[int], mislabels: pd.DataFrame
) -> dict[str, NDArray[np.float64]]:
    """Return every score in row order, turned so that high is suspect: the ways to look for wrong labels."""
    turned = {"mislabel_score": mislabels["mislabel_score"].to_numpy(dtype=np.float64)}
    for key in score_keys(files, seeds, files.last_step):
        values = summary(files, key, seeds)["mean"].to_numpy(dtype=np.float64)
        turned[key.name] = hardness(values, find_method(key.method).direction)
    return turned


def detections(
    scores: dict[str, NDArray[np.float64]], is_wrong: NDArray[np.bool_]
) -> dict[str, dict[str, Any]]:
    """Return AUROC, average precision and counts of each score against the truth."""
    found = {}
    for name, values in scores.items():
        try:
            found[name] = asdict(detection(values, is_wrong))
        except DataError:
            continue
    return found
