"""Two runs side by side: themselves, and another training of the same images."""

import pytest
import tiny_set

from datadiet.pipeline.compare import compare_runs, differing_settings
from datadiet.pipeline.plan import class_counts


def test_a_run_beside_itself_differs_in_nothing(tiny):
    found = compare_runs(tiny, tiny)
    assert found.settings == []
    assert found.matched_by == "example_id"
    assert found.num_shared == len(tiny.scores())
    assert found.num_suspects_both == found.first.num_suspects == int(tiny.scores()["is_suspect"].sum())
    assert (found.num_only_first, found.num_only_second) == (0, 0)
    assert found.el2n_correlation == pytest.approx(1.0)


def test_another_training_differs_in_its_settings_and_counts_add_up(own):
    other = tiny_set.audited(
        own.files.workspace.root, seeds=1, train={"num_epochs": 1, "checkpoint_epochs": [0, 1]}
    )
    names = [name for name, _, _ in differing_settings(own, other)]
    assert "train.num_epochs" in names
    assert "data set" not in names
    found = compare_runs(own, other)
    assert found.num_suspects_both + found.num_only_first == found.first.num_suspects
    assert found.num_suspects_both + found.num_only_second == found.second.num_suspects
    assert -1 <= found.el2n_correlation < 1


def test_classes_are_counted_by_split_and_empty_ones_are_there(tiny):
    labels = tiny.files.labels
    counts = class_counts(labels, [*tiny.class_names, "absent"])
    assert sum(sum(row.values()) for row in counts.values()) == len(labels)
    assert sum(counts["absent"].values()) == 0
