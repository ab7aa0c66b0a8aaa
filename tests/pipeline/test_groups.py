"""Groups of a run: by class, by the source's column, by a table beside it."""

import pytest

from datadiet.errors import ConfigError, DataError, NotFoundError
from datadiet.pipeline.groups import held_out_correct, run_groups
from datadiet.pipeline.progress import Silent
from datadiet.pipeline.studies import Protocol
from datadiet.pipeline.sweep import SweepOptions, sweep
from datadiet.study.points import curve_points, with_controls
from datadiet.study.summary import point_rows


def test_every_class_is_a_group_with_its_accuracy(tiny):
    grouped = run_groups(tiny)
    assert sorted(grouped.table["group"]) == sorted(tiny.class_names)
    assert grouped.table["num_train"].sum() == (tiny.scores()["split"] == "train").sum()
    share = held_out_correct(tiny)
    total = (grouped.table["accuracy"] * grouped.table["num_held_out"]).sum()
    assert total == pytest.approx(share[share == share].sum())
    assert "by class" in grouped.text()


def test_a_training_example_is_of_the_class_it_is_trained_on_as_for_a_quota(own):
    train = own.scores().query("split == 'train'")
    assert (train["label"] != train["given_label"]).any()
    stored = own.select("window", score="el2n", keep_fraction=0.5, window_offset=0.2, quota="equal")
    table = run_groups(own, selection=stored.selection_id).table.set_index("group")
    trained = train["label"].map(dict(enumerate(own.class_names)))
    assert table["num_train"].to_dict() == trained.value_counts().to_dict()
    assert table["num_kept"].max() - table["num_kept"].min() <= 1


def test_a_selection_says_what_it_keeps_of_each(own):
    stored = own.select("hardest", score="el2n", keep_fraction=0.3)
    grouped = run_groups(own, selection=stored.selection_id[:6])
    assert grouped.table["num_kept"].sum() == len(stored.example_ids)
    assert grouped.headline()["selection_id"] == stored.selection_id


@pytest.mark.parametrize("key", ["example_id", "source_key"])
def test_a_column_of_a_table_makes_groups(tiny, tmp_path, key):
    path = tmp_path / "people.csv"
    scores = tiny.scores()
    lines = [f"{value},{'odd' if number % 2 else 'even'}" for number, value in enumerate(scores[key])]
    path.write_text("\n".join([f"{key},parity", *lines]))
    grouped = run_groups(tiny, "parity", table=path)
    assert set(grouped.table["group"]) == {"odd", "even"}
    assert grouped.headline()["groups"][0]["kept_fraction"] is None


def test_what_names_no_group_is_refused(tiny, tmp_path):
    with pytest.raises(ConfigError, match="--table"):
        run_groups(tiny, "age")
    with pytest.raises(NotFoundError, match="group column"):
        run_groups(tiny, "group")
    with pytest.raises(NotFoundError, match="nope"):
        run_groups(tiny, score="nope")
    path = tmp_path / "part.csv"
    path.write_text("example_id,age\n0,7\n")
    with pytest.raises(DataError, match="every example"):
        run_groups(tiny, "age", table=path)
    with pytest.raises(NotFoundError, match="ages"):
        run_groups(tiny, "ages", table=path)


def parity_table(run, tmp_path):
    path = tmp_path / "people.csv"
    ids = run.scores()["example_id"]
    path.write_text(
        "\n".join(["example_id,parity", *(f"{each},{'odd' if each % 2 else 'even'}" for each in ids)])
    )
    return path


def test_a_selection_keeps_the_share_of_each_group_of_a_table(own, tmp_path):
    path = parity_table(own, tmp_path)
    settings = {"score": "el2n", "keep_fraction": 0.5, "quota": "proportional", "quota_by": "parity"}
    stored = own.select("hardest", group_table=path, **settings)
    grouped = run_groups(own, "parity", table=path, selection=stored.selection_id)
    assert grouped.table["kept_fraction"].tolist() == pytest.approx([0.5, 0.5], abs=0.02)
    with pytest.raises(ConfigError, match="--table"):
        own.select("hardest", **settings)
    with pytest.raises(ConfigError, match="--group"):
        own.select("hardest", score="el2n", keep_fraction=0.5, group_table=path)


def test_a_study_retrains_on_selections_that_keep_the_share_of_each_group(own, tmp_path):
    path = parity_table(own, tmp_path)
    protocol, settings = Protocol(num_epochs=1), {"quota": "proportional", "quota_by": "parity"}
    options = SweepOptions(protocol, 1, "cpu", 0, group_table=path)
    points = with_controls(curve_points(["hardest"], [0.5], "el2n", **settings))
    frame = sweep(own, points, options, progress=Silent()).study.retrainings()
    assert frame["quota_by"].tolist() == ["class", "class", "parity"]
    assert point_rows(frame)[2]["title"] == "hardest 50 % by el2n, quota proportional of parity"
