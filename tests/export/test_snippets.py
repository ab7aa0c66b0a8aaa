"""Every snippet, run as it is shown, on a file as it is exported."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from datadiet.export.formats import FORMATS, ID_KINDS, TABLE_FORMATS, render
from datadiet.export.labels import corrected_labels
from datadiet.export.snippets import LoadedFile, snippets
from tests.export.frames import header

KEYS = ["train/a/0.png", "train/a/1.png", "train/b-2/2.png", "train/b-2/3.png"]
EXAMPLES = pd.DataFrame({
    "example_id": [0, 1, 2, 3, 4],
    "source_key": [*KEYS, "test/a/4.png"],
    "split": ["train"] * 4 + ["test"],
    "given_label": [0, 0, 1, 1, 0],
    "el2n": [0.1, np.nan, 0.9, 0.3, 0.2],
})
LISTS = {"kept": [1, 3], "dropped": [0, 2], "suspects": [0, 2, 4]}  # all leave training with 1 and 3
ORDERED = [3, 1, 2]
CASES = [(kind, ending) for kind in LISTS for ending in FORMATS]
TABLES = [(kind, ending) for kind in ("labels", "manifest", "scores", "reviews") for ending in TABLE_FORMATS]


def written(kind: str, ending: str, **known) -> LoadedFile:
    """Write an export of ``kind`` into the current folder."""
    decisions = pd.DataFrame({"example_id": [0, 2], "decision": ["drop", "relabel"], "new_label": ["", "a"]})
    frames = {
        **{name: EXAMPLES[EXAMPLES["example_id"].isin(ids)] for name, ids in LISTS.items()},
        "order": EXAMPLES.iloc[ORDERED],
        "labels": corrected_labels(EXAMPLES, decisions, class_names=("a", "b-2")).frame,
        "manifest": pd.DataFrame({"path": KEYS, "label": ["a", "a", "007", "007"]}),
        "scores": EXAMPLES,
        "reviews": pd.DataFrame({"sequence": [1], "note": ["NA"]}),
    }
    Path(f"file.{ending}").write_bytes(render(frames[kind], ending, header(kind)).data)
    return LoadedFile(kind, ending, f"file.{ending}", **known)


def run(file: LoadedFile, title: str, **names):
    (code,) = [each.code for each in snippets(file) if each.title == title]
    space = dict(names)
    exec(compile(code, title, "exec"), space)
    return space


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Stand in a folder with the images below path/to/images."""
    monkeypatch.chdir(tmp_path)
    for number, key in enumerate(EXAMPLES["source_key"]):
        path = tmp_path / "path" / "to" / "images" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (number, 0, 0)).save(path)


@pytest.mark.parametrize(("kind", "ending"), [*CASES, *TABLES])
def test_pandas_reads_every_kind_and_format(kind, ending):
    table = run(written(kind, ending), "pandas")["table"]
    if kind in ID_KINDS:
        assert table["example_id"].astype(int).tolist() == LISTS[kind]
    if kind == "manifest":
        assert table["label"].tolist() == ["a", "a", "007", "007"]
    if kind == "reviews":
        assert table["note"].tolist() == ["NA"]


@pytest.mark.parametrize(("kind", "ending"), CASES)
def test_pytorch_keeps_the_same_examples_by_number_whatever_the_list_says(kind, ending):
    pytest.importorskip("torch")
    assert list(run(written(kind, ending), "PyTorch", dataset=KEYS)["kept_set"]) == [KEYS[1], KEYS[3]]


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("ending", TABLE_FORMATS)
def test_pytorch_matches_an_image_folder_by_path(kind, ending):
    pytest.importorskip("torchvision")
    kept = run(written(kind, ending, is_folder=True, part="train"), "PyTorch")["kept_set"]
    assert [kept[place][0].getpixel((0, 0))[0] for place in range(len(kept))] == [1, 3]


@pytest.mark.parametrize("ending", TABLE_FORMATS)
@pytest.mark.parametrize("is_folder", [True, False])
def test_pytorch_gives_the_corrected_labels_without_what_was_dropped(ending, is_folder):
    pytest.importorskip("torchvision")
    file = written("labels", ending, is_folder=is_folder, part="train" if is_folder else "")
    found = run(file, "PyTorch", dataset=[(key, 9) for key in KEYS])
    corrected = found["Corrected"]()
    assert [corrected[place][1] for place in range(len(corrected))] == [0, 0, 1]


@pytest.mark.parametrize("ending", TABLE_FORMATS)
def test_pytorch_opens_a_manifest(ending):
    pytest.importorskip("torch")
    kept = run(written("manifest", ending), "PyTorch")["Kept"]()
    assert [(kept[row][0].getpixel((0, 0))[0], kept[row][1]) for row in range(len(kept))] == [
        (0, 1), (1, 1), (2, 0), (3, 0),
    ]  # fmt: skip


@pytest.mark.parametrize("ending", TABLE_FORMATS)
def test_pytorch_ranks_by_a_score_and_puts_missing_values_last(ending):
    pytest.importorskip("torch")
    assert run(written("scores", ending), "PyTorch")["hardest"].tolist() == [2, 3, 0, 1]


@pytest.mark.parametrize("ending", FORMATS)
def test_pytorch_keeps_an_order(ending):
    pytest.importorskip("torch")
    found = run(written("order", ending, num_stages=2), "PyTorch", dataset=KEYS)
    assert list(found["ordered_set"]) == [KEYS[place] for place in ORDERED]
    assert [len(pool) for pool in found["pools"]] == [2, 3]
    assert list(found["pools"][0]) == [KEYS[3], KEYS[1]]


@pytest.mark.parametrize("ending", TABLE_FORMATS)
def test_pytorch_keeps_an_order_of_an_image_folder(ending):
    pytest.importorskip("torchvision")
    ordered = run(written("order", ending, is_folder=True, part="train"), "PyTorch")["ordered_set"]
    assert [ordered[place][0].getpixel((0, 0))[0] for place in range(len(ordered))] == ORDERED


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("is_folder", [True, False])
@pytest.mark.usefixtures("hub")
def test_hugging_face_keeps_an_order(ending, is_folder):
    found = run(written("order", ending, is_folder=is_folder, num_stages=3), "Hugging Face")
    if not (is_folder and ending in {"txt", "npy"}):
        assert [Path(row["image"]).name for row in found["ordered_set"]] == ["3.png", "1.png", "2.png"]
    assert [len(pool) for pool in found["pools"]] == [1, 2, 3]


class Rows(list):
    """Stands in for a Hugging Face data set: the calls that the snippets make, on a list of dictionaries."""

    def select(self, places):
        return Rows(self[place] for place in places)

    def add_column(self, name, values):
        return Rows({**row, name: value} for row, value in zip(self, values, strict=True))

    def remove_columns(self, name):
        return Rows({key: value for key, value in row.items() if key != name} for row in self)

    def cast_column(self, name, kind):
        del name, kind
        return Columns({"image": [{"path": row["image"]} for row in self]})


class Columns(dict):
    """Columns by name."""


@pytest.fixture
def hub(monkeypatch):
    """Put a stand-in for the package datasets in place, whose folder reader has an order of its own."""
    module = types.ModuleType("datasets")

    def load_dataset(name, data_dir=None, split=None):
        del split
        order = KEYS[::-1] if name == "imagefolder" else KEYS
        place = "" if data_dir is None else f"{data_dir}/"
        return Rows({"image": f"{place}{key}", "label": 9} for key in order)

    module.load_dataset = load_dataset
    module.Image = lambda decode=True: decode
    monkeypatch.setitem(sys.modules, "datasets", module)


@pytest.mark.parametrize(("kind", "ending"), CASES)
@pytest.mark.parametrize("is_folder", [True, False])
@pytest.mark.usefixtures("hub")
def test_hugging_face_selects_by_number_or_by_path(kind, ending, is_folder):
    kept = run(written(kind, ending, is_folder=is_folder), "Hugging Face")["kept_set"]
    names = {Path(row["image"]).name for row in kept}
    if not (is_folder and ending in {"txt", "npy"}):
        assert names == {"1.png", "3.png"}


@pytest.mark.parametrize("ending", TABLE_FORMATS)
@pytest.mark.parametrize("is_folder", [True, False])
@pytest.mark.usefixtures("hub")
def test_hugging_face_gives_the_corrected_labels(ending, is_folder):
    found = run(written("labels", ending, is_folder=is_folder), "Hugging Face")["corrected"]
    assert {Path(row["image"]).name: row["label"] for row in found} == {"1.png": 0, "2.png": 0, "3.png": 1}


@pytest.mark.parametrize("ending", TABLE_FORMATS)
@pytest.mark.usefixtures("hub")
def test_hugging_face_adds_a_score(ending):
    scored = run(written("scores", ending), "Hugging Face")["scored"]
    assert [row["el2n"] for row in scored][2] == pytest.approx(0.9)


def test_a_report_needs_no_code():
    assert snippets(LoadedFile("report", "html", "report.html")) == []
