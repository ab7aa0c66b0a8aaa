"""What a run keeps on disk, as arrays in row order."""

import shutil

import numpy as np
import pandas as pd
import pytest
import tiny_set

from datadiet.pipeline.labels import trains_on
from datadiet.pipeline.run import open_run
from datadiet.pipeline.run_text import run_text
from datadiet.store.publish import publish_folder, unpublish
from datadiet.store.tables import write_table


def test_a_seed_trains_on_what_the_folds_say_each_time_it_is_asked(tiny):
    files = tiny.files
    for seed in tiny.seeds:
        expected = trains_on(files.labels, seed, files.config.num_folds)
        assert np.array_equal(files.trained_by(seed), expected)
        assert files.trained_by(seed) is files.trained_by(seed)


def test_what_a_seed_trains_on_cannot_be_changed_by_who_reads_it(tiny):
    assert not tiny.files.trained_by(tiny.seeds[0]).flags.writeable


def test_the_values_of_a_score_are_the_readers_own(tiny):
    values = tiny.files.score(tiny.seeds[0], "random", tiny.files.last_step)
    values[:] = 0
    assert tiny.files.score(tiny.seeds[0], "random", tiny.files.last_step).any()


def expected_accuracy(files, probabilities, split):
    """Return the accuracy by hand: an example at a time."""
    rows = files.labels.reset_index(drop=True).query("split == @split")
    right = [probabilities[row].argmax() == given for row, given in rows["given_label"].items()]
    return sum(right) / len(right)


def test_the_accuracy_at_the_end_is_that_of_the_pass_that_scores(tiny):
    for seed in tiny.seeds:
        last = tiny.files.history(seed).iloc[-1]
        probabilities = tiny.files.evaluation(seed, "probabilities")[:]
        for split in ("validation", "test"):
            assert last[f"{split}_accuracy"] == expected_accuracy(tiny.files, probabilities, split)


def test_test_accuracy_on_the_way_is_known_where_the_run_is_scored(tiny):
    for seed in tiny.seeds:
        history, scored = tiny.files.history(seed), {step for _, step in tiny.files.score_steps(seed)}
        assert set(history.loc[history["test_accuracy"].notna(), "step"]) == scored
        assert history["validation_accuracy"].notna().all()


@pytest.mark.parametrize("place", [0, -1])
def test_an_accuracy_that_was_lost_is_measured_again_and_nothing_else(own, place):
    before, history = tiny_set.times_below(own.files.workspace.root), own.files.history(0)
    step = own.files.steps(0)[1:][place]
    path = own.files.accuracy_path(0, step)
    unpublish(own.files.workspace, path)
    assert own.files.history(0).set_index("step").loc[step, ["test_accuracy"]].isna().all()
    tiny_set.audited(own.files.workspace.root)
    pd.testing.assert_frame_equal(own.files.history(0), history)
    after = tiny_set.times_below(own.files.workspace.root)
    changed = {name for name in before if after[name] != before[name]}
    assert {name.rpartition("/")[2] for name in changed} == {path.name, f"{path.name}.sums"}


def test_a_run_tells_whose_accuracy_was_lost_and_the_command_that_measures_it_again(own):
    assert "was lost" not in run_text(own)
    unpublish(own.files.workspace, own.files.accuracy_path(0, own.files.last_step))
    run = open_run(own.run_id, workspace=own.files.workspace.root)
    told = next(line for line in run_text(run).splitlines() if "was lost" in line)
    assert told.startswith("The accuracy of seed 0 was lost.")
    assert f"datadiet score {run.run_id} --workspace" in told


def test_accuracies_that_an_older_program_measured_in_training_stay(own):
    for seed in own.seeds:
        for step in own.files.steps(seed)[1:]:
            unpublish(own.files.workspace, own.files.accuracy_path(seed, step))
            measured_in_training(own.files, seed, step, value=0.25)
    before = tiny_set.times_below(own.files.workspace.root)
    tiny_set.audited(own.files.workspace.root)
    assert tiny_set.times_below(own.files.workspace.root) == before
    run = open_run(own.run_id, workspace=own.files.workspace.root)
    assert run.accuracy("test").mean == pytest.approx(0.25)


def measured_in_training(files, seed, step, *, value):
    """Publish a segment anew whose history ends with accuracies, as it once did."""
    folder = files.workspace.step_dir(files.run_id, seed, step)
    kept = folder.with_name("kept")
    shutil.copytree(folder, kept)
    unpublish(files.workspace, folder)
    with publish_folder(files.workspace, folder) as attempt:
        for path in kept.iterdir():
            if path.name not in {"checksums.json", "history.parquet"}:
                shutil.copy(path, attempt / path.name)
        history = pd.read_parquet(kept / "history.parquet")
        history.loc[history.index[-1], ["validation_accuracy", "test_accuracy"]] = value
        write_table(attempt / "history.parquet", history)
    shutil.rmtree(kept)
