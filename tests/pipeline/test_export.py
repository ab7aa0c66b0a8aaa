"""Exports: every kind, every format, and what never leaves."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import tiny_set

from datadiet.errors import ConfigError, DataError, NotFoundError, StoreError
from datadiet.pipeline.export import KINDS, ExportRequest, export_run
from datadiet.pipeline.manifest_paths import manifest_paths

LISTS = ("kept", "dropped", "suspects")


@pytest.fixture(scope="module")
def chosen(tiny_root, tmp_path_factory):
    """Return the tiny run with one selection, in a workspace of this module's own."""
    import shutil

    from datadiet.pipeline.run import open_run

    root = tmp_path_factory.mktemp("exports") / "w"
    shutil.copytree(tiny_root, root)
    run = open_run(next(path.name for path in (root / "runs").iterdir()), workspace=root)
    run.select("hardest", score="el2n", keep_fraction=0.5)
    return run


def rows_of(path):
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".json":
        return json.loads(path.read_text())["rows"]
    return pq.read_table(path).to_pylist()


@pytest.mark.parametrize("what", sorted({*KINDS} - {"manifest"}))  # arrays have no paths for one
@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_every_kind_leaves_as_every_kind_of_table(chosen, tmp_path, what, ending):
    written = export_run(chosen, ExportRequest(what, tmp_path / f"out.{ending}"))
    assert len(rows_of(written.out)) == written.num_rows
    assert json.loads(json.dumps(written.headline()))["what"] == what


@pytest.mark.parametrize("what", LISTS)
def test_lists_leave_as_bare_ids(chosen, tmp_path, what):
    export_run(chosen, ExportRequest(what, tmp_path / "ids.txt"))
    export_run(chosen, ExportRequest(what, tmp_path / "ids.npy"))
    ids = [int(line) for line in (tmp_path / "ids.txt").read_text().split()]
    assert np.load(tmp_path / "ids.npy", allow_pickle=False).tolist() == ids
    header = json.loads((tmp_path / "ids.npy.json").read_text())
    assert header["dataset"]["dataset_id"] == chosen.files.images.dataset_id


def test_scores_are_what_the_table_says(chosen, tmp_path):
    export_run(chosen, ExportRequest("scores", tmp_path / "scores.parquet"))
    frame = pd.read_parquet(tmp_path / "scores.parquet")
    assert list(frame) == list(chosen.scores())
    np.testing.assert_array_equal(frame["el2n"], chosen.scores()["el2n"])


def test_kept_and_dropped_are_the_training_examples(chosen, tmp_path):
    for what in ("kept", "dropped"):
        export_run(chosen, ExportRequest(what, tmp_path / f"{what}.txt"))
    kept, dropped = ((tmp_path / f"{what}.txt").read_text().split() for what in ("kept", "dropped"))
    train = chosen.scores().loc[lambda rows: rows["split"] == "train", "example_id"]
    assert sorted(map(int, kept + dropped)) == train.tolist()


def test_a_planted_flip_never_leaves_in_the_labels(chosen, tmp_path):
    export_run(chosen, ExportRequest("labels", tmp_path / "labels.csv"))
    labels = tiny_set.pictures()[1]
    rows = rows_of(tmp_path / "labels.csv")
    assert chosen.files.labels["is_flipped"].any()
    assert [row["corrected_label"] for row in rows] == [str(label) for label in labels]
    assert {row["is_changed"] for row in rows} == {"False"}


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (ExportRequest("everything", "x.csv"), ConfigError, "what to export is 'everything'"),
        (ExportRequest("labels", "x.txt"), ConfigError, "format of labels is 'txt'"),
        (
            ExportRequest("labels", "x"),
            ConfigError,
            "--out .*x has no ending that tells the format; it can end",
        ),
        (ExportRequest("labels", "x.xlsx"), ConfigError, "--format is 'xlsx'"),
        (ExportRequest("labels", "x.json", spreadsheet=True), ConfigError, "--spreadsheet is for csv alone"),
        (ExportRequest("kept", "x.csv", selection="zzz"), NotFoundError, "one selection zzz"),
    ],
)
def test_what_cannot_be_exported_is_refused(chosen, tmp_path, request_, error, message):
    from dataclasses import replace

    with pytest.raises(error, match=message):
        export_run(chosen, replace(request_, out=tmp_path / request_.out))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format_", [None, "csv"])
def test_an_empty_out_is_refused_by_its_name(chosen, format_):
    with pytest.raises(ConfigError, match="--out names no file"):
        export_run(chosen, ExportRequest("labels", Path(), format=format_))


def test_a_folder_that_refuses_is_a_sentence_about_the_file_and_no_workspace(chosen):
    with pytest.raises(StoreError, match=r"/proc/x\.csv cannot be written: .*, or name another file"):
        export_run(chosen, ExportRequest("labels", Path("/proc/x.csv")))


def test_a_file_that_exists_is_left_alone_until_told(chosen, tmp_path):
    out = tmp_path / "labels.csv"
    out.write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        export_run(chosen, ExportRequest("labels", out))
    assert out.read_text() == "mine"
    export_run(chosen, ExportRequest("labels", out, overwrite=True))
    assert out.read_text().startswith("example_id")


@pytest.fixture(scope="module")
def of_folder(tmp_path_factory):
    """Return a run of an image folder with class folders of hostile names, flips planted, and the folder."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("pictures") / "set"
    names = ("=1+1", "NA", 'Küste, "rau"')
    images, labels = tiny_set.pictures()
    for number, (pixels, label) in enumerate(zip(images, labels, strict=True)):
        (folder / names[label]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / names[label] / f"p {number:02d}.png")
    run = tiny_set.audited(folder.parent / "w", source=str(folder), seeds=1, folds=0)
    run.select("random", keep_fraction=0.5)
    return run, folder


def listing(folder):
    return {path: (path.lstat().st_mtime_ns, path.lstat().st_size) for path in [folder, *folder.rglob("*")]}


def test_r17_manifest_names_files_and_classes_exactly(of_folder, tmp_path):
    run, folder = of_folder
    export_run(run, ExportRequest("manifest", tmp_path / "kept.csv"))
    rows = rows_of(tmp_path / "kept.csv")
    assert len(rows) == len(run.selections()[0].example_ids)
    assert all((folder / row["path"]).is_file() for row in rows)
    assert all(row["path"].split("/")[0] == row["label"] for row in rows)


def test_r17_an_exported_manifest_is_a_source_again(of_folder, tmp_path):
    run, folder = of_folder
    export_run(run, ExportRequest("manifest", tmp_path / "kept.csv"))
    from datadiet.pipeline.plan import AuditOptions, plan_audit
    from datadiet.pipeline.progress import Silent

    plan = plan_audit(
        str(tmp_path / "kept.csv"),
        {"data": {"data_root": str(folder)}},
        AuditOptions(num_workers=0),
        workspace=tmp_path / "w",
        progress=Silent(),
    )
    assert set(plan.class_names) <= set(run.class_names)
    assert len(plan.images) == len(run.selections()[0].example_ids)


@pytest.fixture(scope="module")
def of_ids(tmp_path_factory):
    """Return a function that makes a run of a table with an id column, and the folder of the table."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("ids")
    images, labels = tiny_set.pictures(30)
    (folder / "a").mkdir()
    for number, pixels in enumerate(images):
        Image.fromarray(pixels).save(folder / "a" / f"{number}.png")
    table = pd.DataFrame({
        "name": [f"id {number}" for number in range(30)],
        "path": [f"a/{number}.png" for number in range(30)],
        "label": [tiny_set.CLASS_NAMES[label] for label in labels],
    })
    table.to_csv(folder / "table.csv", index=False)
    table.to_parquet(folder / "table.parquet", index=False)

    def audited(name):
        run = tiny_set.audited(
            folder / f"w {name}", source=folder / name, seeds=1, folds=0, noise=None,
            data={"id_column": "name"}, train={"num_epochs": 1, "checkpoint_epochs": [0, 1]},
        )  # fmt: skip
        run.select("random", keep_fraction=0.5)
        return run

    return audited, folder


@pytest.mark.parametrize("name", ["table.csv", "table.parquet"])
def test_a_manifest_of_a_table_with_an_id_column_names_the_files(of_ids, tmp_path, name):
    audited, folder = of_ids
    run = audited(name)
    export_run(run, ExportRequest("manifest", tmp_path / "kept.csv"))
    rows = rows_of(tmp_path / "kept.csv")
    assert len(rows) == len(run.selections()[0].example_ids) > 5
    assert all((folder / row["path"]).is_file() for row in rows)
    content = (folder / name).read_bytes()
    pd.DataFrame({"name": ["x"], "path": ["a/0.png"], "label": ["dark"]}).to_csv(
        folder / "other", index=False
    )
    (folder / name).unlink()
    with pytest.raises(DataError, match=r"is no longer at .* Put it back, or export kept"):
        export_run(run, ExportRequest("manifest", tmp_path / "again.csv"))
    if name.endswith(".csv"):
        (folder / "other").rename(folder / name)
        with pytest.raises(DataError, match="kept examples have no row in"):
            export_run(run, ExportRequest("manifest", tmp_path / "again.csv"))
    (folder / name).write_bytes(content)


def test_a_file_name_that_no_table_can_hold_is_counted_and_refused(tmp_path):
    from PIL import Image

    images, labels = tiny_set.pictures(24)
    for number, (pixels, label) in enumerate(zip(images, labels, strict=True)):
        folder = tmp_path / "set" / tiny_set.CLASS_NAMES[label]
        folder.mkdir(parents=True, exist_ok=True)
        name = f"bytes:{number}.png" if number % 2 else f"{number}.png"
        Image.fromarray(pixels).save(folder / (os.fsdecode(b"\xff.png") if number == 7 else name))
    run = tiny_set.audited(
        tmp_path / "w", source=tmp_path / "set", seeds=1, folds=0, noise=None,
        train={"num_epochs": 1, "checkpoint_epochs": [0, 1]},
    )  # fmt: skip
    run.select("random", keep_fraction=1.0)
    with pytest.raises(DataError, match=r"1 of \d+ kept examples have file names that are not UTF-8.*%FF"):
        export_run(run, ExportRequest("manifest", tmp_path / "kept.csv"))
    keys = run.files.images.examples.set_index("example_id")["source_key"]
    named = [each for each in run.selections()[0].example_ids if "%FF" not in keys[each]]
    paths = manifest_paths(run.files, named)
    assert all((tmp_path / "set" / path).is_file() for path in paths)
    assert any("/bytes:" in path for path in paths)


@pytest.mark.parametrize("place", [".", "=1+1"])
def test_r14_an_export_into_the_source_is_refused(of_folder, place):
    run, folder = of_folder
    with pytest.raises(StoreError, match="inside the source"):
        export_run(run, ExportRequest("labels", folder / place / "labels.csv"))


def test_r14_auditing_and_exporting_leave_the_source_as_it_was(of_folder, tmp_path):
    run, folder = of_folder
    before = listing(folder)
    again = tiny_set.audited(tmp_path / "w", source=str(folder), seeds=1, folds=0)
    export_run(again, ExportRequest("scores", tmp_path / "scores.csv"))
    assert again.run_id == run.run_id
    assert listing(folder) == before


def test_r14_a_source_that_is_a_file_is_never_replaced(tmp_path):
    images, labels = tiny_set.pictures()
    source = tmp_path / "set.npz"
    np.savez(source, images=images, labels=labels)
    run = tiny_set.audited(tmp_path / "w", source=str(source), seeds=1, folds=0)
    before = source.read_bytes()
    with pytest.raises(StoreError, match="never written to"):
        export_run(run, ExportRequest("suspects", source, format="npy", overwrite=True))
    assert source.read_bytes() == before


@pytest.mark.parametrize(("order", "ascending"), [("easiest-first", True), ("hardest-first", False)])
def test_an_order_runs_along_the_ranks(chosen, tmp_path, order, ascending):
    written = export_run(chosen, ExportRequest("order", tmp_path / "order.csv", order=order, score="margin"))
    rows = rows_of(written.out)
    ranks = [float(row["percentile"]) for row in rows]
    assert ranks == sorted(ranks, reverse=not ascending)
    margins = [float(row["score"]) for row in rows]
    assert margins == sorted(margins, reverse=ascending)  # a low margin is hard
    assert {row["stage"] for row in rows} == {"1"}
    scores = chosen.scores()
    assert len(rows) == int((scores["split"] == "train").sum())


def test_a_bare_order_says_beside_it_how_it_was_made_and_where_stages_end(chosen, tmp_path):
    export_run(chosen, ExportRequest("order", tmp_path / "order.npy", order="paced:3"))
    ids = np.load(tmp_path / "order.npy", allow_pickle=False).tolist()
    header = json.loads((tmp_path / "order.npy.json").read_text())
    assert header["selection"] == {"order": "paced:3", "score": "el2n", "num_stages": 3, "ties": "example_id"}
    sizes = [header["counts"][f"num_stage_{stage}"] for stage in (1, 2, 3)]
    assert sum(sizes) == len(ids) == len(set(ids)) == header["counts"]["num_ordered"]
    ranks = chosen.scores().set_index("example_id")["el2n_percentile"]
    assert ranks[ids[: sizes[0]]].max() < ranks[ids[sizes[0] :]].min()


def test_an_order_of_another_kind_or_score_is_refused(chosen, tmp_path):
    with pytest.raises(ConfigError, match="order alone"):
        export_run(chosen, ExportRequest("kept", tmp_path / "kept.csv", order="easiest-first"))
    with pytest.raises(NotFoundError, match="nope"):
        export_run(chosen, ExportRequest("order", tmp_path / "order.csv", score="nope"))
