"""Classes before and after an export."""

import pandas as pd

from datadiet.export.class_counts import class_counts

EXAMPLES = pd.DataFrame({
    "example_id": range(5),
    "split": ["train"] * 3 + ["test"] * 2,
    "given_label": [0, 0, 1, 1, 1],
})
NAMES = ["cat", "dog"]


def counts(kind, **columns):
    found = class_counts(kind, pd.DataFrame(columns), EXAMPLES, NAMES)
    return {row["class_name"]: (row["before"], row["after"]) for row in found.to_dict("records")}


def test_an_index_list_is_compared_with_the_training_part():
    assert counts("kept", class_name=["cat"]) == {"cat": (2, 1), "dog": (1, 0)}


def test_suspects_are_compared_with_all_splits():
    assert counts("suspects", class_name=["dog", "dog"]) == {"cat": (2, 0), "dog": (3, 2)}


def test_new_classes_come_last_and_dropped_images_are_in_none():
    names = ["cat", "fox", None, "dog", "dog"]
    assert counts("labels", corrected_class_name=names) == {"cat": (2, 1), "dog": (3, 2), "fox": (0, 1)}


def test_scores_hold_every_image():
    assert counts("scores", class_name=["cat", "cat", "dog", "dog", "dog"]) == {"cat": (2, 2), "dog": (3, 3)}


def test_decisions_are_counted_by_the_label_that_was_judged():
    assert counts("reviews", label_shown=["dog", "dog", "dog", "dog"]) == {"cat": (2, 0), "dog": (3, 4)}


def test_an_order_is_compared_with_the_training_part():
    assert counts("order", class_name=["cat", "dog"]) == {"cat": (2, 1), "dog": (1, 1)}
