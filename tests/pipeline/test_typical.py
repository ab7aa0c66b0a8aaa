"""Typical images of a class of a run: clear members of it, and no two that show the same picture."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from datadiet.errors import ConfigError
from datadiet.frames.triage import OUTLIERS
from datadiet.pipeline import typical
from datadiet.pipeline.run import open_run
from datadiet.pipeline.triage_files import read_triage
from datadiet.pipeline.typical import Typical


@pytest.fixture(scope="module")
def run(digits_workspace):
    return open_run("short digits", workspace=digits_workspace)


def cosines(run, ids):
    """Return how alike each pair of images is, the mean over seeds."""
    rows = run.files.images.rows(ids)
    found = []
    for seed in run.seeds:
        vectors = np.asarray(run.files.evaluation(seed, "features")[np.sort(rows)], np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        found.append((vectors @ vectors.T)[np.triu_indices(len(ids), 1)])
    return np.mean(found, axis=0)


def test_they_are_training_images_of_the_class_that_do_not_look_wrong(run):
    scores = run.scores().set_index("example_id")
    for class_index in range(10):
        found = scores.loc[run.exemplars(class_index)]
        assert len(found) == 6
        assert found.index.is_unique
        assert (found["label"] == class_index).all()
        assert (found["split"] == "train").all()
        assert not found["is_suspect"].any()


def test_they_differ_more_from_each_other_than_the_most_typical_ones_do(run):
    outliers = read_triage(run.files, run.seeds, "outliers", OUTLIERS)
    scores = run.scores().merge(outliers[["example_id", "distance_in_class"]], on="example_id")
    wider = []
    for class_index in range(10):
        is_member = (scores["label"] == class_index) & (scores["split"] == "train")
        clear = scores[is_member & ~scores["is_suspect"] & (scores["predicted_label"] == class_index)]
        closest = clear.sort_values(["distance_in_class", "example_id"])["example_id"].head(6).tolist()
        wider.append(cosines(run, run.exemplars(class_index)).max() < cosines(run, closest).max())
    assert sum(wider) >= 9


@pytest.mark.parametrize(("words", "sentence"), [
    ((10,), r"class_index is 10; it must be in \[0, 9\]"),
    (("three",), r"class_index is 'three'; it must be in \[0, 9\]"),
    ((3, 0), "num is 0; it must be a whole number from 1 up"),
])  # fmt: skip
def test_a_class_that_the_run_lacks_is_refused(run, words, sentence):
    with pytest.raises(ConfigError, match=sentence):
        run.exemplars(*words)


def test_of_copies_one_is_shown(run, monkeypatch):
    ids = run.exemplars(3, 18)
    copies = pd.DataFrame({"example_id": sorted(ids[1:]), "duplicate_group": 0})
    groups = copies.set_index("example_id")["duplicate_group"]
    monkeypatch.setattr(typical, "_duplicate_groups", lambda _: groups)
    found = Typical(run.files, run.seeds).of_class(3, 6)
    assert len(set(found) & set(ids[1:])) <= 1
