import numpy as np
import pandas as pd
import pytest

from datadiet.errors import CorruptFileError, DataError
from datadiet.frames.examples import PROBLEMS
from datadiet.frames.scores import SEED_SCORES
from datadiet.store.tables import publish_table, read_table

NAMES = ["cat/a.png", "NA", "", "None", "007", "=1+1", "a\nb", "😀", "na\u0308", "n\u00e4"]


def test_text_and_missing_integers_come_back_exactly(tmp_path):
    frame = PROBLEMS.from_rows([
        {"example_id": place if place % 2 else None, "source_key": name, "kind": "x", "reason": name}
        for place, name in enumerate(NAMES)
    ])
    publish_table(tmp_path / "p.parquet", frame, PROBLEMS)
    pd.testing.assert_frame_equal(read_table(tmp_path / "p.parquet", PROBLEMS), frame)


def test_r17_names_that_are_not_utf8_come_back_exactly(tmp_path):
    names = pd.Series(["a", "b\udcff\udc80", "😀"], dtype=object)
    publish_table(tmp_path / "p.parquet", pd.DataFrame({"name": names}))
    assert list(read_table(tmp_path / "p.parquet")["name"]) == list(names)


def test_integers_above_two_to_the_53_stay_exact(tmp_path):
    frame = pd.DataFrame({"n": pd.array([2**53 + 1, None], "Int64")})
    publish_table(tmp_path / "n.parquet", frame)
    assert read_table(tmp_path / "n.parquet")["n"][0] == 2**53 + 1


def test_the_same_rows_are_the_same_bytes(tmp_path):
    frame = pd.DataFrame({"example_id": np.arange(1000), "value": np.linspace(0, 1, 1000)})
    for name in "ab":
        publish_table(tmp_path / name, frame, SEED_SCORES)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_nan_stays_nan(tmp_path):
    frame = pd.DataFrame({"example_id": [1, 2], "value": [np.nan, 1.0]})
    publish_table(tmp_path / "s", frame, SEED_SCORES)
    pd.testing.assert_frame_equal(read_table(tmp_path / "s", SEED_SCORES), frame)


def test_an_empty_table_keeps_its_columns(tmp_path):
    publish_table(tmp_path / "p", PROBLEMS.empty(), PROBLEMS)
    assert list(read_table(tmp_path / "p", PROBLEMS)) == PROBLEMS.column_names


def test_another_table_is_refused(tmp_path):
    with pytest.raises(DataError, match="missing"):
        publish_table(tmp_path / "p", pd.DataFrame({"x": [1]}), PROBLEMS)
    publish_table(tmp_path / "q", pd.DataFrame({"x": [1]}))
    with pytest.raises(CorruptFileError, match="holds another table than problems"):
        read_table(tmp_path / "q", PROBLEMS)
