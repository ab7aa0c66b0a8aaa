import numpy as np
import pandas as pd
import pytest

from datadiet.export.report_tables import (
    class_rows,
    confusion_rows,
    counts,
    final_accuracy,
    num_known_wrong,
    skipped_rows,
    truth_rows,
)
from tests.export.report_data import made_up_history, made_up_report, made_up_truth

DATA = made_up_report()


def test_r16_skipped_and_ignored_are_counted_apart_from_examples():
    found = counts(DATA.scores, DATA.problems, DATA.class_names)
    assert (found.num_examples, found.num_skipped, found.num_ignored) == (400, 1, 1)
    assert sum(num for _, num in found.splits) == 400


def test_accuracy_is_the_mean_over_seeds_at_the_last_epoch():
    history = made_up_history()
    last = history[history["epoch"] == 8]["test_accuracy"]
    found = final_accuracy(history)
    assert found.mean == pytest.approx(last.mean())
    assert found.standard_error == pytest.approx(last.std() / np.sqrt(3))
    assert found.split == "test"


def test_accuracy_is_on_validation_without_a_test_split_and_has_no_error_for_one_seed():
    history = made_up_history(num_seeds=1).assign(test_accuracy=np.nan)
    assert (final_accuracy(history).split, final_accuracy(history).standard_error) == ("validation", None)


def test_the_class_with_most_labels_that_look_wrong_comes_first():
    rows = class_rows(DATA.scores, DATA.confused, DATA.class_names, score="el2n")
    assert [row.name for row in rows] == ["cat", "dog"]
    assert (rows[0].confused_with, rows[0].num_wrong) == ("dog", 22.0)
    assert sum(row.num for row in rows) == 400


def test_pairs_below_half_a_label_are_not_shown():
    confused = pd.DataFrame({"label": [0, 1], "true_label": [1, 0], "num_wrong": [3.0, 0.2]})
    assert len(confusion_rows(confused, ("cat", "dog"))) == 1


def test_what_was_skipped_comes_before_what_was_ignored():
    assert [kind for kind, _, _ in skipped_rows(DATA.problems.iloc[::-1])] == ["unreadable", "ignored"]


def test_the_number_of_known_wrong_labels_follows_from_precision_and_recall():
    assert num_known_wrong(made_up_truth(DATA.scores)) == DATA.scores["is_flipped"].sum()


def test_the_calibration_table_has_a_row_a_score_at_depths_around_the_number_of_wrong_labels():
    truth = truth_rows(made_up_truth(DATA.scores))
    num_wrong = DATA.scores["is_flipped"].sum()
    assert truth.depths[0] < num_wrong < truth.depths[-1]
    assert {row.score for row in truth.rows} >= {"mislabel_score", "random"}
    assert truth.rows[-1].score in {"random", "input_norm"}
