from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datadiet.config import DataConfig
from datadiet.data.sources import open_source
from datadiet.errors import SourceError

NAN = float("nan")


def table(root: Path, text: str) -> Path:
    (root / "t.csv").write_text(text)
    return root / "t.csv"


def parquet(root: Path, kind: str, **columns: list) -> Path:
    """Write a Parquet of three rows: a table of paths, or of image bytes."""
    images = {"paths": ["1.png", "2.png", "3.png"], "bytes": [b"1", b"2", b"3"]}[kind]
    pq.write_table(pa.table({"image": images, "label": ["a", "b", "a"], **columns}), root / "t.parquet")
    return root / "t.parquet"


def test_labels_of_a_csv_that_differ_as_text_are_never_merged(tmp_path):
    path = table(tmp_path, "path,label\n1.png,1\n2.png,1.0\n3.png,2\n")
    with pytest.raises(SourceError, match=r"In t\.csv, labels '1' and '1\.0' \(rows 0 and 1"):
        open_source(path, DataConfig())


def test_a_path_named_below_the_root_and_in_full_is_named_twice(tmp_path):
    path = table(tmp_path, f"path,label\ni/1.png,a\n{tmp_path}/i/1.png,b\n")
    with pytest.raises(SourceError, match=r"has the path 'i/1\.png' in rows 0 and 1"):
        open_source(path, DataConfig())


def test_a_missing_id_of_a_csv_is_refused_with_its_row(tmp_path):
    path = table(tmp_path, "path,label,key\n1.png,a,x\n2.png,b,\n")
    with pytest.raises(SourceError, match=r"t\.csv has no id in row 1 \(counted from 0\): it is ''"):
        open_source(path, DataConfig(id_column="key"))


@pytest.mark.parametrize("kind", ["paths", "bytes"])
@pytest.mark.parametrize("ids", [["x", None, "y"], [1.0, NAN, 2.0]], ids=["null", "NaN"])
def test_a_missing_id_of_a_parquet_is_refused_with_its_row(tmp_path, kind, ids):
    with pytest.raises(SourceError, match=r"t\.parquet has no id in row 1 \(counted from 0\): it is"):
        open_source(parquet(tmp_path, kind, key=ids), DataConfig(id_column="key"))


@pytest.mark.parametrize("kind", ["paths", "bytes"])
def test_rows_without_a_group_are_groups_of_their_own(tmp_path, kind):
    path = parquet(tmp_path, kind, who=[NAN, None, 7.0])
    records = open_source(path, DataConfig(group_column="who")).records()
    assert [record.group for record in records] == [None, None, "7.0"]


@pytest.mark.parametrize("kind", ["paths", "bytes"])
def test_a_true_label_that_is_missing_is_not_known(tmp_path, kind):
    records = open_source(parquet(tmp_path, kind, true_label=["b", None, ""]), DataConfig()).records()
    assert [record.true_label for record in records] == [1, None, None]


def test_a_true_label_beside_class_names_is_not_taken_for_an_index(tmp_path):
    path = table(tmp_path, "path,label,true_label\n1.png,1,0\n2.png,2,1\n")
    with pytest.raises(SourceError, match=r"label '0' is not one of the class names .* though '1' is"):
        open_source(path, DataConfig())
