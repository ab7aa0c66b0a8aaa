"""Originals in triage: larger pictures than those that were prepared, and a sentence where they are gone."""

from __future__ import annotations

import time
from contextlib import closing, contextmanager

import pytest

from app.opinions import OpinionBook
from app.palette import LIGHT
from app.triage.evidence import Evidence
from app.triage.message import Deck, deck_message
from app.triage.originals import MOST_ASKED, Originals, original_parts
from app.triage.queues import ranked_queue
from datadiet.data.originals import OriginalReader
from datadiet.pipeline.run import open_run
from tests.app.test_triage import header_of


@contextmanager
def found_for(run, **changed):
    """Yield where the originals of a run are, its document changed."""
    reader = OriginalReader.of_run({**run.files.document, **changed}, run.files.images.document)
    with closing(reader):
        yield Originals(reader, f"{run.run_id}{changed}")


@pytest.fixture(scope="module")
def run(photographs):
    return open_run("photographs", workspace=photographs)


@pytest.fixture(scope="module")
def evidence(run):
    return Evidence(run, run.scores())


def read(found, evidence, asked, seconds=60.0):
    """Ask until nothing is pending, as the browser does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        blobs = [b"before"]
        parts = original_parts(found, evidence, asked, blobs)
        if not any(part.get("isPending") for part in parts):
            return parts, blobs
    raise AssertionError("still pending")


def test_the_original_comes_with_its_size_behind_what_is_in_the_message(run, evidence):
    with found_for(run) as found:
        [part], blobs = read(found, evidence, [3])
    assert (part["width"], part["height"], part["reason"]) == (400, 300, "")
    assert part["blob"] == 1
    assert blobs[1][:8] == b"\x89PNG\r\n\x1a\n" or blobs[1][:2] == b"\xff\xd8"


def test_a_source_that_has_moved_is_said_to_have(run, evidence, tmp_path):
    with found_for(run, source_path=str(tmp_path / "gone")) as found:
        [part], blobs = read(found, evidence, [0])
    assert (part["blob"], len(blobs)) == (None, 1)
    assert part["reason"] == "The source is not where it was."
    assert str(tmp_path) not in part["reason"]


@pytest.mark.parametrize("asked", [None, "3", [-1], [10**30], [True], ["3"], [60], {"a": 1}])
def test_what_is_no_example_is_passed_over(run, evidence, asked):
    with found_for(run) as found:
        assert original_parts(found, evidence, asked, []) == []


def test_few_are_read_for_one_message(run, evidence):
    with found_for(run) as found:
        assert len(read(found, evidence, list(range(20)))[0]) == MOST_ASKED


def test_a_source_without_files_is_asked_for_nothing(digits_workspace):
    run = open_run("short digits", workspace=digits_workspace)
    with found_for(run) as found:
        assert not found.can_be_found
        assert original_parts(found, Evidence(run, run.scores()), [0], []) == []


def test_the_message_carries_originals_once_for_a_turn_and_the_size_of_each_card(run, evidence):
    book = OpinionBook(run.files)
    book.refresh()
    queue = ranked_queue(run.scores(), "mislabels", "v1")
    with found_for(run) as found:
        deck = Deck(queue, evidence, book, "ann", "key", LIGHT, originals=found)
        check_messages(deck)


def check_messages(deck):
    first = header_of(deck_message(deck, None, None, answered=""))
    assert first["hello"]["hasOriginals"]
    assert first["originals"] == []
    assert {tuple(card["members"][0]["size"]) for chunk in first["chunks"] for card in chunk["cards"]} == {
        (400, 300)
    }
    asked = {"have": "v1", "turn": "t", "originals": [5], "after": 0}
    deadline = time.monotonic() + 60
    header = header_of(deck_message(deck, asked, None, answered=""))
    while header["originals"][0].get("isPending") and time.monotonic() < deadline:
        header = header_of(deck_message(deck, asked, None, answered=""))
    assert header["originals"][0]["blob"] == 0
    assert len(header["blobs"]) == 1
    assert header_of(deck_message(deck, asked, None, answered="t"))["originals"] == []
