import io

import numpy as np
import pandas as pd
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
