"""How an export changes the classes: images of each before and after."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

_NAME_AFTER = {
    "labels": "corrected_class_name",
    "manifest": "label",
    "reviews": "label_shown",
}  # column of the class in the exported table
_TRAINING = ("kept", "dropped", "order", "manifest")  # are of training examples alone


def class_counts(
    kind: str, frame: pd.DataFrame, examples: pd.DataFrame, class_names: Sequence[str]
) -> pd.DataFrame:
    """Return images of each class before and in the export; of decisions, entries by the label they saw.

    Before are the given labels: of the training examples for what is kept, left out or ordered, else of all.

    Args:
        kind: kept, dropped, suspects, order, labels, manifest, scores or reviews.
        frame: The exported table.
        examples: example_id, split and given_label of all examples.
        class_names: Name of each class index.

    Returns:
        Columns class_name, before, after; in the order of the class indices, classes that people added last.
    """
    ground = examples[examples["split"] == "train"] if kind in _TRAINING else examples
    names = pd.Series(list(class_names), dtype=object)
    before = names.loc[ground["given_label"]].value_counts()
    after = frame[_NAME_AFTER.get(kind, "class_name")].dropna().astype(object).value_counts()
    order = list(dict.fromkeys([*class_names, *sorted(map(str, after.index))]))
    return pd.DataFrame({
        "class_name": order,
        "before": before.reindex(order, fill_value=0).to_numpy(),
        "after": after.reindex(order, fill_value=0).to_numpy(),
    })
