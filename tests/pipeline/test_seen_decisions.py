"""Decisions against the labels that a run shows: keep means the label that is seen, in corrected runs too."""

import pandas as pd
import pytest
import tiny_set

from app.decisions import held, store_operations
from app.export.changes import DecisionChanges, decision_changes
from app.opinions import OpinionBook
from datadiet.export.index_lists import suspects_list
from datadiet.pipeline.export import decided
from datadiet.pipeline.reviews import import_reviews
from datadiet.pipeline.run import open_run
from datadiet.pipeline.seen_decisions import as_seen
from datadiet.pipeline.sweep_ground import LabelSource
from datadiet.study.points import Point

SHORT = {"num_epochs": 1, "checkpoint_epochs": [0, 1]}
RELABELLED, DROPPED, KEPT, UNTOUCHED = range(4)  # places among the training rows


def decide(run, row, decision, new_label="", *, number=0):
    """Decide as the dashboard does."""
    operation = {
        "id": f"{run.run_id}-{row}-{decision}-{number}", "run_id": run.run_id, "decision": decision,
        "example_id": int(run.files.labels["example_id"][row]), "new_label": new_label,
    }  # fmt: skip
    ack = store_operations(run.files.workspace, [operation], who="ann")
    assert ack.stored == [operation["id"]]


@pytest.fixture
def parent(tmp_path):
    return tiny_set.audited(tmp_path / "w", noise=None, train=SHORT)


@pytest.fixture
def child(parent):
    """Return a run on the labels that three decisions correct."""
    rows = train_rows(parent)
    decide(parent, rows[RELABELLED], "relabel", other_class(parent))
    decide(parent, rows[DROPPED], "drop")
    decide(parent, rows[KEPT], "keep")
    return tiny_set.audited(
        parent.files.workspace.root, noise=None, train=SHORT, options={"apply_reviews": parent.run_id}
    )


def other_class(run):
    """Return a class that the first training row was not given."""
    return run.class_names[(run.files.labels["given_label"][train_rows(run)[RELABELLED]] + 1) % 3]


def words(frame, run, place):
    example = int(run.files.labels["example_id"][train_rows(run)[place]])
    rows = frame[frame["example_id"] == example]
    return [tuple(row) for row in rows[["decision", "new_label"]].to_numpy().tolist()]


def train_rows(run):
    """Return the rows of the four examples, of which the dropped one is in no split of a corrected run."""
    is_candidate = run.files.labels["split"].isin(["train", "excluded"])
    return run.files.labels.index[is_candidate][:4].tolist()


def test_keep_on_a_corrected_label_confirms_the_label_that_was_shown(parent, child):
    row = train_rows(child)[RELABELLED]
    assert child.class_names[child.files.labels["label"][row]] == other_class(parent)
    decide(child, row, "keep")
    assert words(decided(parent), child, RELABELLED) == [("relabel", other_class(parent))]
    assert words(held(child.files), child, RELABELLED) == [("keep", "")]
    example = int(child.files.labels["example_id"][row])
    assert child.scores().set_index("example_id")["decision"][example] == "keep"


def test_keep_in_the_first_run_is_seen_as_a_relabel_back_in_the_corrected_one(parent, child):
    row = train_rows(child)[RELABELLED]
    given = parent.class_names[parent.files.labels["given_label"][row]]
    decide(parent, row, "keep", number=1)
    assert words(decided(parent), child, RELABELLED) == [("keep", "")]
    assert words(held(parent.files), child, RELABELLED) == [("keep", "")]
    assert words(held(child.files), child, RELABELLED) == [("relabel", given)]
    labels = LabelSource(child).of(Point(rule="all", labels="reviewed"), 0).labels
    assert labels[row] == child.files.labels["given_label"][row]


def test_keep_on_any_other_label_is_stored_as_it_is(parent, child):
    row = train_rows(child)[UNTOUCHED]
    decide(child, row, "keep")
    assert words(decided(parent), child, UNTOUCHED) == [("keep", "")]
    assert words(held(child.files), child, KEPT) == [("keep", "")]
    assert words(held(child.files), child, DROPPED) == [("drop", "")]


def test_a_tab_is_told_what_it_sees(child):
    book = OpinionBook(child.files)
    book.refresh()
    example = int(child.files.labels["example_id"][train_rows(child)[RELABELLED]])
    [told] = [opinions for example_id, opinions in book.changed_after(0) if example_id == example]
    assert [each[1:3] for each in told] == [["keep", ""]]
    assert [each[2:] for each in book.undo_stack("ann") if each[1] == example] == [["keep", ""]]


def test_a_list_of_decisions_made_on_corrected_labels_confirms_them(parent, child, tmp_path):
    row = train_rows(child)[RELABELLED]
    key = child.files.images.examples["source_key"][row]
    pd.DataFrame({"source_key": [key], "decision": ["keep"]}).to_csv(tmp_path / "list.csv", index=False)
    import_reviews(child.files, tmp_path / "list.csv")
    assert words(decided(parent), child, RELABELLED) == [("relabel", other_class(parent))]


def test_a_flip_that_was_planted_is_no_correction(digits_workspace):
    run = open_run("short digits", workspace=digits_workspace)
    flipped = run.files.labels.loc[run.files.labels["is_flipped"], "example_id"].iloc[:1]
    frame = pd.DataFrame({"example_id": flipped, "decision": "keep", "new_label": ""})
    assert as_seen(frame, run.files).equals(frame)


def test_a_corrected_run_does_not_offer_what_it_was_corrected_by(parent, child):
    found = decision_changes(child.files, held(child.files))
    assert found == DecisionChanges(num_decided=3, num_relabelled=0, num_leaving=0, num_undoing=0)
    assert not found
    rows = train_rows(child)
    decide(parent, rows[DROPPED], "keep", number=1)
    decide(child, rows[UNTOUCHED], "drop")
    found = decision_changes(child.files, held(child.files))
    assert found.sentence() == (
        "4 images are decided on: 0 labels change, 1 image leaves, 1 image comes back."
    )


def test_what_was_left_out_is_no_suspect_and_counts_in_no_estimate(child):
    example = int(child.files.labels["example_id"][train_rows(child)[DROPPED]])
    num = len(child.scores())
    assert example not in set(child.suspects(num)["example_id"])
    assert len(child.suspects(num)) == num - 1
    assert child.estimate["num_examples"] == num - 1
    assert f" of {num - 1} labels look wrong" in child.text()
    told = child.headline()
    assert (sum(told["num_examples"].values()), told["num_excluded"]) == (num - 1, 1)


def test_suspects_of_a_corrected_run_tell_the_label_that_was_judged(parent, child):
    scores = child.scores().assign(is_suspect=True)
    found = suspects_list(scores, class_names=child.class_names).set_index("example_id")
    row = found.loc[int(child.files.labels["example_id"][train_rows(child)[RELABELLED]])]
    assert row["corrected_class_name"] == other_class(parent) != row["class_name"]
