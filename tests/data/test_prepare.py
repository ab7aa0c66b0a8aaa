from __future__ import annotations

import hashlib
import io
import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from datadiet.config import DataConfig
from datadiet.data import decoding
from datadiet.data.decoding import Decoders
from datadiet.data.fingerprint import DatasetFingerprint
from datadiet.data.images import LabeledImages
from datadiet.data.plan import plan
from datadiet.data.prepare import PreparedBlock, prepare
from datadiet.data.sources import ArraySource, SourceRecord, open_source
from datadiet.data.thumbnails import ThumbnailWriter
from datadiet.errors import NotFoundError, SourceError, StoreError
from datadiet.frames.examples import EXAMPLES, PROBLEMS
from datadiet.store.arrays import ArrayWriter
from datadiet.store.documents import write_json
from datadiet.store.publish import publish_folder
from datadiet.store.tables import write_table
from datadiet.store.workspace import Workspace


def folder(root: Path, num: int = 30) -> Path:
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (root / name).mkdir(parents=True)
        for number in range(num):
            side = 100 + number
            pixels = rng.integers(0, 256, (side, 130, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / name / f"{number:02d}.jpg")
    return root


def prepared(source: object, *, num_workers: int = 1, **settings) -> tuple[list[PreparedBlock], dict, str]:
    config = DataConfig(**settings)
    opened = open_source(source, config)
    with Decoders(num_workers) as decoders:
        preparation = prepare(opened, plan(opened, config, decoders), decoders)
        fingerprint = DatasetFingerprint(preparation.plan.class_names)
        blocks = []
        for block in preparation:
            fingerprint.update(block.images, block.rows)
            blocks.append(block)
    return blocks, preparation.document(), fingerprint.dataset_id()


def test_r18_the_result_does_not_depend_on_the_number_of_workers(tmp_path):
    root = folder(tmp_path)
    one, three = prepared(root), prepared(root, num_workers=3)
    assert one[1:] == three[1:]
    assert [block.thumbnails for block in one[0]] == [block.thumbnails for block in three[0]]


def test_r14_nothing_in_the_source_is_touched(tmp_path):
    root = folder(tmp_path, num=3)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in root.rglob("*")}
    prepared(root, max_skipped_fraction=1)
    assert before == {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in root.rglob("*")}


def test_mixed_sizes_are_brought_to_64_pixels_and_it_is_said(tmp_path):
    blocks, document, _ = prepared(folder(tmp_path))
    assert blocks[0].images.shape == (60, 64, 64, 3)
    assert any("64 x 64" in rule and "the centre is kept" in rule for rule in document["rules"])


def test_thumbnails_are_small_and_carry_no_metadata(tmp_path):
    blocks, _, _ = prepared(folder(tmp_path, num=3))
    image = Image.open(io.BytesIO(blocks[0].thumbnails[0]))
    assert max(image.size) == 96
    assert not image.getexif()


def test_enlarging_is_never_silent():
    images = np.zeros((8, 8, 8), np.uint8)
    _, document, _ = prepared(ArraySource(images, [0, 1] * 4), image_size=16)
    assert "8 images: enlarged." in document["rules"]


def test_ids_keep_their_numbers_when_an_image_is_skipped(tmp_path):
    root = folder(tmp_path)
    (root / "cat" / "05.jpg").write_bytes(b"")
    blocks, document, _ = prepared(root, max_skipped_fraction=0.1)
    assert 5 not in set(blocks[0].rows["example_id"])
    assert blocks[0].rows["example_id"].iloc[5] == 6
    assert document["num_skipped"] == 1
    assert blocks[0].problems["source_key"].tolist() == ["cat/05.jpg"]


def test_r15_more_skipped_than_allowed_is_refused_and_says_which(tmp_path):
    root = folder(tmp_path)
    (root / "cat" / "05.jpg").write_bytes(b"")
    with pytest.raises(
        SourceError, match=r"At least 1 of 60 .*cat/05.jpg: the file is empty.*--max-skipped 0.02\."
    ):
        prepared(root)
    assert prepared(root, max_skipped_fraction=0.02)[1]["num_skipped"] == 1


def test_large_images_are_done_one_at_a_time_and_each_is_heard_of(tmp_path):
    root, heard = folder(tmp_path, num=3), []
    config = DataConfig(image_size=2400)
    opened = open_source(root, config)
    with Decoders(1) as decoders:
        blocks = list(prepare(opened, plan(opened, config, decoders), decoders, on_done=heard.append))
    assert heard == [1, 2, 3, 4, 5, 6]
    assert max(len(block.images) for block in blocks) == 1


def test_small_images_are_heard_of_several_times_a_block(tmp_path):
    heard = []
    opened = open_source("digits", DataConfig())
    with Decoders(1) as decoders:
        chosen = plan(opened, DataConfig(), decoders)
        blocks = list(prepare(opened, chosen, decoders, on_done=heard.append))
    assert heard == sorted(heard)
    assert len(heard) > 10 * len(blocks)
    assert heard[-1] == 1797


def test_r15_a_class_whose_train_images_are_all_unreadable_is_refused(tmp_path):
    root = folder(tmp_path, num=3)
    for path in (root / "cat").iterdir():
        path.write_bytes(b"")
    with pytest.raises(SourceError, match="No train image of class 'cat'"):
        prepared(root, max_skipped_fraction=1)


def test_the_test_part_comes_last_and_validation_keeps_its_place(tmp_path):
    for split in ("test", "train"):
        folder(tmp_path / split, num=10)
    blocks, _, _ = prepared(tmp_path)
    splits = blocks[0].rows["split"].tolist()
    assert set(splits[:20]) == {"train", "validation"}
    assert set(splits[20:]) == {"test"}


def test_the_fingerprint_does_not_depend_on_where_blocks_end(monkeypatch):
    source = ArraySource(np.random.default_rng(0).integers(0, 255, (50, 8, 8), np.uint8), [0, 1] * 25)
    whole = prepared(source)[2]
    monkeypatch.setattr("datadiet.data.prepare.BLOCK_ROWS", 7)
    monkeypatch.setattr("datadiet.data.prepare._BATCH_PICTURES", 3)
    assert prepared(source)[2] == whole


def test_a_changed_label_pixel_or_name_changes_the_fingerprint():
    images = np.zeros((20, 8, 8), np.uint8)
    labels = [0, 1] * 10
    changed = images.copy()
    changed[3, 2, 1] = 1
    ids = {
        prepared(ArraySource(images, labels))[2],
        prepared(ArraySource(changed, labels))[2],
        prepared(ArraySource(images, [1, 1, *labels[2:]]))[2],
        prepared(ArraySource(images, labels, ["a", "b"]))[2],
    }
    assert len(ids) == 4


class Generated:
    """A source of many images that are made when they are opened."""

    name = kind = "generated"
    class_names = ("even", "odd")
    problems: tuple = ()
    rules: tuple = ()

    def __init__(self, num: int) -> None:
        self.num = num

    def signature(self) -> str:
        return hashlib.sha256(str(self.num).encode()).hexdigest()

    def records(self):
        make = partial(np.full, (16, 16, 3), 7, np.uint8)
        for row in range(self.num):
            yield SourceRecord(row, str(row), None, row % 2, None, None, make)


def _peak(num: int) -> int:
    source = Generated(num)
    with Decoders(1) as decoders:
        chosen = plan(source, DataConfig(), decoders)
        tracemalloc.start()
        for _ in prepare(source, chosen, decoders):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


def test_r19_memory_of_preparing_does_not_grow_with_the_number_of_images(monkeypatch):
    monkeypatch.setattr("datadiet.data.prepare.BLOCK_ROWS", 256)
    assert _peak(5000) < 1.2 * _peak(1500)


def test_r12_a_decoder_that_dies_costs_one_image(tmp_path, monkeypatch):
    root = folder(tmp_path)
    monkeypatch.setattr("datadiet.data.decoding._Worker.run", _dies_on_large(3))
    blocks, document, _ = prepared(root, max_skipped_fraction=0.1)
    assert document["num_problems"] == {"unreadable": 1}
    assert len(blocks[0].rows) == 59


def test_a_picture_whose_decoder_is_killed_twice_is_tried_once_more(tmp_path, monkeypatch):
    root = folder(tmp_path)
    monkeypatch.setattr("datadiet.data.decoding._Worker.run", _dies_on_large(3, most=2))
    _, document, _ = prepared(root)
    assert document["num_problems"] == {}


@pytest.mark.parametrize("failing", ["run", "__init__"])
def test_decoders_that_cannot_work_end_the_preparation_instead_of_waiting(tmp_path, monkeypatch, failing):
    root = folder(tmp_path, num=150)
    left = iter([None] * 2)
    real = getattr(decoding._Worker, failing)

    def fail_later(*words):
        if next(left, False) is None:
            return real(*words)
        raise MemoryError

    opened = open_source(root, DataConfig())
    with Decoders(1) as decoders:
        chosen = plan(opened, DataConfig(), decoders)
    monkeypatch.setattr(decoding._Worker, failing, fail_later)
    with pytest.raises(MemoryError), Decoders(3) as decoders:
        list(prepare(opened, chosen, decoders))


def test_decoders_that_start_early_do_the_same_work(tmp_path):
    opened = open_source(folder(tmp_path), DataConfig())
    with Decoders(2) as lazy, Decoders(2) as ready:
        ready.start()
        ready.start()  # those that have started are not started again
        assert len(ready._started) == 2
        early, late = (
            list(prepare(opened, plan(opened, DataConfig(), each), each)) for each in (ready, lazy)
        )
    assert [block.thumbnails for block in early] == [block.thumbnails for block in late]
    assert all(np.array_equal(a.images, b.images) for a, b in zip(early, late, strict=True))


def _dies_on_large(index: int, *, most: int = 100):
    """Return a run that dies on one picture, at most so often."""
    run = decoding._Worker.run
    victim: list[bytes] = []
    deaths: list[bool] = []

    def dying(self, task, pictures):
        if task.size is not None and not victim:
            victim.append(pictures[index])
        if victim and task.size is not None and victim[0] in pictures and len(deaths) < most:
            deaths.append(True)
            self._process.kill()
        return run(self, task, pictures)

    return dying


def written(root: Path, source: object) -> Path:
    """Publish a prepared source as the pipeline does, and return its folder."""
    blocks, document, dataset_id = prepared(source)
    workspace = Workspace.open(root)
    final = workspace.dataset_dir(dataset_id)
    with publish_folder(workspace, final) as attempt:
        writer = ArrayWriter(attempt / "images.npy", blocks[0].images.shape[1:], np.uint8)
        thumbnails = ThumbnailWriter(attempt / "thumbnails")
        for block in blocks:
            writer.append(block.images)
            thumbnails.append(block.thumbnails)
        writer.close()
        write_table(attempt / "examples.parquet", pd.concat([block.rows for block in blocks]), EXAMPLES)
        write_table(attempt / "problems.parquet", pd.concat([block.problems for block in blocks]), PROBLEMS)
        write_json(attempt / "dataset.json", {**document, "dataset_id": dataset_id})
    return final


def test_a_written_set_is_opened_with_its_rows_and_thumbnails(tmp_path):
    images = LabeledImages.open(written(tmp_path / "w", folder(tmp_path / "s")))
    assert images.class_names == ["cat", "dog"]
    assert images.rows([3, 1]).tolist() == [3, 1]
    assert Image.open(io.BytesIO(images.thumbnail(59))).format == "JPEG"
    with pytest.raises(NotFoundError, match="no example 99"):
        images.rows([99])


def test_the_thumbnail_of_a_small_picture_is_the_picture(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (10, 8, 8, 3), np.uint8)
    images = LabeledImages.open(written(tmp_path / "w", ArraySource(pixels, [0, 1] * 5)))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(images.thumbnail(4)))), pixels[4])


@pytest.mark.parametrize("gone", ["00000000.npy", "00000000.bin", "*"])
def test_thumbnails_that_are_gone_are_a_sentence(tmp_path, gone):
    final = written(tmp_path / "w", folder(tmp_path / "s"))
    for path in list((final / "thumbnails").glob(gone)):
        path.unlink()
    images = LabeledImages.open(final)
    with pytest.raises(StoreError, match="thumbnails"):
        [images.thumbnail(row) for row in range(60)]
