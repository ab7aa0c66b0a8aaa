"""Two classes made one by decisions, undone as one; decisions held against planted truth."""

import pytest
from test_reviews import decide, train_rows

from datadiet.errors import ConfigError, NotFoundError
from datadiet.pipeline.reviews import (
    decisions,
    decisions_against_truth,
    merge_candidates,
    merge_classes,
    merges,
    undo_merge,
)
from datadiet.store.reviews import read_reviews


def rows_of(run, name):
    """Return the rows whose given label is ``name``."""
    labels = run.files.labels
    return labels.index[labels["given_label"] == run.class_names.index(name)].tolist()


def test_every_image_of_the_class_is_relabelled_and_one_undo_takes_all_back(own):
    before = decisions(own.files)
    num = len(rows_of(own, "grey"))
    merge = merge_classes(own.files, "grey", "dark", reviewer="ann")
    assert (merge.num_images, merge.source, merge.target) == (num, "grey", "dark")
    assert merges(own.files) == [merge]
    held = decisions(own.files)
    assert held.loc[rows_of(own, "grey"), "new_label"].eq("dark").all()
    assert (held["decision"] != "").sum() == num
    assert undo_merge(own.files, merge.merge_id, reviewer="ann") == num
    assert decisions(own.files).equals(before)
    assert merges(own.files) == []
    with pytest.raises(NotFoundError, match="undone already"):
        undo_merge(own.files, merge.merge_id, reviewer="ann")


def test_what_was_decided_otherwise_stays_and_what_was_relabelled_to_the_class_goes_along(own):
    dropped, renamed, kept = rows_of(own, "grey")[:3]
    [light] = rows_of(own, "light")[:1]
    decide(own, dropped, "drop")
    decide(own, renamed, "relabel", "light")
    decide(own, kept, "keep")
    decide(own, light, "relabel", "grey")
    ids = own.files.labels["example_id"]
    candidates = set(merge_candidates(own.files, "grey")["example_id"])
    assert {ids[kept], ids[light]} <= candidates
    assert not {ids[dropped], ids[renamed]} & candidates
    merge_classes(own.files, "grey", "dark", reviewer="ann")
    held = decisions(own.files)
    assert held.loc[[dropped, renamed], "decision"].tolist() == ["drop", "relabel"]
    assert held.loc[[kept, light], "new_label"].tolist() == ["dark", "dark"]


def test_a_name_that_is_no_class_yet_makes_a_new_one(own):
    merge_classes(own.files, "grey", "medium", reviewer="ann")
    assert set(read_reviews(own.files.workspace)["decision"]) == {"new_class"}


@pytest.mark.parametrize(("source", "target"), [("grey", "grey"), ("grey", "")])
def test_a_merge_of_a_class_with_itself_or_with_nothing_is_refused(own, source, target):
    with pytest.raises(ConfigError, match="two classes"):
        merge_classes(own.files, source, target, reviewer="ann")


def test_a_class_that_is_not_there_or_has_no_image_left_is_refused(own):
    with pytest.raises(NotFoundError, match="no class called 'blue'"):
        merge_classes(own.files, "blue", "dark", reviewer="ann")
    merge_classes(own.files, "grey", "dark", reviewer="ann")
    with pytest.raises(NotFoundError, match="no image left"):
        merge_classes(own.files, "grey", "light", reviewer="ann")
    assert len(merges(own.files)) == 1


def test_decisions_are_held_against_planted_flips_also_by_reviewer(own):
    labels = own.files.labels
    flipped = labels.index[labels["is_flipped"]][0]
    whole = next(row for row in train_rows(own, 9) if not labels["is_flipped"][row])
    decide(own, flipped, "relabel", own.class_names[labels["given_label"][flipped]])
    decide(own, whole, "keep")
    decide(own, whole, "drop", reviewer="bob", note="no")
    found = decisions_against_truth(own.files)
    assert (found["ann"].num_right, found["ann"].num_decided) == (2, 2)
    assert (found["bob"].num_right, found["bob"].num_decided) == (0, 1)
    assert (found[""].num_right, found[""].num_decided) == (1, 2)
    assert found[""].num_wrong_labels == labels["is_flipped"].sum()
