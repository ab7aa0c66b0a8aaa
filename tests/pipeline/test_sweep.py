"""Retraining on selections: what belongs to a study, what is shared, what is never run again."""

import shutil
from contextlib import closing

import numpy as np
import pandas as pd
import psutil
import pytest
import tiny_set

from datadiet.errors import ConfigError, DataError, NotFoundError
from datadiet.execution.spares import SpareWorkers
from datadiet.pipeline.adaptive_sweep import Budget, adaptive_sweep, best_window
from datadiet.pipeline.progress import Silent
from datadiet.pipeline.retrain_units import inputs_folder
from datadiet.pipeline.studies import Protocol, find_study, list_studies, retrain_config
from datadiet.pipeline.sweep import SweepOptions, check_points, sweep
from datadiet.pipeline.sweep_ground import Ground
from datadiet.pipeline.verify import verify_workspace
from datadiet.store.arrays import open_array
from datadiet.store.reviews import Review, append_reviews
from datadiet.study.points import curriculum_points, point, window_points, with_controls
from datadiet.study.summary import point_rows

OPTIONS = SweepOptions(Protocol(num_epochs=2), num_seeds=2, num_workers=0, device="cpu")


def swept(run, points, options=OPTIONS):
    return sweep(run, points, options, progress=Silent())


def rows_of(run, retrain_id):
    return open_array(inputs_folder(run.files, retrain_id) / "rows.npy")[:]


def test_a_sweep_retrains_every_point_with_every_seed_beside_its_controls(own):
    points = with_controls(window_points("el2n", [0.5], [0.0, 0.5]))
    frame = swept(own, points).study.retrainings()
    assert list(dict.fromkeys(frame["rule"])) == ["all", "random", "window"]
    assert len(frame) == 4 * 2
    num_train = int((own.files.labels["split"] == "train").sum())
    assert frame.loc[frame["rule"] == "all", "num_kept"].eq(num_train).all()
    assert frame.loc[frame["rule"] == "window", "num_kept"].eq(int(num_train / 2 + 0.5)).all()
    assert frame[["validation_accuracy", "test_accuracy"]].stack().between(0, 1).all()
    assert verify_workspace(own.files.workspace.root).damaged == []


def test_every_size_takes_the_same_steps_or_the_same_epochs(own):
    points = with_controls(window_points("el2n", [0.5], [0.0]))
    steps = swept(own, points).study.retrainings()["num_steps"]
    assert steps.nunique() == 1
    by_epochs = SweepOptions(Protocol(num_epochs=2, fixed="epochs"), 1, "cpu", 0)
    frame = swept(own, points, by_epochs).study.retrainings()
    train = own.files.config.train
    expected = [2 * (num // min(train.batch_size, num)) for num in frame["num_kept"]]
    assert frame["num_steps"].tolist() == expected
    assert len(list_studies(own.files)) == 2


def test_a_sweep_takes_workers_that_were_started_before_and_ends_them(own):
    points = window_points("el2n", [0.5], [0.5])
    here = swept(own, points, SweepOptions(OPTIONS.protocol, 1, "cpu", 0)).study.retrainings()
    shutil.rmtree(own.files.folder / "retrain")
    before = psutil.Process().children()
    with closing(SpareWorkers(1, num_threads=1, modules=["datadiet.pipeline.retrain_units"])) as spares:
        [started] = set(psutil.Process().children()) - set(before)
        options = SweepOptions(OPTIONS.protocol, 1, "cpu", 1, spares=spares)
        beside = swept(own, points, options).study.retrainings()
        assert spares.take(1, 1) == []
    assert not psutil.pid_exists(started.pid)
    pd.testing.assert_frame_equal(here.drop(columns="train_seconds"), beside.drop(columns="train_seconds"))


def test_r2_what_is_done_is_never_run_again_and_more_seeds_extend_a_study(own):
    points = window_points("el2n", [0.5], [0.0, 0.5])
    one = SweepOptions(OPTIONS.protocol, 1, "cpu", 0)
    first = swept(own, points, one).study.retrainings()
    root = own.files.workspace.root
    before = tiny_set.times_below(root)
    second = swept(own, points).study.retrainings()
    after = tiny_set.times_below(root)
    assert before.items() <= after.items()
    assert len(second) == 2 * len(first)
    kept = second[second["seed"] == 0].drop(columns="train_seconds").reset_index(drop=True)
    assert kept.equals(first.drop(columns="train_seconds"))


def test_two_ways_to_say_the_same_window_share_their_retraining(own):
    points = [point("hardest", score="el2n", keep_fraction=0.5), *window_points("el2n", [0.5], [0.5])]
    frame = swept(own, points).study.retrainings()
    assert frame["retrain_id"].nunique() == 1
    assert frame["point_id"].nunique() == 2


def test_random_controls_draw_anew_for_each_seed_and_windows_do_not(own):
    frame = swept(own, with_controls(window_points("el2n", [0.5], [0.2]))).study.retrainings()
    random = frame[frame["rule"] == "random"]["retrain_id"].tolist()
    assert set(rows_of(own, random[0]).tolist()) != set(rows_of(own, random[1]).tolist())
    assert frame[frame["rule"] == "window"]["retrain_id"].nunique() == 1


def test_what_is_chosen_once_for_all_seeds_is_what_each_would_choose(tiny):
    ground, points = Ground(tiny), with_controls(window_points("random", [0.4, 0.6], [0.0, 0.2]))
    by_point = [(each, seed) for each in points for seed in range(3)]
    for each, seed in [*by_point, *reversed(by_point), *sorted(by_point, key=lambda pair: pair[1])]:
        assert np.array_equal(ground.chosen(each, seed)[1], Ground(tiny).chosen(each, seed)[1])


def test_planted_flips_and_suspects_that_are_kept_are_counted(own):
    frame = swept(own, with_controls(window_points("el2n", [0.5], [0.5]))).study.retrainings()
    everything = frame[frame["rule"] == "all"].iloc[0]
    train = own.files.labels[own.files.labels["split"] == "train"]
    assert everything["flips_kept_fraction"] == pytest.approx(train["is_flipped"].mean())
    table = own.scores().query("split == 'train'")
    assert everything["suspects_kept_fraction"] == pytest.approx(table["is_suspect"].mean())


def test_decisions_change_the_labels_and_as_many_random_ones_stand_beside(own):
    train = own.files.labels.query("split == 'train'").reset_index(drop=True)
    relabelled, dropped = int(train["example_id"][0]), int(train["example_id"][1])
    old = int(train["label"][0])
    new = (old + 1) % 3
    examples = own.files.images.examples.set_index("example_id")
    append_reviews(
        own.files.workspace,
        [
            Review(
                operation_id=name,
                source_key=examples.loc[example_id, "source_key"],
                image_hash=examples.loc[example_id, "image_hash"],
                label_shown=own.class_names[old],
                decision=decision,
                new_label=label,
                run_id=own.run_id,
            )
            for name, example_id, decision, label in (
                ("a", relabelled, "relabel", own.class_names[new]),
                ("b", dropped, "drop", ""),
            )
        ],
    )
    labels = ("trained", "reviewed", "random_reviewed")
    frame = swept(own, [point("all", labels=each) for each in labels]).study.retrainings()
    by_label = frame[frame["seed"] == 0].set_index("labels")
    assert by_label["num_kept"].to_dict() == {
        "trained": len(train),
        "reviewed": len(train) - 1,
        "random_reviewed": len(train) - 1,
    }
    folder = inputs_folder(own.files, by_label.loc["reviewed", "retrain_id"])
    rows, values = (open_array(folder / f"{name}.npy")[:] for name in ("rows", "labels"))
    ids = own.files.labels["example_id"].to_numpy()[rows]
    assert values[ids == relabelled].tolist() == [new]
    assert dropped not in ids
    changed = values != own.files.labels["label"].to_numpy()[rows]
    assert int(changed.sum()) == 1


def test_a_point_that_trains_on_something_else_since_counts_as_its_last_retraining(own):
    study = swept(own, [point("all")]).study
    (before, *_) = [each["retrain_id"] for each in study.members() if each["seed"] == 0]
    study.add(point("all"), 0, "later", order=0)
    study.add(point("all"), 0, "later", order=0)
    assert [each["retrain_id"] for each in study.members() if each["seed"] == 0] == ["later"]
    study.add(point("all"), 0, before, order=0)
    assert [each["retrain_id"] for each in study.members() if each["seed"] == 0] == [before]


def test_a_study_of_decisions_needs_decisions(own):
    with pytest.raises(DataError, match="no decisions to retrain with"):
        swept(own, [point("all", labels="reviewed")])


def test_an_adaptive_study_spends_no_more_than_its_budget_and_ends_with_controls(own):
    budget = Budget(7, tolerance=0.0)
    study = adaptive_sweep(own, "el2n", [0.4, 0.8], OPTIONS, budget, progress=Silent()).study
    frame = study.retrainings()
    best = best_window(frame, "el2n")
    is_best = frame["point_id"] == best.point_id
    assert is_best.sum() >= OPTIONS.num_seeds
    windows = frame[(frame["rule"] == "window")]
    assert 7 <= len(windows) <= 7 + OPTIONS.num_seeds
    assert (frame["rule"] == "all").sum() == OPTIONS.num_seeds
    assert ((frame["rule"] == "random") & np.isclose(frame["keep_fraction"], best.keep_fraction)).sum() == 2


def test_a_budget_above_the_number_of_windows_adds_seeds_and_ends(own):
    study = adaptive_sweep(own, "el2n", [1.0], OPTIONS, Budget(4, tolerance=0.0), progress=Silent()).study
    frame = study.retrainings()
    windows = frame[frame["rule"] == "window"]
    assert sorted(windows["seed"]) == [0, 1, 2, 3]
    with pytest.raises(NotFoundError, match=rf"datadiet score {own.run_id} --method variability"):
        adaptive_sweep(own, "variability_step_000001", [0.5], OPTIONS, Budget(1), progress=Silent())


@pytest.mark.parametrize(("num", "tolerance"), [(0, 0.001), (3, -0.1), (3, 1.0)])
def test_a_budget_that_buys_nothing_is_refused(num, tolerance):
    with pytest.raises(ConfigError):
        Budget(num, tolerance)


def test_a_study_is_found_by_the_start_of_its_id_and_missing_ones_are_named(own):
    study = swept(own, window_points("el2n", [0.5], [0.0])).study
    assert find_study(own.files, study.study_id[:6]).study_id == study.study_id
    assert find_study(own.files, None).study_id == study.study_id
    with pytest.raises(NotFoundError, match=study.study_id):
        find_study(own.files, "zzzz")


def test_a_run_without_a_study_says_how_to_make_one(tiny):
    with pytest.raises(NotFoundError, match="datadiet sweep"):
        find_study(tiny.files, None)


def test_points_are_summed_up_over_their_seeds(own):
    swept_study = swept(own, window_points("el2n", [0.5], [0.0]))
    [row] = point_rows(swept_study.study.retrainings())
    values = swept_study.study.retrainings()["validation_accuracy"]
    assert row["validation_accuracy"] == pytest.approx(values.mean())
    assert row["validation_accuracy_se"] == pytest.approx(values.std(ddof=1) / np.sqrt(2))
    assert row["title"] == "window 50 % from 0 by el2n"
    assert "window 50 %" in swept_study.text()


def test_classes_are_told_apart(own):
    study = swept(own, [point("all")]).study
    row = study.retrainings().iloc[0]
    table = study.class_accuracy(row["retrain_id"], int(row["seed"]))
    assert table["num_kept"].sum() == row["num_kept"]
    assert table["validation_accuracy"].min() == row["worst_class_accuracy"]


@pytest.mark.parametrize("num_kept", [20, 50, 72])
def test_a_retraining_takes_as_many_steps_as_all_data_would(tiny, num_kept):
    train = tiny.files.config.train
    config = retrain_config(train, Protocol(num_epochs=5), num_kept=num_kept, num_train=72)
    assert config.num_steps == 5 * (72 // min(train.batch_size, 72))
    assert config.num_epochs * (num_kept // min(train.batch_size, num_kept)) >= config.num_steps


def test_curricula_retrain_on_all_images_for_the_same_steps_with_another_result(own):
    points = with_controls(curriculum_points(["easiest-first", "hardest-first", "random"], [2], "el2n"))
    study = swept(own, points).study
    frame = study.retrainings()
    assert frame["num_steps"].nunique() == frame["num_kept"].nunique() == 1
    assert frame["retrain_id"].nunique() == 1 + 2 + 2  # the random order draws anew for each seed
    assert set(frame["order"]) == {"", "easiest-first:2", "hardest-first:2", "random:2"}
    by_order = frame[frame["seed"] == 0].set_index("order")["retrain_id"]
    stages = open_array(inputs_folder(own.files, by_order["easiest-first:2"]) / "stages.npy")[:]
    ranks = own.scores().query("split == 'train'")["el2n_percentile"].to_numpy()
    assert ranks[stages == 1].max() <= ranks[stages == 2].min()


def test_a_curriculum_of_more_stages_than_images_or_of_an_unknown_score_is_refused_beforehand(own):
    with pytest.raises(ConfigError, match="stages"):
        check_points(own, curriculum_points(["easiest-first"], [9_999], "el2n"))
    with pytest.raises(NotFoundError, match="nope"):
        check_points(own, curriculum_points(["easiest-first"], [2], "nope"))
