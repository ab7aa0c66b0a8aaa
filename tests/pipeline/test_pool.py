"""Unlabelled images, ranked: the same from a folder and an array, what cannot be read, the file."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import tiny_set
from PIL import Image

from datadiet.errors import ConfigError, DataError, SourceError, StoreError
from datadiet.pipeline.pool import check_pool_file, score_pool, write_pool

PICTURES = tiny_set.pictures(12)[0]
HERE = {"device": "cpu", "num_workers": 1}


@pytest.fixture
def folder(tmp_path):
    """Return a folder with twelve pictures, some deep, a text, a hidden file and a broken picture."""
    root = tmp_path / "unlabelled"
    (root / "deep").mkdir(parents=True)
    for number, pixels in enumerate(PICTURES):
        place = root / "deep" if number % 2 else root
        Image.fromarray(pixels).save(place / f"{number:02d}.png")
    (root / "broken.png").write_bytes(b"no picture")
    (root / "notes.txt").write_text("x")
    (root / ".hidden.png").write_bytes(b"x")
    return root


def test_every_image_is_ranked_once_by_what_the_seeds_expect(tiny):
    frame = score_pool(tiny, PICTURES, **HERE).frame
    assert sorted(frame["position"]) == list(range(12))
    assert frame["rank"].tolist() == list(range(1, 13))
    assert (np.diff(frame["expected_el2n"]) <= 0).all()
    assert set(frame["predicted_class_name"]) <= set(tiny.class_names)


def test_images_of_the_run_get_the_scores_that_its_probabilities_give(tiny):
    from datadiet.scores.expected_el2n import expected_el2n

    stored = np.stack([tiny.files.evaluation(seed, "probabilities")[:] for seed in tiny.seeds])
    images = np.asarray(tiny.files.images.images[np.arange(90)])
    found = score_pool(tiny, images, **HERE).frame.sort_values("position")["expected_el2n"].to_numpy()
    assert found == pytest.approx(expected_el2n(stored.astype(np.float64)), abs=2e-3)


def test_a_folder_gives_what_the_array_gives_and_names_what_it_skips(tiny, folder):
    pool = score_pool(tiny, folder, **HERE)
    by_key = {key.rpartition("/")[2]: value for key, value in
              zip(pool.frame["source_key"], pool.frame["expected_el2n"], strict=True)}  # fmt: skip
    array = score_pool(tiny, PICTURES, **HERE).frame.set_index("position")["expected_el2n"]
    assert by_key == {f"{number:02d}.png": pytest.approx(array[number]) for number in range(12)}
    assert [each.partition(":")[0] for each in pool.skipped] == ["broken.png"]


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_the_file_says_where_it_comes_from(tiny, tmp_path, ending):
    pool, out = score_pool(tiny, PICTURES, **HERE), tmp_path / f"pool.{ending}"
    write_pool(pool, out)
    if ending == "csv":
        header = json.loads((tmp_path / "pool.csv.json").read_text())
    elif ending == "json":
        header = json.loads(out.read_text())["header"]
    else:
        header = json.loads(pq.read_table(out).schema.metadata[b"datadiet"])
    assert (header["kind"], header["run"]["run_id"]) == ("pool", tiny.run_id)
    assert header["counts"] == {"num_ranked": 12, "num_skipped": 0}
    with pytest.raises(StoreError, match=rf"pool\.{ending} exists"):
        write_pool(pool, out)


def test_what_is_no_pool_is_refused(tiny, tmp_path):
    with pytest.raises(SourceError, match="no folder"):
        score_pool(tiny, tmp_path / "nowhere", **HERE)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="no images"):
        score_pool(tiny, tmp_path / "empty", **HERE)
    (tmp_path / "empty" / "a.png").write_bytes(b"x")
    with pytest.raises(SourceError, match="None of 1"):
        score_pool(tiny, tmp_path / "empty", **HERE)
    with pytest.raises(DataError, match="uint8"):
        score_pool(tiny, np.zeros((2, 8, 8)), **HERE)
    with pytest.raises(ConfigError, match="unlabelled is None; it must be the path of a folder, or an array"):
        score_pool(tiny, None, **HERE)
    with pytest.raises(ConfigError, match="run is '3f2a'; it must be a run, as open_run"):
        score_pool("3f2a", PICTURES, **HERE)
    with pytest.raises(ConfigError, match="num_workers is two; it must be a whole number from 1 up"):
        score_pool(tiny, PICTURES, **{**HERE, "num_workers": "two"})
    with pytest.raises(ConfigError, match="ending"):
        write_pool(score_pool(tiny, PICTURES[:2], **HERE), tmp_path / "x.npy")


@pytest.fixture
def listed(tmp_path):
    """Return a run of a table of pictures, the table named ``labels.csv``."""
    place = tmp_path / "source"
    place.mkdir()
    pictures, labels = tiny_set.pictures(24)
    for number, pixels in enumerate(pictures):
        Image.fromarray(pixels).save(place / f"{number}.png")
    rows = [f"{number}.png,{label}" for number, label in enumerate(labels)]
    (place / "labels.csv").write_text("\n".join(["path,label", *rows]) + "\n")
    train = {"num_epochs": 1, "checkpoint_epochs": [0, 1]}
    data = {"image_size": 8}
    return tiny_set.audited(
        tmp_path / "w", source=place / "labels.csv", seeds=1, noise=None, train=train, data=data
    )


def test_nothing_is_written_over_the_source_of_the_run_or_among_the_images(listed, folder, tmp_path):
    table = tmp_path / "source" / "labels.csv"
    before = table.read_bytes()
    pool = score_pool(listed, folder, **HERE)
    with pytest.raises(StoreError, match=r"is a file of the source, which is never written to"):
        write_pool(pool, table, overwrite=True)
    with pytest.raises(StoreError, match=r"unlabelled, which is never written to"):
        write_pool(pool, folder / "deep" / "pool.csv")
    assert table.read_bytes() == before
    assert not (folder / "deep" / "pool.csv").exists()


@pytest.mark.parametrize(
    ("name", "overwrite", "message"),
    [
        ("", False, "--out names no file with an ending; write one that ends in .csv, .parquet, .json"),
        ("pool.xlsx", False, "ending of --out is 'xlsx'"),
        ("pool.csv", False, r"pool\.csv exists already"),
        ("source/labels.csv", True, "is a file of the source"),
        ("unlabelled/pool.csv", True, "unlabelled, which is never written to"),
        ("nowhere/pool.csv", True, "nowhere does not exist"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_ranking(
    listed, folder, tmp_path, name, overwrite, message
):
    for taken in ("pool.csv", "pool.csv.json"):
        (tmp_path / taken).write_text("mine")
    with pytest.raises((ConfigError, StoreError), match=message):
        check_pool_file(listed, folder, tmp_path / name, overwrite=overwrite)


def test_images_of_two_channels_are_refused(tiny):
    with pytest.raises(SourceError, match=r"unlabelled have shape .* 1, 3 or 4 channels"):
        score_pool(tiny, np.zeros((5, 8, 8, 2), np.uint8), **HERE)
