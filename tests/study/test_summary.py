"""A study in a line a point, and its controls."""

import numpy as np
import pytest
from study_rows import retrainings

from datadiet.study.summary import all_data, by_score, plain_rows, point_rows, random_controls, split_of


def test_a_point_is_a_mean_with_its_standard_error_over_seeds():
    frame = retrainings([("window", 0.4, 0.1, [0.9, 0.94])])
    (row,) = point_rows(frame)
    assert row["validation_accuracy"] == pytest.approx(0.92)
    assert row["validation_accuracy_se"] == pytest.approx(0.02)
    assert row["title"] == "window 40 % from 0.1 by el2n"
    assert row["num_seeds"] == 2


def test_one_seed_has_no_standard_error():
    (row,) = point_rows(retrainings([("window", 0.4, 0.1, [0.9])]))
    assert row["validation_accuracy_se"] is None


def test_controls_are_told_by_size_the_smallest_first():
    frame = retrainings([
        ("random", 0.6, 0.0, [0.9]),
        ("random", 0.2, 0.0, [0.7, 0.8]),
        ("all", 1.0, 0.0, [0.95]),
    ])
    controls = random_controls(frame, "validation")
    assert [(keep, round(mean.mean, 3), mean.num_seeds) for keep, mean in controls] == [
        (0.2, 0.75, 2),
        (0.6, 0.9, 1),
    ]
    everything = all_data(frame, "validation")
    assert everything is not None
    assert everything.mean == pytest.approx(0.95)
    assert all_data(frame[frame["rule"] == "random"], "validation") is None


def test_controls_of_other_labels_are_not_controls_of_the_run():
    frame = retrainings([("random", 0.4, 0.0, [0.9])]).assign(labels="reviewed")
    assert random_controls(frame, "validation") == []
    assert plain_rows(frame).empty


def test_a_study_is_read_by_validation_else_by_test_else_not_at_all():
    frame = retrainings([("window", 0.4, 0.1, [0.9])])
    assert split_of(frame) == "validation"
    assert split_of(frame.assign(validation_accuracy=np.nan)) == "test"
    assert split_of(frame.assign(validation_accuracy=np.nan, test_accuracy=np.nan)) is None


def test_only_windows_on_the_order_of_the_score_are_left_and_what_reads_no_order():
    frame = retrainings([("window", 0.4, 0.1, [0.9]), ("random", 0.4, 0.0, [0.8])])
    other = frame.assign(score=frame["score"].replace("el2n", "margin"))
    assert by_score(frame, "el2n")["rule"].tolist() == ["window", "random"]
    assert by_score(other, "el2n")["rule"].tolist() == ["random"]
