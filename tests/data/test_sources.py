from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from datadiet.config import DataConfig
from datadiet.data.decoding import Decoders
from datadiet.data.keys import key_of_name, name_of_key
from datadiet.data.plan import plan
from datadiet.data.sources import ArraySource, open_source
from datadiet.data.sources.unlabelled import unlabelled_files
from datadiet.errors import ConfigError, SourceError


def keys(source) -> list[str]:
    return [record.source_key for record in source.records()]


def small_folder(root: Path, names: list[str]) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(root / name)
    return root


def test_digits_are_1797_grey_pictures_of_ten_classes():
    source = open_source("digits", DataConfig())
    records = list(source.records())
    assert len(records) == 1797
    assert source.class_names == list("0123456789")
    assert records[0].open().max() == 239  # level 15 of 16


def test_a_folder_is_read_in_the_order_of_path_bytes(tmp_path):
    source = open_source(small_folder(tmp_path, ["b/Z.png", "b/a.png", "a/é.png", "a/z.png"]), DataConfig())
    assert keys(source) == ["a/z.png", "a/é.png", "b/Z.png", "b/a.png"]


def test_the_signature_of_a_folder_changes_with_a_file(tmp_path):
    root = small_folder(tmp_path, ["a/1.png", "b/1.png"])
    before = open_source(root, DataConfig()).signature()
    assert open_source(root, DataConfig()).signature() == before
    Image.new("RGB", (9, 9)).save(root / "a" / "1.png")
    assert open_source(root, DataConfig()).signature() != before


def test_22_a_file_that_changed_since_it_was_listed_is_skipped(tmp_path):
    source = open_source(small_folder(tmp_path, ["a/1.png", "b/1.png"]), DataConfig())
    record = next(iter(source.records()))
    Image.new("RGB", (9, 9)).save(tmp_path / "a" / "1.png")
    with pytest.raises(Exception, match="changed while"):
        record.open()


@pytest.mark.parametrize("seed", range(20))
def test_r17_every_file_name_has_one_key_and_comes_back(seed):
    data = random.Random(seed).choices([b"bytes:", b"%FF", b"\xff", "é".encode(), b"a", b"/"], k=8)
    name = os.fsdecode(b"".join(data))
    key = key_of_name(name)
    key.encode("utf-8")
    assert name_of_key(key) == name


@pytest.mark.shared
def test_cifar10_parquet_streams_its_images_with_the_declared_classes(shared_data):
    source = open_source(shared_data / "cifar10", DataConfig())
    records = source.records()
    first = next(records)
    assert first.source_key == "train.parquet:0"
    assert source.class_names[first.label] == "frog"
    assert first.open()[:2] == b"\xff\xd8"
    assert [record.split for record in records].count("test") == 10_000


@pytest.mark.shared
def test_a_test_source_adds_its_images_after_the_training_ones(shared_data):
    config = DataConfig(test_source=str(shared_data / "cifar10" / "test.parquet"))
    last = list(open_source(shared_data / "cifar10" / "train.parquet", config).records())[-1]
    assert (last.position, last.split, last.source_key) == (59_999, "test", "test:test.parquet:9999")


@pytest.mark.shared
def test_fashion_mnist_is_read_through_torchvision(shared_data):
    source = open_source("fashion-mnist", DataConfig(data_root=str(shared_data)))
    with Decoders(1) as decoders:
        chosen = plan(source, DataConfig(), decoders)
    assert chosen.num_examples() == {"train": 54_000, "validation": 6_000, "test": 10_000}
    assert (chosen.image_size, chosen.channels) == (28, 1)
    assert chosen.class_names[9] == "Ankle boot"


@pytest.mark.shared
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_manifest_of_cats_and_dogs_stays_under_its_data_root(shared_data, tmp_path, kind):
    root = shared_data / "cats_and_dogs"
    paths = sorted(str(path.relative_to(root)) for path in root.rglob("*.jpg"))[::70]
    table = pd.DataFrame({"path": paths, "label": [path.split("/")[0] for path in paths]})
    if kind == "csv":
        table.to_csv(tmp_path / "t.csv", index=False)
    else:
        table.to_parquet(tmp_path / "t.parquet")
    source = open_source(tmp_path / f"t.{kind}", DataConfig(data_root=str(root)))
    assert source.class_names == ["cat", "dog"]
    assert keys(source) == paths
    assert next(iter(source.records())).open()[:2] == b"\xff\xd8"


def test_a_set_that_is_absent_says_how_to_get_it(tmp_path):
    with pytest.raises(SourceError, match="--download"):
        open_source("cifar10", DataConfig(data_root=str(tmp_path)))
    with pytest.raises(SourceError, match="--download"):
        open_source("mnist", DataConfig(data_root=str(tmp_path)))


def test_r11_cifar_as_torchvision_stores_it_is_read_without_loading_a_pickle(tmp_path):
    from importlib import import_module

    dumps = import_module("pickle").dumps  # makes the files that must never be loaded

    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, 1200, 3072), dtype=np.uint8)
    for number, name in enumerate([*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]):
        batch = {
            b"batch_label": b"x",
            b"labels": [(number + i) % 10 for i in range(1200)],
            b"data": images[number],
        }
        (folder / name).write_bytes(dumps(batch, protocol=2))
    names = [f"class {n}" for n in range(10)]
    (folder / "batches.meta").write_bytes(dumps({"num_vis": 3072, "label_names": names}, protocol=2))
    seen: list[str] = []
    sys.addaudithook(lambda event, _: seen.append(event) if event == "pickle.find_class" else None)
    records = list(open_source("cifar10", DataConfig(data_root=str(tmp_path))).records())
    assert not seen
    assert [record.split for record in records] == ["train"] * 6000 + ["test"] * 1200
    assert [record.label for record in records[:3]] == [0, 1, 2]
    assert np.array_equal(records[1201].open(), images[1][1].reshape(3, 32, 32).transpose(1, 2, 0))


class Pairs:
    classes = ("cat", "dog")

    def __init__(self, images, labels) -> None:
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


def test_a_map_style_dataset_of_pillow_images_is_a_source():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), np.uint8)
    source = open_source(Pairs([Image.fromarray(p) for p in pixels], [0, 1, 0, 1]), DataConfig())
    records = list(source.records())
    assert source.class_names == ["cat", "dog"]
    assert np.array_equal(records[3].open(), pixels[3])


def test_a_torch_dataset_of_tensors_is_a_source():
    import torch
    from torch.utils.data import TensorDataset

    images = torch.rand(4, 3, 8, 8)
    source = open_source(TensorDataset(images, torch.tensor([0, 1, 0, 1])), DataConfig())
    assert np.array_equal(next(iter(source.records())).open(), images[0].permute(1, 2, 0).numpy())


def test_a_dataset_that_augments_is_refused():
    class Random(Pairs):
        def __getitem__(self, index):
            return np.random.default_rng().integers(0, 256, (8, 8, 3), np.uint8), self.labels[index]

    with pytest.raises(SourceError, match="random transforms"):
        open_source(Random([], [0, 1]), DataConfig())


def test_npz_parts_become_splits_and_are_streamed(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 3), np.uint8)
    np.savez_compressed(
        tmp_path / "t.npz",
        train_images=images[:20],
        train_labels=np.arange(20)[:, None] % 2,
        test_images=images[20:],
        test_labels=np.arange(10) % 2,
        class_names=np.array(["cat", "dog"]),
    )
    source = open_source(tmp_path / "t.npz", DataConfig())
    records = list(source.records())
    assert [record.source_key for record in records[18:22]] == ["18", "19", "test:0", "test:1"]
    assert np.array_equal(records[25].open(), images[25])
    assert np.array_equal(records[3].open(), images[3])


def test_a_split_column_puts_test_rows_last_and_groups_are_read(tmp_path):
    small_folder(tmp_path, ["a/1.png", "b/1.png", "a/2.png"])
    (tmp_path / "t.csv").write_text(
        "path,label,split,who\na/1.png,a,test,x\nb/1.png,b,train,y\na/2.png,a,train,y\n"
    )
    records = list(open_source(tmp_path / "t.csv", DataConfig(group_column="who")).records())
    assert [record.source_key for record in records] == ["b/1.png", "a/2.png", "a/1.png"]
    assert [record.position for record in records] == [0, 1, 2]
    assert [record.group for record in records] == ["y", "y", "x"]


def test_a_true_label_column_is_kept_beside_the_given_one(tmp_path):
    small_folder(tmp_path, ["1.png", "2.png", "3.png"])
    (tmp_path / "t.csv").write_text("path,label,true_label\n1.png,3,5\n2.png,5,\n3.png,5,5\n")
    records = list(open_source(tmp_path / "t.csv", DataConfig()).records())
    assert [(record.label, record.true_label) for record in records] == [(0, 1), (1, None), (1, 1)]


def test_one_large_row_group_is_read_in_small_batches(tmp_path):
    images = [{"bytes": bytes([row % 256]) * 64, "path": ""} for row in range(2000)]
    pq.write_table(
        pa.table({"image": images, "label": [row % 2 for row in range(2000)]}), tmp_path / "t.parquet"
    )
    records = list(open_source(tmp_path / "t.parquet", DataConfig()).records())
    for row in (0, 1999, 700, 699, 1300):
        assert records[row].open() == bytes([row % 256]) * 64


def _described(path: Path, metadata: str) -> Path:
    table = pa.table({"image": [{"bytes": b"x", "path": ""}] * 4, "label": [0, 1, 0, 1]})
    pq.write_table(table.replace_schema_metadata({"huggingface": metadata}), path)
    return path


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ("{", "JSONDecodeError"),
        ("\xff", "JSONDecodeError"),
        ("[]", "TypeError"),
        ('{"info": {}}', "KeyError: 'features'"),
        ('{"info": {"features": [1]}}', "AttributeError"),
        ('{"info": {"features": {"label": {"names": "cat"}}}}', "not a list of texts"),
        ('{"info": {"features": {"label": {"names": [1, 2]}}}}', "not a list of texts"),
    ],
)
def test_parquet_metadata_that_cannot_be_read_are_said(tmp_path, metadata, reason):
    source = open_source(_described(tmp_path / "t.parquet", metadata), DataConfig())
    assert source.class_names == ["0", "1"]
    (rule,) = source.rules
    assert "metadata of t.parquet give no class names" in rule
    assert reason in rule


@pytest.mark.parametrize(
    ("metadata", "names"),
    [
        ('{"info": {"features": {"label": {"names": ["cat", "dog"]}}}}', ["cat", "dog"]),
        ('{"info": {"features": {"label": {"dtype": "int64"}}}}', ["0", "1"]),
        ('{"info": {"features": {}}}', ["0", "1"]),
    ],
)
def test_parquet_metadata_name_the_classes_where_they_do(tmp_path, metadata, names):
    source = open_source(_described(tmp_path / "t.parquet", metadata), DataConfig())
    assert (source.class_names, source.rules) == (names, [])


def test_arrays_of_other_lengths_are_refused():
    with pytest.raises(SourceError, match="one label an image"):
        ArraySource(np.zeros((3, 8, 8), np.uint8), [0, 1])


@pytest.mark.parametrize(
    "name", ["image_column", "label_column", "true_label_column", "split_column", "id_column", "group_column"]
)
def test_a_column_is_refused_for_what_has_no_columns(tmp_path, name):
    np.savez(tmp_path / "t.npz", images=np.zeros((4, 8, 8), np.uint8), labels=[0, 1, 0, 1])
    option = f"--{name.replace('_', '-')}"
    sentence = rf"{option} x \(data\.{name}\) is not read for t\.npz \(an \.npz\); it is for a manifest or an"
    with pytest.raises(ConfigError, match=sentence):
        open_source(tmp_path / "t.npz", DataConfig(**{name: "x"}))


def test_a_data_root_or_download_is_refused_for_an_image_folder(tmp_path):
    small_folder(tmp_path / "set", ["a/1.png", "b/1.png"])
    with pytest.raises(
        ConfigError, match=r"--data-root .* set \(an image folder\); it is for a torchvision set"
    ):
        open_source(tmp_path / "set", DataConfig(data_root=str(tmp_path)))
    with pytest.raises(ConfigError, match=r"--download \(data\.download\) is not read for digits"):
        open_source("digits", DataConfig(download=True))


def test_an_option_that_only_the_test_source_reads_is_taken(tmp_path):
    small_folder(tmp_path / "set", ["a/1.png", "b/1.png"])
    (tmp_path / "t.csv").write_text("file,kind\nset/a/1.png,a\nset/b/1.png,b\n")
    config = DataConfig(test_source=str(tmp_path / "t.csv"), label_column="kind")
    assert len(keys(open_source(tmp_path / "set", config))) == 4


@pytest.mark.parametrize("table", [{"a": 1, "b": 2}, pd.DataFrame({"a": [1, 2]})])
def test_a_table_in_memory_is_refused_with_what_there_is(table):
    with pytest.raises(SourceError, match=rf"type {type(table).__name__} is not known; give text"):
        open_source(table, DataConfig())


def test_an_empty_name_is_not_the_folder_one_is_in(tmp_path, monkeypatch):
    small_folder(tmp_path, ["a/1.png", "b/1.png"])
    monkeypatch.chdir(tmp_path)
    assert keys(open_source(".", DataConfig())) == ["a/1.png", "b/1.png"]
    for source, config in (("", DataConfig()), (".", DataConfig(test_source=""))):
        with pytest.raises(SourceError, match=r"^The source is '', which names nothing"):
            open_source(source, config)
    with pytest.raises(SourceError, match=r"^The source is '', which names nothing"):
        unlabelled_files("")


def test_a_source_that_is_nowhere_is_refused_with_what_there_is():
    with pytest.raises(SourceError, match=r"'nowhere' does not exist.*digits"):
        open_source("nowhere", DataConfig())
