import numpy as np
import pytest

from datadiet.errors import CorruptFileError, DataError
from datadiet.store import arrays
from datadiet.store.arrays import ArrayWriter, open_array
from datadiet.store.publish import publish_file


def store(path, array):
    def write(part):
        with ArrayWriter(part, array.shape[1:], array.dtype) as writer:
            for start in range(0, len(array), 7):
                writer.append(array[start : start + 7])

    publish_file(path, write)


@pytest.fixture
def array():
    return np.random.default_rng(0).integers(0, 255, (300, 32, 32, 3), np.uint8)


@pytest.fixture
def path(tmp_path, array, monkeypatch):
    for module in (arrays, __import__("datadiet.store.checksums", fromlist=["x"])):
        monkeypatch.setattr(module, "BLOCK_BYTES", 10_000)
    store(tmp_path / "images.npy", array)
    return tmp_path / "images.npy"


def test_numpy_reads_what_was_written(path, array):
    np.testing.assert_array_equal(np.load(path), array)


@pytest.mark.parametrize(
    "rows",
    [
        3, -1, np.int64(7), slice(None), slice(5, 90), slice(200, 4, -3), slice(9, 9), [5, 4, 4, 299, 0],
        np.arange(10, 30), np.array([], int), -np.arange(1, 5), np.arange(300) % 7 == 0,
    ],
)  # fmt: skip
def test_indexing_is_that_of_numpy(path, array, rows):
    stored = open_array(path)
    found = stored[rows]
    np.testing.assert_array_equal(found, array[rows])
    assert found.flags.writeable


@pytest.mark.parametrize("rows", [300, -301, [0, 300], np.zeros(3, bool)])
def test_rows_outside_are_refused(path, rows):
    with pytest.raises(IndexError):
        open_array(path)[rows]


def test_shape_dtype_and_length_are_known_without_reading(path, array):
    stored = open_array(path)
    assert (stored.shape, stored.dtype, len(stored)) == (array.shape, array.dtype, 300)


def test_an_array_saved_by_numpy_is_read_too(tmp_path):
    values = np.linspace(0, 1, 30, dtype=np.float32).reshape(10, 3)
    publish_file(tmp_path / "p.npy", lambda part: np.save(part, values))
    np.testing.assert_array_equal(open_array(tmp_path / "p.npy")[:], values)


def test_an_empty_array_is_an_array(tmp_path):
    store(tmp_path / "e.npy", np.zeros((0, 4), np.float32))
    assert open_array(tmp_path / "e.npy")[:].shape == (0, 4)


def test_r5_a_flipped_bit_is_found_when_its_block_is_touched(path):
    whole = path.read_bytes()
    path.write_bytes(whole[:500_000] + bytes([whole[500_000] ^ 1]) + whole[500_001:])
    stored = open_array(path)
    stored[:10]
    with pytest.raises(CorruptFileError, match=r"images\.npy"):
        stored[(500_000 - 256) // 3072]


def test_r5_a_cut_array_is_refused_when_opened(path):
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorruptFileError, match=r"images\.npy"):
        open_array(path)


def test_rows_of_another_shape_are_refused(tmp_path):
    with ArrayWriter(tmp_path / "x.npy", (2, 2), np.uint8) as writer, pytest.raises(DataError, match="rows"):
        writer.append(np.zeros((1, 2, 3), np.uint8))
