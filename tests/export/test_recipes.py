"""Every recipe of docs/exports.md, run as it stands there."""

import json
import os
import re
from pathlib import Path

import numpy
import pandas
import pyarrow.parquet
import pytest
from PIL import Image

from datadiet.export.formats import FORMATS, ID_KINDS, TABLE_FORMATS, render
from datadiet.export.labels import corrected_labels
from tests.export.frames import header

DOCUMENT = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
KEYS = ["a/0.png", "a/1.png", "b-2/2.png", "b/3.png"]
EXAMPLES = pandas.DataFrame({
    "example_id": [0, 1, 2, 3],
    "source_key": KEYS,
    "split": "train",
    "given_label": [0, 0, 1, 2],
})


def recipe(sign):
    (found,) = [text for text in RECIPES if sign in text]
    return found


def run(text, **names):
    space = {"numpy": numpy, "pandas": pandas, "json": json, "os": os, "pyarrow": pyarrow, **names}
    exec(compile(text, "docs/exports.md", "exec"), space)
    return space


@pytest.fixture(autouse=True)
def exported(tmp_path, monkeypatch):
    """Write kept.* (examples 1 and 3) and labels.parquet, and stand beside them."""
    monkeypatch.chdir(tmp_path)
    kept = EXAMPLES[EXAMPLES["example_id"].isin([1, 3])]
    for export_format in FORMATS:
        Path(f"kept.{export_format}").write_bytes(render(kept, export_format, header()).data)
    decisions = pandas.DataFrame({"example_id": [0], "decision": ["drop"], "new_label": [""]})
    labels = corrected_labels(EXAMPLES, decisions, class_names=("a", "b-2", "b")).frame
    Path("labels.parquet").write_bytes(render(labels, "parquet", header("labels")).data)


def test_every_recipe_has_a_test():
    assert len(RECIPES) == 9


def test_torch_subset():
    torch = pytest.importorskip("torch")
    assert list(run(recipe("Subset(dataset"), torch=torch, dataset=KEYS)["kept"]) == [KEYS[1], KEYS[3]]


def test_torchvision_image_folder_by_path(tmp_path):
    torch = pytest.importorskip("torch")
    torchvision = pytest.importorskip("torchvision")
    for key in KEYS:
        (tmp_path / "set" / key).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (1, 1)).save(tmp_path / "set" / key)
    folder = torchvision.datasets.ImageFolder(str(tmp_path / "set"))
    kept = run(recipe("folder.samples"), torch=torch, folder=folder)["kept"]
    assert {os.path.relpath(folder.samples[i][0], folder.root) for i in kept.indices} == {KEYS[1], KEYS[3]}


def test_hugging_face_select():
    datasets = pytest.importorskip("datasets")
    table = datasets.table.InMemoryTable(pyarrow.table({"key": KEYS}))
    hub_dataset = datasets.Dataset(table, fingerprint="made-up")
    assert run(recipe("hub_dataset"), hub_dataset=hub_dataset)["kept"]["key"][:] == [KEYS[1], KEYS[3]]


def test_pandas_from_csv():
    assert run(recipe("read_csv"))["kept"]["example_id"].tolist() == ["1", "3"]


def test_pandas_from_parquet():
    (text,) = [text for text in RECIPES if text.startswith("kept = pandas.read_parquet")]
    assert run(text)["kept"]["source_key"].tolist() == [KEYS[1], KEYS[3]]


def test_arrays():
    space = run(recipe("kept_images"), images=numpy.zeros((4, 2, 2)), labels=numpy.arange(4))
    assert space["kept_labels"].tolist() == [1, 3]


def test_header_of_a_parquet_file():
    assert run(recipe("read_schema"))["header"]["selection"]["rule"] == "hardest"


def test_labels_after_the_reviews():
    assert run(recipe("labels_table"))["labels_table"]["example_id"].tolist() == [1, 2, 3]


def test_the_document_names_every_kind_and_format():
    rows = dict(re.findall(r"^\| (`.*?`) \| .* \| ([a-z ]+) \|$", DOCUMENT, re.MULTILINE))
    for kinds, formats in rows.items():
        for kind in re.findall(r"`(\w+)`", kinds):
            assert formats.split() == list(FORMATS if kind in ID_KINDS else TABLE_FORMATS)
    assert len(rows) == 7


def test_the_stages_of_a_paced_order():
    numpy.save("order.npy", numpy.arange(10))
    space = run(recipe('numpy.load("order.npy")'))
    assert [len(stage) for stage in space["stages"]] == [3, 3, 2, 2]
    assert space["pool"].tolist() == list(range(10))
