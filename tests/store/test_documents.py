import pytest

from datadiet.errors import StoreError
from datadiet.store.documents import publish_json, read_json


def test_r17_text_comes_back_exactly(tmp_path):
    value = {"b": ["\udcff", "😀", "na\u0308"], "a": {"1": 1.5, "x": None}}
    publish_json(tmp_path / "d.json", value)
    assert read_json(tmp_path / "d.json") == value


def test_the_order_of_keys_does_not_change_the_bytes(tmp_path):
    publish_json(tmp_path / "1.json", {"a": 1, "b": 2})
    publish_json(tmp_path / "2.json", {"b": 2, "a": 1})
    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes()


def test_nan_is_refused_and_nothing_is_left(tmp_path):
    with pytest.raises(StoreError, match="JSON"):
        publish_json(tmp_path / "d.json", {"a": float("nan")})
    assert list(tmp_path.iterdir()) == []
