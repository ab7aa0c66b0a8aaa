import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import replace

import pytest

from datadiet.errors import ConfigError, CorruptFileError, DatabaseError
from datadiet.frames.triage import REVIEWS
from datadiet.store import database
from datadiet.store.reviews import Review, append_each, append_reviews, read_reviews
from datadiet.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace.open(tmp_path / "w")


def review(number, **changes):
    row = Review(
        operation_id=f"op{number}", source_key=f"{number}.png", image_hash="h", label_shown="cat",
        decision="keep", run_id="r",
    )  # fmt: skip
    return replace(row, **changes)


def test_reviews_come_back_in_their_order(workspace):
    assert append_reviews(workspace, [review(2), review(1)]) == 2
    frame = read_reviews(workspace)
    assert list(frame["operation_id"]) == ["op2", "op1"]
    assert list(frame) == REVIEWS.column_names
    assert list(read_reviews(workspace, after=1)["operation_id"]) == ["op1"]
    assert read_reviews(workspace, run_id="other").empty


def test_r10_the_order_is_that_of_appending_whatever_the_clock_says(workspace):
    append_reviews(workspace, [review(1, time="2030-01-01T00:00:00+00:00")])
    append_reviews(workspace, [review(2, time="1970-01-01T00:00:00+00:00")])
    assert list(read_reviews(workspace)["sequence"]) == [1, 2]
    assert list(read_reviews(workspace)["operation_id"]) == ["op1", "op2"]


def test_r3_the_same_operation_twice_counts_once(workspace):
    assert append_reviews(workspace, [review(1)]) == append_reviews(workspace, [review(1, time="later")])
    assert len(read_reviews(workspace)) == 1


def test_r3_an_operation_cannot_be_turned_into_another(workspace):
    append_reviews(workspace, [review(1)])
    with pytest.raises(DatabaseError, match="never edited"):
        append_reviews(workspace, [review(2), review(1, decision="drop")])
    assert len(read_reviews(workspace)) == 1


@pytest.mark.parametrize("statement", ["UPDATE reviews SET decision = 'drop'", "DELETE FROM reviews"])
def test_r3_the_database_itself_refuses_to_edit_a_review(workspace, statement):
    append_reviews(workspace, [review(1)])
    connection = sqlite3.connect(workspace.root / "workspace.db")
    with pytest.raises(sqlite3.IntegrityError, match="never edited"):
        connection.execute(statement)
    connection.close()


def test_r5_a_flipped_bit_in_a_stored_review_is_found(workspace):
    append_reviews(workspace, [review(1, note="unmistakable")])
    path = workspace.root / "workspace.db"
    path.write_bytes(path.read_bytes().replace(b"unmistakable", b"unmistakably"))
    with pytest.raises(CorruptFileError, match="review 1 in the database is damaged"):
        read_reviews(workspace)


def test_r17_text_is_kept_code_point_by_code_point(workspace):
    text = "a\udcff\\u0041\x00😀na\u0308'; DROP TABLE reviews;--"
    append_reviews(workspace, [review(1, source_key=text, note=text, label_shown=text)])
    row = read_reviews(workspace).iloc[0]
    assert (row["source_key"], row["note"], row["label_shown"]) == (text, text, text)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"decision": "maybe"}, "must be one of"),
        ({"decision": "relabel"}, "a class"),
        ({"decision": "undo"}, "undoes"),
    ],
)
def test_a_decision_that_is_none_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        review(1, **changes)


def test_r3_acknowledged_reviews_survive_kill_9(workspace):
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from datadiet.store.reviews import Review, append_reviews
        from datadiet.store.workspace import Workspace
        workspace = Workspace.open(Path(sys.argv[1]))
        for number in range(10_000):
            append_reviews(workspace, [Review(operation_id=f"{sys.argv[2]}-{number}", source_key="s",
                image_hash="h", label_shown="c", decision="keep", run_id="r")])
            print(number, flush=True)
    """)
    acknowledged = set()
    for turn in range(2):
        command = [sys.executable, "-c", script, str(workspace.root), str(turn)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            for line in writer.stdout:
                acknowledged.add(f"{turn}-{line.strip()}")
                if line.strip() == "8":
                    writer.kill()
    stored = read_reviews(workspace)
    assert acknowledged <= set(stored["operation_id"])
    assert stored["sequence"].is_monotonic_increasing
    assert stored["operation_id"].is_unique


def test_r3_an_operation_that_comes_twice_in_one_batch_counts_once(workspace):
    assert append_reviews(workspace, [review(1), review(2), review(1)]) == 1
    assert list(read_reviews(workspace)["operation_id"]) == ["op1", "op2"]
    with pytest.raises(DatabaseError, match="never edited"):
        append_reviews(workspace, [review(3), review(3, decision="drop")])
    assert len(read_reviews(workspace)) == 2


def test_a_batch_beyond_what_one_question_names_is_stored_in_order(workspace):
    rows = [review(number) for number in range(1200)]
    assert append_reviews(workspace, rows) == append_reviews(workspace, rows) == 1200
    assert list(read_reviews(workspace)["operation_id"]) == [f"op{number}" for number in range(1200)]


def test_decisions_appended_each_on_its_own_do_not_keep_each_other_back(workspace):
    append_reviews(workspace, [review(1, reviewer="alice", label_shown="cat")])
    same, other = review(1, reviewer="bob", label_shown="dog"), review(1, decision="drop")
    appended = append_each(workspace, [same, other, review(2), review(2, note="x"), review(3)])
    assert appended.stored == ["op1", "op2", "op3"]
    assert [operation_id for operation_id, _ in appended.refused] == ["op1", "op2"]
    assert all("never edited" in why for _, why in appended.refused)
    assert list(read_reviews(workspace)["reviewer"]) == ["alice", "", ""]
    assert append_each(workspace, []).stored == []


def test_an_undo_must_name_what_was_stored_before_it(workspace):
    def undo(number, name):
        return review(number, decision="undo", new_label=name)

    append_reviews(workspace, [review(1)])
    rows = [undo(2, "op1"), undo(3, "op3"), undo(4, "op9"), undo(5, "op6"), review(6), undo(7, "op2")]
    appended = append_each(workspace, rows)
    assert appended.stored == ["op2", "op6", "op7"]
    assert [operation_id for operation_id, _ in appended.refused] == ["op3", "op4", "op5"]
    assert append_each(workspace, rows[:3]).stored == ["op2"]


def test_a_locked_database_appends_none_of_them(workspace, monkeypatch):
    append_reviews(workspace, [review(1)])
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    database._engine.cache_clear()
    other = sqlite3.connect(workspace.root / "workspace.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseError, match="locked"):
        append_each(workspace, [review(2)])
    other.close()
    database._engine.cache_clear()
    assert len(read_reviews(workspace)) == 1
