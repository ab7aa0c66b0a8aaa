import pandas as pd
import pytest

from datadiet.errors import DataError
from datadiet.export.labels import corrected_labels
from datadiet.export.manifests import kept_manifest
from tests.export.frames import hostile_scores
from tests.export.hostile import HOSTILE

SCORES = hostile_scores()
PATHS = SCORES.set_index("example_id")["source_key"]


def corrected(*rows):
    decisions = pd.DataFrame(list(rows), columns=["example_id", "decision", "new_label"])
    return corrected_labels(SCORES, decisions, class_names=HOSTILE).frame


def test_the_manifest_names_each_kept_file_and_its_corrected_class():
    manifest = kept_manifest(corrected((3, "relabel", "007")), [6, 3], paths=PATHS)
    assert manifest.frame["path"].tolist() == [HOSTILE[1], HOSTILE[2]]
    assert manifest.frame["label"].tolist() == ["007", HOSTILE[2]]


def test_what_a_person_dropped_is_left_out_and_counted():
    manifest = kept_manifest(corrected((3, "drop", ""), (6, "no_class", "")), [0, 3, 6], paths=PATHS)
    assert manifest.frame["path"].tolist() == [HOSTILE[0]]
    assert manifest.counts == {"num_kept": 1, "num_without_class": 2}


def test_examples_without_files_have_no_manifest():
    with pytest.raises(DataError, match="1 of 2 kept examples have no file"):
        kept_manifest(corrected(), [0, 3], paths=PATHS.drop(3))
