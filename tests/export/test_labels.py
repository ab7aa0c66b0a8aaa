import pandas as pd
import pytest

from datadiet.errors import DataError
from datadiet.export.labels import corrected_labels
from tests.export.frames import hostile_scores
from tests.export.hostile import HOSTILE

NAMES = ("cat", "dog")
EXAMPLES = pd.DataFrame({
    "example_id": [0, 1, 2, 3, 4, 5, 6],
    "source_key": list("abcdefg"),
    "split": "train",
    "given_label": [0, 0, 0, 0, 1, 1, 1],
})


def decide(*rows):
    decisions = pd.DataFrame(list(rows), columns=["example_id", "decision", "new_label"])
    return corrected_labels(EXAMPLES, decisions, class_names=NAMES)


def test_each_decision_does_what_it_says():
    result = decide(
        (0, "keep", ""),
        (1, "relabel", "dog"),
        (2, "new_class", "owl"),
        (3, "drop", ""),
        (4, "no_class", ""),
        (5, "unsure", None),
    )
    names = result.frame["corrected_class_name"]
    assert names.fillna("-").tolist() == ["cat", "dog", "owl", "-", "-", "dog", "dog"]
    assert result.class_names == ("cat", "dog", "owl")
    assert result.counts == {
        "num_examples": 7,
        "num_decided": 6,
        "num_relabelled": 2,
        "num_without_class": 2,
    }


def test_a_planted_flip_never_leaves():
    scores = hostile_scores()
    none = pd.DataFrame({"example_id": [], "decision": [], "new_label": []})
    result = corrected_labels(scores, none, class_names=HOSTILE)
    assert result.frame["corrected_label"].tolist() == scores["given_label"].tolist()
    assert not result.frame["is_changed"].any()


def test_a_new_class_that_exists_is_that_class():
    result = decide((0, "new_class", "dog"), (1, "new_class", "owl"), (2, "new_class", "owl"))
    assert result.frame["corrected_label"].tolist()[:3] == [1, 2, 2]
    assert result.class_names == ("cat", "dog", "owl")


def test_a_relabel_to_a_class_that_only_another_run_knows_makes_it_and_is_said():
    result = decide((0, "relabel", "owl"), (1, "new_class", "owl"), (2, "relabel", "owl"))
    assert result.frame["corrected_label"].tolist()[:3] == [2, 2, 2]
    assert result.class_names == ("cat", "dog", "owl")
    assert result.remarks == ("2 relabelled to 'owl', which is no class of this set: taken as a new class.",)
    assert decide((0, "relabel", "dog"), (1, "new_class", "owl")).remarks == ()


def test_relabelled_to_its_own_class_is_not_changed():
    assert not decide((0, "relabel", "cat")).frame["is_changed"].any()


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (((0, "keep", ""), (0, "drop", "")), "more than one decision"),
        (((99, "keep", ""),), "not in the set, the first 99"),
        (((0, "relabel", ""),), "names no class"),
        (((0, "new_class", ""),), "names no class"),
        (((0, "burn", ""),), "'burn'"),
    ],
)
def test_decisions_that_cannot_be_applied_are_refused(rows, reason):
    with pytest.raises(DataError, match=reason):
        decide(*rows)


def test_r17_relabelling_to_a_hostile_name_keeps_it_exactly():
    decisions = pd.DataFrame({
        "example_id": [0] * 1,
        "decision": "relabel",
        "new_label": pd.array([HOSTILE[7]], dtype="string"),
    })
    result = corrected_labels(hostile_scores(), decisions, class_names=HOSTILE)
    assert result.frame["corrected_class_name"][0] == HOSTILE[7]
