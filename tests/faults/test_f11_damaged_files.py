"""F11: a bit flips, a file is cut, two files are swapped; reading refuses, and names the file."""

import random

import pytest
from small_workspace import contents, fill, read

from datadiet.errors import CorruptFileError
from datadiet.store.verify import verify

NUM_PLACES = 200
FILES = [
    "layout.json",
    "datasets/d/images.npy",
    "datasets/d/examples.parquet",
    "datasets/d/dataset.json",
    "datasets/d/checksums.json",
    "datasets/d/thumbnails/0.bin",
    "runs/r/config.json",
    "runs/r/config.json.sums",
    "runs/r/seed_00/scores/el2n.parquet",
    "runs/r/seed_00/probabilities.npy",
    "runs/r/seed_00/probabilities.npy.sums",
]


@pytest.fixture
def workspace(tmp_path):
    return fill(tmp_path / "w")


def test_f11_every_kind_of_stored_file_is_tried(undisturbed):
    tried = {name.rpartition("/")[2].partition(".")[2] for name in FILES}
    assert {name.rpartition("/")[2].partition(".")[2] for name in undisturbed} - {"parquet.sums"} <= tried


@pytest.mark.parametrize("name", FILES)
def test_f11_r5_a_flipped_bit_is_refused_by_name(workspace, name):
    path, generator = workspace.root / name, random.Random(name)
    whole = path.read_bytes()
    for _ in range(NUM_PLACES):
        place, bit = generator.randrange(len(whole)), 1 << generator.randrange(8)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        with pytest.raises(CorruptFileError, match=path.name.replace(".", r"\.")):
            read(workspace, name)


@pytest.mark.parametrize("name", FILES)
def test_f11_r5_a_cut_file_is_refused_by_name(workspace, name):
    path, generator = workspace.root / name, random.Random(name)
    whole = path.read_bytes()
    for length in {0, 1, len(whole) - 1, *(generator.randrange(len(whole)) for _ in range(20))}:
        path.write_bytes(whole[:length])
        with pytest.raises(CorruptFileError, match=path.name.replace(".", r"\.")):
            read(workspace, name)


@pytest.mark.parametrize("name", FILES)
def test_f11_r5_two_swapped_files_are_refused(workspace, name):
    path = workspace.root / name
    for other in FILES:
        if other != name and path.suffix == (workspace.root / other).suffix:
            swap(path, workspace.root / other)
            with pytest.raises(CorruptFileError):
                read(workspace, name)
            swap(path, workspace.root / other)
    read(workspace, name)


@pytest.mark.parametrize("name", FILES[1:])
def test_f11_r25_verify_names_what_was_damaged_and_nothing_else(workspace, name):
    path = workspace.root / name
    path.write_bytes(path.read_bytes()[:-1])
    unsound = {finding.path for finding in verify(workspace) if not finding.is_sound}
    assert path in unsound
    assert unsound <= {path, path.with_name(path.name.removesuffix(".sums"))}
    assert contents(workspace.root).keys()


def swap(one, other):
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
