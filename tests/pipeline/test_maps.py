"""The map that a run keeps: made by an audit, or later for runs that are older."""

import shutil

import numpy as np
import pytest

from datadiet.errors import ConfigError, NotFoundError
from datadiet.pipeline.maps import map_folder, publish_map, read_map, stored_maps
from datadiet.store.verify import verify


def test_an_audit_keeps_a_map_of_all_examples(tiny):
    assert "pca" in stored_maps(tiny.files, tiny.seeds)
    found = read_map(tiny.files, tiny.seeds, "pca")
    assert found.points.shape == (len(tiny.files.labels), 2)
    assert 0 < found.explained <= 1


def test_an_older_run_gets_the_same_map_later(own):
    before = read_map(own.files, own.seeds, "pca")
    shutil.rmtree(map_folder(own.files, own.seeds, "pca"))
    with pytest.raises(NotFoundError, match="no pca map yet"):
        read_map(own.files, own.seeds, "pca")
    publish_map(own.files, own.seeds, "pca")
    np.testing.assert_array_equal(read_map(own.files, own.seeds, "pca").points, before.points)


def test_an_unknown_map_is_refused(tiny):
    with pytest.raises(ConfigError, match="pca, umap"):
        publish_map(tiny.files, tiny.seeds, "tsne")


def test_a_map_is_checked_like_all_that_is_published(own):
    path = map_folder(own.files, own.seeds, "pca") / "map.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    found = [each for each in verify(own.files.workspace) if not each.is_sound]
    assert [each.path.name for each in found] == ["map.parquet"]
