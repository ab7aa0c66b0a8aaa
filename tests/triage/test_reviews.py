"""Reviews: undo, whose decision holds, disagreement, and which example a review belongs to."""

from __future__ import annotations

import pandas as pd
import pytest

from datadiet.errors import ConfigError
from datadiet.frames.triage import REVIEWS
from datadiet.triage.reviews import active, checked_new_class, holding, latest, matched, opinions, resolve


def reviews(*entries: dict[str, object]) -> pd.DataFrame:
    """Return a REVIEWS table; an entry names what differs from Ann keeping example 0."""
    plain = {
        "source_key": "key 0",
        "image_hash": "hash 0",
        "label_shown": "cat",
        "decision": "keep",
        "new_label": "",
        "queue": "mislabels",
        "note": "",
        "reviewer": "ann",
        "time": "2026-01-01T00:00:00Z",
        "run_id": "r",
    }
    rows = [plain | {"sequence": n, "operation_id": f"op {n}"} | entry for n, entry in enumerate(entries)]
    return REVIEWS.from_rows(rows)


def relabel(name: str, **more: object) -> dict[str, object]:
    return {"decision": "relabel", "new_label": name, **more}


def undo(number: int, **more: object) -> dict[str, object]:
    return {"decision": "undo", "new_label": f"op {number}", **more}


def decision(*entries: dict[str, object], examples: pd.DataFrame) -> tuple[str, str] | None:
    table = resolve(reviews(*entries), examples)
    return None if table.empty else (table["decision"][0], table["new_label"][0])


def test_the_last_entry_holds(examples_of):
    assert decision({}, relabel("dog"), examples=examples_of(2)) == ("relabel", "dog")


def test_an_undone_entry_counts_for_nothing(examples_of):
    assert decision({}, relabel("dog"), undo(1), examples=examples_of(2)) == ("keep", "")
    assert decision(relabel("dog"), undo(0), examples=examples_of(2)) is None


def test_an_undo_can_be_undone(examples_of):
    assert decision(relabel("dog"), undo(0), undo(1), examples=examples_of(2)) == ("relabel", "dog")


def test_r10_the_sequence_decides_and_not_the_clock_nor_the_order_of_rows(examples_of):
    entries = reviews({"time": "2030"}, relabel("dog", time="1970"))
    assert resolve(entries[::-1], examples_of(1))["decision"].tolist() == ["relabel"]


def test_unsure_holds_only_where_nobody_is_sure(examples_of):
    unsure = {"decision": "unsure", "reviewer": "bob"}
    assert decision({}, unsure, examples=examples_of(1)) == ("keep", "")
    assert decision(unsure, examples=examples_of(1)) == ("unsure", "")


def test_where_it_was_decided_goes_with_the_decision(examples_of):
    entries = reviews({}, relabel("dog", queue="outliers"))
    assert resolve(entries, examples_of(1))["queue"].tolist() == ["outliers"]


def test_reviewers_who_differ_make_it_disputed_and_stay_listed(examples_of):
    entries = reviews(relabel("dog"), {"reviewer": "bob", "note": "clearly a cat"})
    table = resolve(entries, examples_of(1))
    assert table.loc[0, ["decision", "reviewer", "note", "is_disputed"]].tolist() == [
        "keep",
        "bob",
        "clearly a cat",
        True,
    ]
    assert opinions(entries, examples_of(1))["reviewer"].tolist() == ["ann", "bob"]


def test_reviewers_who_agree_or_are_unsure_dispute_nothing(examples_of):
    entries = reviews(
        relabel("dog"), relabel("dog", reviewer="bob"), {"decision": "unsure", "reviewer": "cy"}
    )
    assert not resolve(entries, examples_of(1))["is_disputed"].any()


def test_one_who_changed_their_mind_does_not_dispute_themselves(examples_of):
    assert not resolve(reviews({}, relabel("dog")), examples_of(1))["is_disputed"].any()


def test_a_renamed_file_keeps_its_review(examples_of):
    renamed = examples_of(2, source_key=["new 0", "new 1"])
    assert decision(relabel("dog"), examples=renamed) == ("relabel", "dog")


def test_a_review_of_a_renamed_file_goes_to_none_of_several_copies(examples_of):
    copies = examples_of(2, source_key=["new 0", "new 1"], image_hash=["hash 0", "hash 0"])
    assert decision(relabel("dog"), examples=copies) is None


def test_a_copy_under_another_key_is_not_reviewed_with_it(examples_of):
    copies = examples_of(2, image_hash=["hash 0", "hash 0"])
    assert resolve(reviews({}), copies)["example_id"].tolist() == [0]


def test_a_review_of_another_picture_under_the_same_key_is_left_out(examples_of):
    assert decision({}, examples=examples_of(1, image_hash=["another"])) is None


def test_no_review_gives_an_empty_table(examples_of):
    assert resolve(REVIEWS.empty(), examples_of(3)).empty


@pytest.mark.parametrize("name", ["NA", "=1+1", "a\0b", "été"])
def test_r17_new_class_names_come_back_exactly(examples_of, name):
    assert decision(relabel(name), examples=examples_of(1)) == ("relabel", name)


def test_opinions_read_in_parts_are_those_read_at_once(examples_of):
    entries = reviews(relabel("dog"), {"reviewer": "bob"}, undo(0), {"decision": "drop"})
    found = matched(entries, examples_of(2))
    in_force = found[found["operation_id"].isin(active(entries)["operation_id"])]
    pd.testing.assert_frame_equal(latest(in_force), opinions(entries, examples_of(2)))
    pd.testing.assert_frame_equal(holding(latest(in_force)), resolve(entries, examples_of(2)))


def test_an_undo_takes_back_only_what_came_before_it():
    later, itself, cycle = undo(1), undo(2), undo(4)
    entries = reviews(later, {}, itself, cycle, undo(3))
    assert active(entries)["operation_id"].tolist() == ["op 1"]


@pytest.mark.parametrize(
    ("typed", "name"), [(" wolf\t", "wolf"), ("cats", "cats"), ("\u202egnp", "\u202egnp")]
)
def test_a_new_class_is_called_what_was_typed_without_the_spaces_around_it(typed, name):
    assert checked_new_class(typed, ["cat", "dog"]) == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "more than spaces"),
        (" \t\n\u00a0", "more than spaces"),
        ("x" * 201, "201 characters"),
        ("a\nb", "control"),
        ("a\0", "control"),
        ("a\ud800", "invalid"),
        ("a\u2028b", "control"),
        ("cat", "'cat' .* class 'cat'"),
        ("Cat ", "'Cat ' .* class 'cat'"),
        ("CAFE\u0301", "class 'caf\u00e9 '"),
    ],
)
def test_a_new_class_with_a_name_that_cannot_be_told_apart_or_held_is_refused(name, message):
    with pytest.raises(ConfigError, match=message):
        checked_new_class(name, ["dog", "cat", "caf\u00e9 "])
