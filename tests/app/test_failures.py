"""Sentences on screen tell no folder of this machine."""

import pytest

from app.failures import public_sentence


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("/home/ada/ws/runs/3f2a/a.json is damaged.", "a.json is damaged."),
        ("/home/ada/my pictures/of cats/a.json is damaged.", "a.json is damaged."),
        (r"C:\Users\Ada Love\ws\a b\c.json is damaged.", "c.json is damaged."),
        ("--source-root '/home/ada love/c d' is no folder.", "--source-root 'c d' is no folder."),
        (
            "/a/x.csv lies inside the source /b/my set, which stays.",
            "x.csv lies inside the source my set, which stays.",
        ),
        ("/a/x.csv and images/y.png differ.", "x.csv and images/y.png differ."),
        ("Keep 3/4 of /a/set and/or more.", "Keep 3/4 of set and/or more."),
    ],
)
def test_a_sentence_keeps_the_names_and_loses_the_folders(sentence, shown):
    assert public_sentence(sentence) == shown


def test_a_long_text_that_is_no_path_takes_no_time():
    text = "/" + "a b " * 5_000
    assert public_sentence(text) == text
