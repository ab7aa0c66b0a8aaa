"""Mislabels: planted flips come out on top, with their number and the true label."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from datadiet.errors import DataError
from datadiet.frames.triage import MISLABELS
from datadiet.triage.estimate import added_up
from datadiet.triage.mislabels import Mislabels, best_other, find_mislabels, of_label, probability_wrong
from datadiet.triage.truth import detection


@pytest.fixture(scope="module")
def verdict(planted_digits) -> Mislabels:
    ids = np.arange(len(planted_digits.labels)) * 2
    return find_mislabels(ids, planted_digits.labels, planted_digits.split, planted_digits.seeds)


def test_planted_flips_come_out_on_top(planted_digits, verdict):
    found = detection(verdict.table["mislabel_score"].to_numpy(), planted_digits.is_wrong)
    assert found.auroc > 0.97
    assert found.average_precision > 0.85


def test_it_beats_one_minus_the_mean_probability_of_the_label(planted_digits, verdict):
    score = verdict.table["mislabel_score"].to_numpy()
    plain = 1 - verdict.table["label_probability"].to_numpy()
    is_wrong = planted_digits.is_wrong
    assert detection(score, is_wrong).average_precision > detection(plain, is_wrong).average_precision


def test_the_number_of_planted_flips_lies_in_the_interval(planted_digits, verdict):
    estimate = verdict.estimate
    assert estimate.low <= planted_digits.is_wrong.sum() <= estimate.high
    assert estimate.low <= estimate.num_wrong <= estimate.high
    assert estimate.num_examples == len(planted_digits.labels)


def test_the_scores_add_up_to_the_estimate(verdict):
    assert verdict.table["mislabel_score"].sum() == pytest.approx(verdict.estimate.num_wrong, rel=1e-6)


def test_a_clean_test_split_is_not_charged_with_the_noise_of_train(planted_digits, verdict):
    mean = verdict.table["mislabel_score"].groupby(planted_digits.split).mean()
    assert mean["test"] < mean["train"] / 2


def test_memorised_training_examples_do_not_make_suspects_of_validation(planted_digits):
    memorised = [
        replace(
            one,
            minibatch=np.log(_memorised(planted_digits.labels, one.is_train)),
            epoch_accuracies=(1.0,) * 30,
        )
        for one in planted_digits.seeds
    ]
    found = find_mislabels(
        np.arange(len(planted_digits.labels)), planted_digits.labels, planted_digits.split, memorised
    )
    mean = found.table["mislabel_score"].groupby(planted_digits.split).mean()
    assert mean["validation"] == pytest.approx(mean["train"], rel=1e-6)


def _memorised(labels: np.ndarray, is_train: np.ndarray) -> np.ndarray:
    probabilities = np.where(np.arange(10) == labels[:, None], 1 - 9e-9, 1e-9)
    return np.where(is_train[:, None], probabilities, np.nan)


def test_as_many_suspects_as_the_estimate_says_and_the_worst(verdict):
    suspects = verdict.table[verdict.table["is_suspect"]]
    assert len(suspects) == round(verdict.estimate.num_wrong)
    assert (
        suspects["mislabel_score"].min()
        >= verdict.table[~verdict.table["is_suspect"]]["mislabel_score"].max()
    )


def test_what_is_in_no_split_is_no_suspect_and_counts_nowhere(planted_digits, verdict):
    worst = verdict.table["mislabel_score"].to_numpy().argmax()
    split = planted_digits.split.astype(object)
    split[worst] = "excluded"
    labels = planted_digits.labels
    found = find_mislabels(np.arange(len(labels)), labels, split, planted_digits.seeds)
    assert found.estimate.num_examples == verdict.estimate.num_examples - 1
    assert not found.table["is_suspect"][worst]
    assert int(found.table["is_suspect"].sum()) == round(found.estimate.num_wrong)


def test_the_suggestion_for_a_flip_is_the_true_label(planted_digits, verdict):
    rows = planted_digits.is_wrong & verdict.table["is_suspect"].to_numpy()
    assert (verdict.table["suggested_label"].to_numpy() == planted_digits.truth)[rows].mean() > 0.9


def test_a_suspect_is_suggested_another_class_than_its_label(planted_digits, monkeypatch):
    """An estimate beyond what the ensemble contradicts makes suspects whose label is the likeliest class."""
    half = replace(added_up([]), num_wrong=len(planted_digits.labels) / 2)
    monkeypatch.setattr("datadiet.triage.mislabels.added_up", lambda _: half)
    labels = planted_digits.labels
    found = find_mislabels(np.arange(len(labels)), labels, planted_digits.split, planted_digits.seeds)
    table, pooled = found.table, found.opinion.pooled
    is_suspect = table["is_suspect"].to_numpy()
    suggested = table["suggested_label"].to_numpy()
    assert (pooled.argmax(axis=1) == labels)[is_suspect].any()
    assert (suggested != labels)[is_suspect].all()
    others = pooled.copy()
    np.put_along_axis(others, labels[:, None], -np.inf, axis=1)
    assert (suggested == others.argmax(axis=1))[is_suspect].all()
    assert (suggested == pooled.argmax(axis=1))[~is_suspect].all()
    rows = np.arange(len(labels))
    assert table["suggested_probability"].to_numpy() == pytest.approx(
        np.exp(pooled[rows, suggested]), abs=1e-6
    )


def test_left_out_probability_is_the_mean_of_the_seeds_that_left_it_out(planted_digits, verdict):
    row = int(np.flatnonzero(planted_digits.split == "train")[0])
    outside = [one for one in planted_digits.seeds if not one.is_train[row]]
    expected = np.mean([one.probabilities[row, planted_digits.labels[row]] for one in outside])
    assert verdict.table["oof_label_probability"][row] == pytest.approx(expected, rel=1e-5)


def test_without_folds_the_left_out_probability_is_missing_and_validation_speaks(planted_digits):
    is_train = planted_digits.split == "train"
    seeds = [replace(one, is_train=is_train) for one in planted_digits.seeds]
    found = find_mislabels(np.arange(len(is_train)), planted_digits.labels, planted_digits.split, seeds)
    assert found.table["oof_label_probability"].isna().to_numpy().tolist() == is_train.tolist()
    assert "200 examples left out" in found.estimate.method


def test_without_anything_left_out_the_estimate_says_it_is_rough(planted_digits):
    everywhere = np.ones(len(planted_digits.labels), dtype=bool)
    seeds = [replace(one, is_train=everywhere) for one in planted_digits.seeds]
    split = np.full(len(everywhere), "train")
    found = find_mislabels(np.arange(len(everywhere)), planted_digits.labels, split, seeds)
    assert "rough guess" in found.estimate.method


def test_the_table_keeps_to_its_columns_and_ranges(planted_digits, verdict):
    assert verdict.table.columns.tolist() == MISLABELS.column_names
    assert verdict.table["example_id"].tolist() == (np.arange(len(planted_digits.labels)) * 2).tolist()
    assert verdict.table[["mislabel_score", "suggested_probability"]].to_numpy().min() >= 0
    assert verdict.table[["mislabel_score", "suggested_probability"]].to_numpy().max() <= 1


def test_r18_the_same_evidence_gives_the_same_table(planted_digits, verdict):
    ids = verdict.table["example_id"].to_numpy()
    again = find_mislabels(ids, planted_digits.labels, planted_digits.split, planted_digits.seeds)
    pd.testing.assert_frame_equal(again.table, verdict.table)


def test_no_seed_is_refused():
    with pytest.raises(DataError, match="at least one seed"):
        find_mislabels(np.arange(3), np.zeros(3, int), np.full(3, "train"), [])


def test_probabilities_keep_the_order_and_have_the_mean_asked_for():
    margin = np.random.default_rng(0).normal(-4, 3, 1000)
    probability = probability_wrong(margin, 0.08)
    assert probability.mean() == pytest.approx(0.08)
    assert (np.argsort(probability) == np.argsort(margin)).all()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_no_label_or_every_label_is_wrong_the_order_stays(share):
    margin = np.random.default_rng(0).normal(-4, 3, 1000)
    probability = probability_wrong(margin, share)
    assert probability.mean() == pytest.approx(share)
    assert share or (np.argsort(probability) == np.argsort(margin)).all()


def test_label_and_best_other_class_by_hand():
    values, labels = np.array([[1.0, 5.0, 3.0], [2.0, 0.0, 1.0]]), np.array([1, 1])
    assert of_label(values, labels).tolist() == [5.0, 0.0]
    assert best_other(values, labels).tolist() == [3.0, 2.0]
