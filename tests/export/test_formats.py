import csv
import io
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from datadiet.errors import ConfigError, DataError
from datadiet.export.formats import for_spreadsheets, render
from datadiet.selection import parse_index_list
from datadiet.selection.listed import resolve_references
from tests.export.frames import header, hostile_scores
from tests.export.hostile import HOSTILE

FRAME = hostile_scores()


def read_csv(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def test_r17_csv_gives_every_name_back_exactly_by_the_standard_reader():
    rows = read_csv(render(FRAME, "csv", header()).data)
    assert [row["source_key"] for row in rows] == list(HOSTILE)
    assert [row["class_name"] for row in rows] == list(HOSTILE)


def test_r17_csv_gives_every_name_back_exactly_by_pandas():
    data = render(FRAME, "csv", header()).data
    back = pd.read_csv(io.BytesIO(data), keep_default_na=False, dtype={"source_key": str, "class_name": str})
    assert back["source_key"].tolist() == list(HOSTILE)
    assert back["el2n"].tolist() == FRAME["el2n"].tolist()


def test_r17_json_gives_every_name_back_exactly():
    rows = json.loads(render(FRAME, "json", header()).data)["rows"]
    assert [row["source_key"] for row in rows] == list(HOSTILE)


def test_r17_parquet_gives_every_name_back_exactly():
    table = pq.read_table(io.BytesIO(render(FRAME, "parquet", header()).data))
    assert table.column("class_name").to_pylist() == list(HOSTILE)


@pytest.mark.parametrize("export_format", ["csv", "parquet", "json", "txt", "npy"])
def test_an_index_list_is_read_back_by_rule_list(export_format):
    data = render(FRAME, export_format, header()).data
    listed = parse_index_list(data, export_format)
    examples = FRAME.assign(split="train")
    assert resolve_references(examples, listed).tolist() == FRAME["example_id"].tolist()


@pytest.mark.parametrize("export_format", ["csv", "txt", "npy"])
def test_formats_without_a_header_have_a_sidecar(export_format):
    document = json.loads(render(FRAME, export_format, header()).sidecar)
    assert document["dataset"] == {"dataset_id": "d" * 16, "name": "hostile", "class_names": list(HOSTILE)}
    assert document["selection"]["rule"] == "hardest"
    assert document["run"]["seeds"] == [0, 1]
    assert document["datadiet_version"] == "0.1.0"
    assert document["num_rows"] == len(HOSTILE)


def test_parquet_and_json_carry_the_header_inside():
    parquet = render(FRAME, "parquet", header())
    inside = json.loads(pq.read_schema(io.BytesIO(parquet.data)).metadata[b"datadiet"])
    assert parquet.sidecar is None
    assert inside == json.loads(render(FRAME, "json", header()).data)["header"]


def test_missing_and_empty_differ_in_csv():
    frame = pd.DataFrame({"a": pd.array([None, "", "x"], dtype="string"), "b": [1.5, np.nan, -2.0]})
    assert render(frame, "csv", header("labels")).data == b'a,b\n,1.5\n"",\nx,-2.0\n'


def test_missing_is_null_in_json():
    frame = pd.DataFrame({"a": pd.array([None, 3], dtype="Int64"), "b": [np.nan, 0.5]})
    rows = json.loads(render(frame, "json", header("labels")).data)["rows"]
    assert rows == [{"a": None, "b": None}, {"a": 3, "b": 0.5}]


def test_names_that_are_not_utf8_keep_their_bytes_in_csv_and_json_and_are_refused_in_parquet():
    frame = pd.DataFrame({
        "source_key": pd.Series([b"caf\xe9".decode("utf-8", "surrogateescape")], dtype=object)
    })
    assert b"caf\xe9" in render(frame, "csv", header("labels")).data
    assert json.loads(render(frame, "json", header("labels")).data)["rows"][0]["source_key"] == "caf\udce9"
    with pytest.raises(DataError, match="use csv or json"):
        render(frame, "parquet", header("labels"))


def test_bad_input_60_a_spreadsheet_gets_a_leading_quote_and_machines_do_not():
    exact = read_csv(render(FRAME, "csv", header()).data)
    quoted = read_csv(render(for_spreadsheets(FRAME), "csv", header()).data)
    for name, plain, shown in zip(HOSTILE, exact, quoted, strict=True):
        risky = name.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        assert plain["source_key"] == name
        assert shown["source_key"] == (f"'{name}" if risky else name)


def test_numbers_are_not_quoted_for_a_spreadsheet():
    frame = pd.DataFrame({"margin": [-1.5], "-risky": ["x"]})
    assert render(for_spreadsheets(frame), "csv", header("scores")).data == b"margin,'-risky\n-1.5,x\n"


@pytest.mark.parametrize("export_format", ["txt", "npy", "xlsx"])
def test_a_format_the_kind_has_not_got_is_refused_by_name(export_format):
    with pytest.raises(ConfigError, match=f"format of labels is '{export_format}'; .*csv, parquet, json"):
        render(FRAME, export_format, header("labels"))


@pytest.mark.parametrize("export_format", ["csv", "parquet", "json", "txt", "npy"])
def test_r18_the_same_table_gives_the_same_bytes(export_format):
    assert render(FRAME, export_format, header()) == render(hostile_scores(), export_format, header())
