import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datadiet.errors import ConfigError, DataError
from datadiet.selection.listed import parse_index_list, resolve_references
from tests.selection.frames import score_table

EXAMPLES = score_table([1, 2, 3, 4], split=["train", "train", "train", "test"])


def test_unknown_rows_are_refused_with_their_numbers():
    with pytest.raises(DataError, match=r"2 rows that are no source_key of this run: row 2 \('nope'\), 3 \("):
        resolve_references(EXAMPLES, ["key 1", "nope", "x"])
    with pytest.raises(DataError, match=r"1 row that is no example_id of this run: row 2 \(9\)"):
        resolve_references(EXAMPLES, [0, 9])


def test_a_row_named_twice_is_refused_with_its_number():
    with pytest.raises(DataError, match=r"named before in the list: row 3 \(0\)"):
        resolve_references(EXAMPLES, [0, 10, 0])


def test_a_test_example_is_refused():
    with pytest.raises(DataError, match="not a training example: row 1"):
        resolve_references(EXAMPLES, [30])


def test_many_bad_rows_are_counted_and_a_few_shown():
    with pytest.raises(DataError, match=r"has 9 rows .* and 4 more"):
        resolve_references(EXAMPLES, list(range(1, 10)))


def test_ids_and_keys_are_not_mixed():
    with pytest.raises(DataError, match="all example ids or all source keys"):
        resolve_references(EXAMPLES, [0, "key 1"])


def test_an_empty_list_is_refused():
    with pytest.raises(DataError, match="empty"):
        resolve_references(EXAMPLES, [])


@pytest.mark.parametrize(
    ("data", "list_format", "expected"),
    [
        (b'source_key,note\n"a,b",x\n007,\n', "csv", ["a,b", "007"]),
        (b"\xef\xbb\xbfexample_id\r\n3\r\n1\r\n", "csv", [3, 1]),
        (b"3\n1\n", "txt", [3, 1]),
        (b"cat/1.png\r\n007\r\n", "txt", ["cat/1.png", "007"]),
        (b"[3, 1]", "json", [3, 1]),
        (b'{"header": {}, "rows": [{"example_id": 3}]}', "json", [3]),
        (b'["a", "NA"]', "json", ["a", "NA"]),
    ],
)
def test_a_list_is_read_as_it_was_written(data, list_format, expected):
    assert parse_index_list(data, list_format) == expected


@pytest.mark.parametrize(
    ("data", "list_format"),
    [
        (b"name\nx\n", "csv"),
        (b"", "csv"),
        (b"example_id\n1.5\n", "csv"),
        (b"example_id,b\n1\n", "csv"),
        (b"PAR1", "parquet"),
        (b"{", "json"),
        (b"[true]", "json"),
        (b'[1, "a"]', "json"),
        (b"x", "npy"),
    ],
)
def test_what_is_not_a_list_is_refused(data, list_format):
    with pytest.raises(DataError, match=f"not a {list_format} file that names examples"):
        parse_index_list(data, list_format)


def test_an_npy_of_fractions_or_objects_is_refused():
    for values in (np.array([0.5]), np.array([object()])):
        buffer = io.BytesIO()
        np.save(buffer, values, allow_pickle=values.dtype == object)
        with pytest.raises(DataError, match="npy"):
            parse_index_list(buffer.getvalue(), "npy")


def test_an_unknown_format_names_those_there_are():
    with pytest.raises(ConfigError, match="csv, parquet, json, txt, npy"):
        parse_index_list(b"", "xlsx")


@pytest.mark.parametrize(("ending", "data"), [
    ("csv", bytes(range(1, 34)) * 300), ("json", b"[" * 100_000), ("json", b'["' + b"x" * 9_000 + b'", 1]'),
    ("csv", b"example_id\n" + b"\x1b[2J" * 2_000 + b"\n"),
])  # fmt: skip
def test_a_file_that_may_be_anything_is_refused_in_few_characters_that_all_print(ending, data):
    with pytest.raises(DataError) as refused:
        parse_index_list(data, ending)
    assert len(str(refused.value)) < 400
    assert str(refused.value).isprintable()


def test_an_entry_that_is_unknown_is_shown_in_few_characters_that_all_print():
    examples = pd.DataFrame({"example_id": [0], "source_key": ["a"], "split": ["train"]})
    with pytest.raises(DataError, match="source_key of this run") as refused:
        resolve_references(examples, ["\0\x1b" * 5_000, "b" * 9_000])
    assert len(str(refused.value)) < 400
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("text", ["\u0663", " 3 ", "1_0", "+3", "-3"])
def test_an_example_id_is_written_in_ascii_digits_alone(text):
    with pytest.raises(DataError, match="not an example_id, which is written in the digits 0 to 9"):
        parse_index_list(f"example_id\n{text}\n".encode(), "csv")


def as_csv(frame):
    return frame.to_csv(index=False).encode()


def as_parquet(frame):
    return frame.to_parquet(index=False)


def as_json(frame):
    return frame.to_json(orient="records").encode()


FORMATS = [("csv", as_csv), ("parquet", as_parquet), ("json", as_json)]


@pytest.mark.parametrize(("list_format", "written"), FORMATS)
def test_a_row_whose_id_and_key_name_two_examples_is_refused_with_its_number(list_format, written):
    keys = EXAMPLES["source_key"]
    frame = pd.DataFrame({"source_key": [keys[0], keys[2]], "example_id": EXAMPLES["example_id"][:2]})
    with pytest.raises(DataError, match=r"1 row that is of two examples.*row 2 \(example_id 10, "):
        resolve_references(EXAMPLES, parse_index_list(written(frame), list_format))


@pytest.mark.parametrize(("list_format", "written"), FORMATS)
def test_a_list_with_both_columns_that_agree_is_taken(list_format, written):
    frame = EXAMPLES[["source_key", "example_id"]][:2]
    assert resolve_references(EXAMPLES, parse_index_list(written(frame), list_format)).tolist() == [0, 10]


def test_a_key_that_was_quoted_for_a_spreadsheet_or_left_empty_contradicts_nothing():
    listed = parse_index_list(b"example_id,source_key\n0,'key 0\n10,\n", "csv")
    assert resolve_references(EXAMPLES, listed).tolist() == [0, 10]


def test_a_column_that_is_there_twice_is_refused():
    with pytest.raises(DataError, match="has the column example_id more than once"):
        parse_index_list(b"example_id,example_id\n0,1\n", "csv")
    twice = pa.table([pa.array([0]), pa.array([1])], names=["example_id", "example_id"])
    sink = io.BytesIO()
    pq.write_table(twice, sink)
    with pytest.raises(DataError, match="has the column example_id more than once"):
        parse_index_list(sink.getvalue(), "parquet")
