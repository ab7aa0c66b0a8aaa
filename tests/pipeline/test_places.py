"""R14: what a run read is left as it is by everything that is written for people."""

from pathlib import Path

import pytest

from datadiet.config import DataConfig
from datadiet.errors import StoreError
from datadiet.pipeline.places import image_roots, named_places, protected_places
from datadiet.store.outside import write_outside


def run_of(source, kind, **data):
    """Return what config.json of a run would hold of its source."""
    config = DataConfig(**data)
    return {
        "source_places": named_places(source, kind, config),
        "image_roots": image_roots(source, kind, config),
        "source_path": None,
        "config": {"data": config.model_dump()},
    }


def refused(run, out):
    try:
        write_outside({out: b"x"}, sources=protected_places(run, out), overwrite=True)
    except StoreError as error:
        return "never written to" in str(error)
    return False


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (
        "shards/a.parquet",
        "shards/b.parquet",
        "table.csv",
        "cat/1.png",
        "data/MNIST/raw.gz",
        "t.npz",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"as it was")
    return tmp_path


@pytest.mark.parametrize(
    ("source", "kind", "data", "out"),
    [
        ("shards/*.parquet", "parquet", {}, "shards/b.parquet"),
        (Path("shards"), "parquet", {}, "shards/new.csv"),
        ("digits", "digits", {"test_source": "t.npz"}, "t.npz"),
        ("digits", "digits", {"test_source": "shards/?.parquet"}, "shards/a.parquet"),
        ("mnist", "torchvision", {}, "data/new.csv"),
        ("mnist", "torchvision", {"data_root": "data"}, "data/MNIST/raw.gz"),
        ("table.csv", "manifest", {}, "table.csv"),
        ("table.csv", "manifest", {}, "cat/1.png"),
        ("table.csv", "manifest", {"data_root": "cat"}, "cat/1.png"),
    ],
)
def test_r14_what_was_read_is_not_written_to_from_anywhere(files, monkeypatch, source, kind, data, out):
    run = run_of(source, kind, **data)
    (files / "elsewhere").mkdir()
    monkeypatch.chdir(files / "elsewhere")
    before = {path: path.read_bytes() for path in files.rglob("*") if path.is_file()}
    assert refused(run, files / out)
    assert {path: path.read_bytes() for path in files.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("source", "kind", "out"),
    [
        ("shards/*.parquet", "parquet", "shards/new.csv"),
        ("table.csv", "manifest", "suspects.csv"),
        ("table.csv", "manifest", "cat/labels.csv"),
        ("digits", "digits", "table.csv"),
    ],
)
def test_what_lies_beside_it_may_be_written(files, source, kind, out):
    assert not refused(run_of(source, kind), files / out)


def test_r14_a_run_of_an_earlier_version_still_has_its_source_protected(files):
    run = {"source_path": str(files / "t.npz"), "config": {"data": DataConfig().model_dump()}}
    assert refused(run, files / "t.npz")


def test_the_sentence_tells_a_file_of_the_source_from_a_place_in_it(files):
    with pytest.raises(StoreError, match=r"table\.csv is a file of the source.* Choose another name"):
        write_outside({files / "table.csv": b"x"}, sources=[files / "table.csv"], overwrite=True)
    with pytest.raises(StoreError, match=r"new\.csv lies inside the source .* Choose another folder"):
        write_outside({files / "shards/new.csv": b"x"}, sources=[files / "shards"])
