"""What a column of labels means: exact integers or exact text, or a refusal that names rows."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pytest

from datadiet.data.sources.labels import class_labels
from datadiet.errors import SourceError

EDGE = 2**53


def labels(values, names=None):
    return class_labels(values, names, where="t")


@pytest.mark.parametrize(
    ("values", "indices", "names"),
    [
        (["3", "5", "3"], [0, 1, 0], ["3", "5"]),
        (["3", "5.0", "3"], [0, 1, 0], ["3", "5"]),
        (["3.0", "5.0", "3.0"], [0, 1, 0], ["3.0", "5.0"]),
        ([3.0, 5, 3], [0, 1, 0], ["3", "5"]),
        (["NA", "None", "007"], [1, 2, 0], ["007", "NA", "None"]),
        ([b"cat", b"K\xc3\xbcste"], [1, 0], ["Küste", "cat"]),
        ([True, False], [1, 0], ["False", "True"]),
        ([str(EDGE), "1"], [1, 0], ["1", str(EDGE)]),
        (np.array(["cat", "dog"]), [0, 1], ["cat", "dog"]),
        (np.array([b"cat", b"7"]), [1, 0], ["7", "cat"]),
        (np.array([b"3", b"5"]), [0, 1], ["3", "5"]),
        (np.array([True, False]), [1, 0], ["False", "True"]),
        (np.array([3.0, 5.0], np.float16), [0, 1], ["3", "5"]),
        (np.array([3, 5], np.uint64), [0, 1], ["3", "5"]),
        (np.array([3, "5"], object), [0, 1], ["3", "5"]),
        ([np.int64(3), np.str_("dog")], [0, 1], ["3", "dog"]),
    ],
    ids=repr,
)
def test_47_labels_keep_what_they_are(values, indices, names):
    found, classes = labels(values)
    assert (found.tolist(), classes) == (indices, names)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (["1", "1.0", "2"], r"labels '1' and '1\.0' \(rows 0 and 1, counted from 0\) are one number written"),
        (["2", "1e0", "1"], r"labels '1e0' and '1' \(rows 1 and 2"),
        (["0", "2", "-0"], r"labels '0' and '-0' \(rows 0 and 2"),
        ([str(EDGE + 1), "1"], rf"'{EDGE + 1}' is beyond 2\*\*53; use class names \(row 0"),
        (["1", "9" * 5000], r"is beyond 2\*\*53.*\(row 1"),
        ([f"{EDGE + 1}.0", "1"], r"not a whole number that can be held exactly \(row 0"),
        ([1, EDGE + 1], r"is beyond 2\*\*53.*\(row 1"),
        ([1, -(2**70)], r"is beyond 2\*\*53.*\(row 1"),
        (np.array([1.0, EDGE]), r"not a whole number that can be held exactly \(row 1"),
        (np.array([1, 2**64 - 1], np.uint64), r"is beyond 2\*\*53.*\(row 1"),
        ([0, None, 1], r"label None is missing \(row 1"),
        ([0.0, float("nan")], r"label nan is missing \(row 1"),
        (np.array([3.0, 3.5]), r"label 3\.5 is not a whole number .*\(row 1"),
        (np.array([3.0, np.nan]), r"label nan is not a whole number .*\(row 1"),
        (["a", ""], r"label '' is missing \(row 1"),
        ([b"cat", b"\xff"], r"label b'\\xff' is no label; write whole numbers or text \(row 1"),
        ([datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)], r"datetime\.date.* is no label.*\(row 0"),
        ([Decimal("3.00"), Decimal("5.00")], r"Decimal.* is no label.*\(row 0"),
        (np.array(["2020-01-01", "2020-01-02"], "datetime64[D]"), r"type datetime64\[D\]; save them as"),
        (np.array([1 + 0j, 2]), "type complex128; save them as integers or as text"),
        (np.array([(1, 2), (3, 4)], [("a", "i4"), ("b", "i4")]), "save them as integers or as text"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_47_what_is_no_exact_label_is_refused_with_its_row(values, sentence):
    with pytest.raises(SourceError, match=sentence):
        labels(values)


def test_declared_names_take_names_or_indices_within_them():
    assert labels(np.array([b"dog", b"cat"]), ["cat", "dog"])[0].tolist() == [1, 0]
    with pytest.raises(SourceError, match=r"label 2 lies outside \[0, 2\), the class names \(row 1"):
        labels([0, 2], ["cat", "dog"])


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["a", "A"], "Classes 'a' and 'A' differ only in case"),
        (["a", "b", " b"], "Classes 'b' and ' b' differ only in case, outer spaces"),
        (["a", ""], "the name of class 1 is ''; give it a name"),
        (["a", " "], "the name of class 1 is ' '; give it a name"),
        (["a", "a"], "class name 'a' stands for two classes"),
        (["a", 1], "class name 1 is not text"),
        (3, "class names are 3; they must be a list of texts"),
        ("ab", "class names are 'ab'; they must be a list of texts"),
        ({"a": 0, "b": 1}, "they must be a list of texts, in the order of the class indices"),
        (np.array("ab"), "they must be a list of texts"),
    ],
    ids=repr,
)
def test_declared_names_that_do_not_tell_classes_apart_are_refused(names, sentence):
    with pytest.raises(SourceError, match=sentence):
        labels([0, 1], names)
