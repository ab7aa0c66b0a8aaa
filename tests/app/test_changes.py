"""What decisions change, against the labels of the source, and which duplicates they leave to settle."""

from dataclasses import replace

import pandas as pd

from app.export.changes import DecisionChanges, decision_changes
from app.home.comparison import finding_rows, flips_words
from app.overview.next_steps import duplicate_steps
from datadiet.frames.triage import DECIDED
from datadiet.pipeline.compare import compare_runs
from datadiet.pipeline.run import open_run
from datadiet.pipeline.workspace import listing


def the_run(root):
    return open_run(listing(root).runs[0]["run_id"], workspace=root)


def decided(rows):
    frame = pd.DataFrame(rows, columns=["example_id", "decision", "new_label"])
    frame = frame.assign(reviewer="ann", is_disputed=False, note="", sequence=range(len(frame)))
    return DECIDED.conform(frame.assign(queue="browse"))


def test_undoing_a_planted_flip_changes_no_label_of_the_source(digits_workspace):
    run = the_run(digits_workspace)
    labels = run.files.labels
    flipped = labels[labels["is_flipped"]].iloc[0]
    examples = run.files.images.examples.set_index("example_id")
    given = run.class_names[int(examples.loc[flipped["example_id"], "given_label"])]
    clean = labels.loc[~labels["is_flipped"], "example_id"].tolist()
    other = next(
        n for n in run.class_names if n != run.class_names[int(examples.loc[clean[0], "given_label"])]
    )
    found = decision_changes(
        run.files,
        decided([
            (flipped["example_id"], "relabel", given),
            (clean[0], "relabel", other),
            (clean[1], "drop", ""),
        ]),
    )
    assert found == DecisionChanges(num_decided=3, num_relabelled=1, num_leaving=1, num_undoing=1)
    assert found.sentence() == (
        "3 images are decided on: 1 label changes, 1 image leaves, 1 decision only undoes a planted flip."
    )


def test_nothing_decided_changes_nothing(digits_workspace):
    assert not decision_changes(the_run(digits_workspace).files, decided([]))


def test_a_group_of_duplicates_that_is_settled_is_no_step(digits_workspace, monkeypatch):
    run = the_run(digits_workspace)
    table = pd.DataFrame({"example_id": [1, 2, 5, 6], "duplicate_group": [0, 0, 1, 1]})
    table = table.assign(is_conflict=False, is_leak=False)
    monkeypatch.setattr("app.overview.next_steps.is_published", lambda path: True)
    monkeypatch.setattr("app.overview.next_steps.read_table", lambda path, kind: table)
    [step] = duplicate_steps(run, decided([(1, "keep", ""), (2, "drop", ""), (5, "keep", "")]))
    assert step.sentence.startswith("1 group of images is the same")
    every = decided([(1, "keep", ""), (2, "drop", ""), (5, "keep", ""), (6, "drop", "")])
    assert duplicate_steps(run, every) == []
    assert len(duplicate_steps(run, every.assign(decision="unsure"))) == 1


def test_flips_of_one_run_alone_are_said_first(digits_workspace):
    run = the_run(digits_workspace)
    found = compare_runs(run, run)
    assert flips_words(found) == ""
    clean = replace(found, second=replace(found.second, num_flipped=0))
    assert finding_rows(clean)[0] == ("labels flipped on purpose", "144", "0")
    assert flips_words(clean).startswith("Only the first run trained with labels flipped on purpose (144)")
