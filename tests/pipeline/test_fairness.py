"""Accuracy by group of retrainings: from its answers, by class also from what earlier versions kept."""

import pytest

from datadiet.errors import ConfigError, DataError
from datadiet.pipeline.fairness import study_fairness
from datadiet.pipeline.progress import Silent
from datadiet.pipeline.studies import Protocol, open_study, retrain_folder
from datadiet.pipeline.sweep import SweepOptions, sweep
from datadiet.study.points import window_points, with_controls

OPTIONS = SweepOptions(Protocol(num_epochs=2), num_seeds=2, num_workers=0, device="cpu")


@pytest.fixture
def swept(own):
    return sweep(own, with_controls(window_points("el2n", [0.5], [0.0])), OPTIONS, progress=Silent())


def parity_table(run, tmp_path):
    path = tmp_path / "people.csv"
    ids = run.scores()["example_id"]
    path.write_text("\n".join(["example_id,parity", *(f"{each},{each % 2}" for each in ids)]))
    return path


def test_groups_average_to_the_accuracy_of_the_retraining(own, swept, tmp_path):
    path = parity_table(own, tmp_path)
    frame = swept.study.retrainings()
    for by, table in (("class", None), ("parity", path)):
        found = study_fairness(own, swept.study, by, table=table).table
        for point_id, rows in found.groupby("point_id"):
            mean = (rows["accuracy"] * rows["num_held_out"]).sum() / rows["num_held_out"].sum()
            assert mean == pytest.approx(frame.loc[frame["point_id"] == point_id, "test_accuracy"].mean())
    assert set(found["group"]) == {"0", "1"}


def test_answers_by_class_are_those_that_class_accuracy_holds(own, swept):
    whole = study_fairness(own, swept.study).table
    for path in own.files.folder.glob("retrain/*/seed_*/answers.parquet"):
        path.unlink()  # as an earlier version left it
    assert study_fairness(own, swept.study).table.equals(whole)


def test_retrainings_without_answers_are_counted_and_none_at_all_is_refused(own, swept, tmp_path):
    path, frame = parity_table(own, tmp_path), swept.study.retrainings()
    first = frame.iloc[0]
    (retrain_folder(own.files, first["retrain_id"], int(first["seed"])) / "answers.parquet").unlink()
    found = study_fairness(own, swept.study, "parity", table=path)
    assert found.num_without == 1
    assert "1 retraining kept no answers" in found.text()
    for each in own.files.folder.glob("retrain/*/seed_*/answers.parquet"):
        each.unlink()
    with pytest.raises(DataError, match="holds answers by image"):
        study_fairness(own, swept.study, "parity", table=path)


def test_wanted_points_alone_are_read(own, swept):
    wanted = swept.study.retrainings()["point_id"].iloc[0]
    assert set(study_fairness(own, swept.study, point_ids=[wanted]).table["point_id"]) == {wanted}


def test_a_column_without_a_table_and_an_empty_study_are_refused(own, swept):
    with pytest.raises(ConfigError, match="--table"):
        study_fairness(own, swept.study, "age")
    with pytest.raises(DataError, match="No retraining"):
        study_fairness(own, open_study(own.files, Protocol(num_epochs=9)))


def test_a_sweep_tells_the_classes_of_all_data_and_of_the_best_window(swept):
    told = swept.text().split("By class:\n")[1].splitlines()
    assert [line.split(":")[0].strip() for line in told] == ["all", "window 50 % from 0 by el2n"]
    assert swept.headline()["by_class"] == [line.strip() for line in told]
