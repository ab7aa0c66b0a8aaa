"""An example's picture is found again in its source, or the reason why not is said."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from datadiet.config import DataConfig
from datadiet.data.decoding import Decoders
from datadiet.data.originals import LONGEST_SIDE, OriginalReader
from datadiet.data.plan import plan
from datadiet.data.prepare import prepare
from datadiet.data.sources import open_source


def picture(number, size=(90, 70)):
    generator = np.random.default_rng(number)
    return Image.fromarray(generator.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))


def png(image):
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def image_folder(root, num=6):
    for number in range(num):
        path = root / f"class_{number % 2}" / f"{number} ü%2e.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(picture(number)))
    return root


def csv_manifest(root, *, with_ids):
    image_folder(root / "pictures")
    paths = sorted(str(path.relative_to(root)) for path in root.rglob("*.png"))
    table = pd.DataFrame({"path": paths, "label": [Path(path).parent.name for path in paths]})
    if with_ids:
        table["id"] = [f"id {number}" for number in range(len(paths))]
    table.to_csv(root / "table.csv", index=False)
    return root / "table.csv"


def parquet_file(root):
    root.mkdir(exist_ok=True)
    table = {"image": [png(picture(number)) for number in range(6)], "label": [0, 1] * 3}
    pd.DataFrame(table).to_parquet(root / "data.parquet")
    return root / "data.parquet"


def npz_file(root):
    root.mkdir(exist_ok=True)
    images = np.stack([np.asarray(picture(number)) for number in range(6)])
    np.savez(root / "data.npz", images=images, labels=np.array([0, 1] * 3))
    return root / "data.npz"


def prepared(source, config):
    """Return the rows of the examples table, and the reader of their originals."""
    opened = open_source(str(source), config)
    with Decoders(1) as decoders:
        blocks = list(prepare(opened, plan(opened, config, decoders), decoders))
    rows = pd.concat([block.rows for block in blocks], ignore_index=True)
    return rows, OriginalReader(opened.kind, Path(source), config)


@pytest.fixture
def small():
    return DataConfig(image_size=8, test_fraction=0.2, validation_fraction=0.0)


def read(reader, row):
    return reader.read(int(row["example_id"]), str(row["source_key"]), str(row["image_hash"]))


SOURCES = {
    "folder": image_folder,
    "table": lambda root: csv_manifest(root, with_ids=False),
    "table with ids": lambda root: csv_manifest(root, with_ids=True),
    "parquet": parquet_file,
    "npz": npz_file,
}


@pytest.mark.parametrize("kind", SOURCES)
def test_every_picture_comes_back_at_its_own_size(tmp_path, small, kind):
    config = small.model_copy(update={"id_column": "id"}) if kind == "table with ids" else small
    rows, reader = prepared(SOURCES[kind](tmp_path / "source"), config)
    order = [5, 0, 3, 1, 4, 2]
    found = [read(reader, rows.iloc[place]) for place in order]
    reader.close()
    assert [each.reason for each in found] == [""] * 6
    assert {(each.width, each.height) for each in found} == {(90, 70)}
    wanted = {pixels(png(picture(number))).tobytes() for number in range(6)}
    assert {pixels(each.data).tobytes() for each in found} == wanted


def test_a_large_picture_is_made_smaller_and_loses_its_metadata(tmp_path, small):
    folder = image_folder(tmp_path / "source")
    large = picture(9, size=(2048, 1024))
    exif = large.getexif()
    exif[0x010E] = "secret place"
    large.save(folder / "class_0" / "large.jpg", exif=exif)
    assert b"secret place" in (folder / "class_0" / "large.jpg").read_bytes()
    rows, reader = prepared(folder, small)
    found = read(reader, rows[rows["source_key"].str.endswith("large.jpg")].iloc[0])
    reader.close()
    assert pixels(found.data).shape == (LONGEST_SIDE // 2, LONGEST_SIDE, 3)
    assert (found.width, found.height) == (2048, 1024)
    assert b"secret place" not in found.data


def test_the_test_source_is_searched_for_its_own_keys(tmp_path, small):
    train, test = image_folder(tmp_path / "train"), image_folder(tmp_path / "test")
    (test / "class_0" / "only here.png").write_bytes(png(picture(77)))
    rows, reader = prepared(train, small.model_copy(update={"test_source": str(test)}))
    found = read(reader, rows[rows["source_key"].str.contains("only here")].iloc[0])
    reader.close()
    assert np.array_equal(pixels(found.data), pixels(png(picture(77))))


def test_another_picture_under_the_same_name_is_not_shown(tmp_path, small):
    folder = image_folder(tmp_path / "source")
    rows, reader = prepared(folder, small)
    (folder / rows["source_key"][0]).write_bytes(png(picture(1234)))
    found = read(reader, rows.iloc[0])
    reader.close()
    assert found.data is None
    assert found.reason == "The source now holds another picture under this name."


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda folder, path: path.unlink(), "The file does not exist."),
        (lambda folder, path: folder.rename(folder.with_name("moved")), "The source is not where it was."),
        (lambda folder, path: path.write_bytes(b"<html>"), "Not an image of a known format"),
    ],
    ids=["gone", "moved", "html"],
)
def test_what_is_gone_or_damaged_is_said_without_a_path(tmp_path, small, harm, reason):
    folder = image_folder(tmp_path / "source")
    rows, reader = prepared(folder, small)
    harm(folder, folder / rows["source_key"][0])
    found = read(reader, rows.iloc[0])
    reader.close()
    assert found.data is None
    assert found.reason.startswith(reason)
    assert str(tmp_path) not in found.reason


@pytest.mark.parametrize("key", ["../secret.png", "/etc/passwd", "class_0/../../secret.png", "file:///x"])
def test_r13_a_key_that_leaves_the_source_is_not_read(tmp_path, small, key):
    folder = image_folder(tmp_path / "source")
    (tmp_path / "secret.png").write_bytes(png(picture(5)))
    reader = OriginalReader("folder", folder, small)
    found = reader.read(0, key, "0" * 32)
    reader.close()
    assert found.data is None
    assert found.reason


def test_r13_a_link_out_of_the_source_is_not_followed(tmp_path, small):
    folder = image_folder(tmp_path / "source")
    rows, reader = prepared(folder, small)
    path = folder / rows["source_key"][0]
    path.replace(tmp_path / "outside.png")
    path.symlink_to(tmp_path / "outside.png")
    found = read(reader, rows.iloc[0])
    reader.close()
    assert found.reason == "A symbolic link that leads out of the source."


@pytest.mark.parametrize("kind", ["arrays", "digits", "torchvision"])
def test_a_source_that_is_no_file_says_so(small, kind):
    found = OriginalReader(kind, None, small).read(0, "0", "0" * 32)
    assert found.reason == "This source has no file to find it in again."
    assert found.data is None


def test_a_file_that_was_cut_says_that_it_cannot_be_read(tmp_path, small):
    source = parquet_file(tmp_path / "source")
    rows, reader = prepared(source, small)
    source.write_bytes(source.read_bytes()[:200])
    found = read(reader, rows.iloc[0])
    reader.close()
    assert found.reason == "The source cannot be read as it was when it was audited."
