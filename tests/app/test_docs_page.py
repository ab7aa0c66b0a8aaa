"""The page Docs: every score with its meaning and a picture, the words, the keys."""

import pytest

from app.docs.manual import cited, page_text, score_texts
from app.docs.pictures import drawing
from app.frame import SCREENS
from app.palette import DARK, LIGHT
from datadiet.errors import NotFoundError
from datadiet.scores.registry import METHODS
from tests.app.conftest import words_on


def test_every_score_is_explained_with_a_picture():
    texts = score_texts(page_text("scores.md"))
    assert [text.name for text in texts] == list(METHODS)
    for text in texts:
        assert text.meaning
        assert len(text.definition) > 40
        for colors in (LIGHT, DARK):
            assert drawing(text.name, colors).words


def test_the_page_shows_them_without_links_into_nowhere(tmp_path, open_page):
    page = open_page(tmp_path / "w", "docs")
    shown = words_on(page)
    assert not page.exception
    assert not page.error
    assert "](scores.md" not in shown
    assert "EL2N" in shown
    assert len(page.get("plotly_chart")) == len(METHODS)


def test_every_screen_and_its_letter_is_among_the_keys(tmp_path, open_page):
    page = open_page(tmp_path / "w", "docs")
    keys = page.dataframe[-1].value
    assert set(keys["what it does"]) >= {f"go to {screen.title}" for screen in SCREENS}


def test_a_page_that_is_not_installed_is_one_sentence():
    with pytest.raises(NotFoundError, match=r"nothing\.md is not installed"):
        page_text("nothing.md")


def test_papers_are_linked():
    assert cited("x, arXiv:1234.56789, y") == "x, [arXiv:1234.56789](https://arxiv.org/abs/1234.56789), y"
