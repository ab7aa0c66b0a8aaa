"""What each seed saw, gathered from its files: no epoch twice, none that knew nothing counted in full."""

import numpy as np
import pandas as pd
import pytest

from datadiet.pipeline.evidence import (
    OPINIONS,
    epochs_weight,
    minibatch_opinions,
    own_segments,
    run_evidence,
    seed_evidence,
)
from datadiet.pipeline.labels import trains_on
from datadiet.pipeline.progress import Silent
from datadiet.pipeline.score import score_run
from datadiet.store.arrays import open_array
from datadiet.store.tables import read_table
from datadiet.triage.evidence import ACCURACY_LAG


def rows_of(files, seed):
    return np.flatnonzero(trains_on(files.labels, seed, files.config.num_folds))


def test_a_seed_hands_over_what_its_files_hold(tiny):
    seen = seed_evidence(tiny.files, 1)
    assert np.array_equal(np.flatnonzero(seen.is_train), rows_of(tiny.files, 1))
    assert np.array_equal(seen.probabilities[:], tiny.files.evaluation(1, "probabilities")[:])
    assert np.array_equal(seen.features[:], tiny.files.evaluation(1, "features")[:])
    assert seen.epoch_accuracies == tuple(tiny.files.history(1)["train_accuracy"])
    assert len(seen.epoch_accuracies) == 4


def test_there_is_one_of_each_seed_in_their_order(tiny):
    found = run_evidence(tiny.files, [1, 0])
    assert [one.is_train.tolist() for one in found] == [
        trains_on(tiny.files.labels, seed, 2).tolist() for seed in (1, 0)
    ]


def test_only_examples_that_were_shown_have_a_minibatch_opinion(tiny):
    rows = rows_of(tiny.files, 0)
    opinions = minibatch_opinions(tiny.files, 0, rows)
    assert opinions.shape == (90, 3)
    outside = np.setdiff1d(np.arange(90), rows)
    assert np.isnan(opinions[outside]).all()
    assert (opinions[rows][np.isfinite(opinions[rows])] <= 0).all()


def test_segments_count_by_how_much_their_epochs_knew(tiny):
    rows, best = rows_of(tiny.files, 0), float(tiny.files.history(0)["train_accuracy"].max())
    folders = own_segments(tiny.files, 0)
    weights = [
        epochs_weight(read_table(folder / "history.parquet")["train_accuracy"], best) for folder in folders
    ]
    parts = [open_array(folder / OPINIONS)[:].astype(np.float64) for folder in folders]
    expected = sum(w * part for w, part in zip(weights, parts, strict=True)) / sum(weights)
    found = minibatch_opinions(tiny.files, 0, rows)[rows]
    shown = np.isfinite(expected).all(axis=1)
    assert shown.any()
    assert found[shown] == pytest.approx(expected[shown], abs=1e-3)


def test_an_epoch_counts_e_times_less_for_each_lag_below_the_best():
    accuracies = pd.Series([0.9, 0.9 - ACCURACY_LAG, 0.9 - 2 * ACCURACY_LAG])
    assert epochs_weight(accuracies, 0.9) == pytest.approx(1 + np.exp(-1) + np.exp(-2))


def test_a_step_that_was_kept_later_is_no_segment_of_its_own(own):
    before = [folder.name for folder in own_segments(own.files, 0)]
    evidence = minibatch_opinions(own.files, 0, rows_of(own.files, 0))
    score_run(own, "el2n", epoch=1, device="cpu", num_workers=0, progress=Silent())
    assert len(own.files.segments(0)) == len(before) + 1
    assert [folder.name for folder in own_segments(own.files, 0)] == before
    assert np.array_equal(minibatch_opinions(own.files, 0, rows_of(own.files, 0)), evidence, equal_nan=True)


def test_a_run_without_stored_opinions_has_none(tiny, monkeypatch):
    monkeypatch.setattr("datadiet.pipeline.evidence.OPINIONS", "absent.npy")
    assert minibatch_opinions(tiny.files, 0, rows_of(tiny.files, 0)) is None
    assert seed_evidence(tiny.files, 0).minibatch is None
