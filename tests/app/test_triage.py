"""The triage page: its queues, cards and messages, and each of its empty and failing states."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.decisions import store_operations
from app.opinions import OpinionBook
from app.palette import LIGHT
from app.triage.cards import image_cards
from app.triage.evidence import Evidence
from app.triage.message import Deck, deck_message, progress_document
from app.triage.queues import Queue, grouped_queue, ranked_queue
from app.triage.settling import LARGEST_MB, imported, truth_sentence
from datadiet.errors import ConfigError
from datadiet.frames.examples import DUPLICATES
from datadiet.pipeline.reviews import decisions_against_truth, merge_classes
from datadiet.pipeline.run import open_run
from datadiet.store.reviews import read_reviews
from tests.app.conftest import HOSTILE_CLASSES, words_on

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"
WHO = "ann"


@pytest.fixture
def root(digits_workspace, tmp_path):
    """Return a workspace to decide in."""
    shutil.copytree(digits_workspace, tmp_path / "w")
    return tmp_path / "w"


@pytest.fixture
def run(root):
    [run_id] = [path.name for path in (root / "runs").iterdir()]
    return open_run(run_id, workspace=root)


@pytest.fixture
def open_triage(monkeypatch):
    """Return a function that opens the page on a workspace, with query parameters."""

    def opened(root: Path, **query: str) -> AppTest:
        st.cache_resource.clear()
        monkeypatch.setenv("DATADIET_WORKSPACE", str(root))
        page = AppTest.from_file(str(MAIN), default_timeout=180)
        for name, value in query.items():
            page.query_params[name] = value
        return page.switch_page("views/triage.py").run()

    return opened


def deck_of(run, queue: Queue | None = None, **more) -> Deck:
    scores = run.scores()
    book = OpinionBook(run.files)
    book.refresh()
    queue = queue or ranked_queue(scores, "mislabels", "v1")
    return Deck(queue, Evidence(run, scores), book, WHO, "key", LIGHT, **more)


def header_of(message: bytes) -> dict:
    return json.loads(message[4 : 4 + int.from_bytes(message[:4], "little")])


def decide(run, *entries):
    """Store decisions as the browser sends them: (id, example_id, decision, new_label)."""
    operations = [
        {"id": op, "run_id": run.run_id, "example_id": example, "decision": decision, "new_label": label}
        for op, example, decision, label in entries
    ]
    ack = store_operations(run.files.workspace, operations, who=WHO)
    assert ack.stored == [each[0] for each in entries], ack


# The page ------------------------------------------------------------------------------------------
def test_the_page_sends_the_queue_and_says_nothing_of_failures(open_triage, root):
    page = open_triage(root)
    assert not page.error
    assert not page.exception
    assert page.title[0].value == "Is this label wrong?"
    decks = [each for each in page.get("bidi_component") if "triage_deck" in each.proto.component_name]
    assert len(decks) == 1


@pytest.mark.parametrize(
    "query", [{"queue": "nonsense"}, {"example": "-1"}, {"example": "9" * 40}, {"example": "x"}]
)
def test_what_the_address_names_wrongly_is_passed_over(open_triage, root, query):
    page = open_triage(root, **query)
    assert not page.error
    assert not page.exception


def test_without_duplicates_the_page_says_so(open_triage, root, run):
    folder = run.files.workspace.dataset_dir(run.files.images.dataset_id)
    shutil.rmtree(folder / "duplicates.parquet", ignore_errors=True)
    page = open_triage(root, queue="duplicates")
    said = words_on(page)
    decks = [each for each in page.get("bidi_component") if "triage_deck" in each.proto.component_name]
    assert decks or "No image of this data set is the same as another" in said
    assert not page.exception


def test_a_run_that_is_not_triaged_says_what_would_fill_the_queue(open_triage, root, run):
    shutil.rmtree(run.files.workspace.triage_dir(run.run_id))
    page = open_triage(root)
    assert "not been triaged yet" in words_on(page)
    assert not page.exception


def test_two_classes_are_merged_after_the_number_is_said_and_the_merge_is_undone(open_triage, root, run):
    page = open_triage(root)
    page.selectbox(key="merge-source").select("3").run()
    page.selectbox(key="merge-target").select("8").run()
    num = int((run.files.images.examples["given_label"] == 3).sum())
    assert f"This relabels **{num:,}** images of **3** to **8**" in words_on(page)
    page.button(key="merge").click().run()
    rows = read_reviews(run.files.workspace)
    assert (len(rows), set(rows["new_label"])) == (num, {"8"})
    [undo] = [button for button in page.button if button.label == "Undo this merge"]
    undo.click().run()
    assert read_reviews(run.files.workspace)["decision"].value_counts().to_dict() == {
        "relabel": num,
        "undo": num,
    }
    assert not page.exception


def test_the_truth_is_shown_only_when_it_is_asked_for(open_triage, root, run):
    flipped = run.files.labels.loc[run.files.labels["is_flipped"], "example_id"].iloc[0]
    decide(run, ("a", int(flipped), "drop", ""), ("b", int(flipped), "keep", ""))
    page = open_triage(root)
    assert "decisions were right" not in words_on(page)
    page.button(key="compare-truth").click().run()
    assert "0 of 1 decisions were right (0 %)" in words_on(page)


def test_beyond_loopback_no_file_can_be_uploaded(open_triage, root, monkeypatch):
    real = st.get_option
    for address, is_offered in (("127.0.0.1", True), ("0.0.0.0", False), (None, False)):
        monkeypatch.setattr(
            st, "get_option", lambda name, to=address: to if name == "server.address" else real(name)
        )
        page = open_triage(root)
        assert bool(page.get("file_uploader")) is is_offered
        assert "datadiet reviews import" in words_on(page)


# Queues --------------------------------------------------------------------------------------------
def test_suspects_come_worst_first_whatever_was_decided(run):
    before = ranked_queue(run.scores(), "mislabels", "v").cards
    worst = run.scores().sort_values(["mislabel_score", "example_id"], ascending=[False, True])
    assert [each for (each,) in before] == worst["example_id"].head(len(before)).tolist()
    decide(run, ("a", before[0][0], "keep", ""))
    assert ranked_queue(run.scores(), "mislabels", "v").cards == before


def test_groups_with_different_labels_come_first_then_the_same_pictures():
    rows = [(0, 0, "near", False, False), (1, 0, "near", False, False), (2, 1, "exact", False, True),
            (3, 1, "exact", False, True), (4, 2, "near", True, False), (5, 2, "near", True, False),
            (6, 3, "exact", True, False), (7, 3, "exact", True, False)]  # fmt: skip
    names = ["example_id", "duplicate_group", "kind", "is_conflict", "is_leak"]
    queue = grouped_queue(DUPLICATES.conform(pd.DataFrame(rows, columns=names)), "v")
    assert queue.cards == ((6, 7), (4, 5), (2, 3), (0, 1))
    assert queue.marks[0] == ("different labels", "the same picture")
    assert (queue.num_likely, queue.place_of(3), queue.place_of(99)) == (2, 2, None)


# Cards ---------------------------------------------------------------------------------------------
def test_models_that_left_the_image_out_are_told_apart_from_those_that_trained_on_it(run):
    evidence = Evidence(run, run.scores())
    ids = run.scores()["example_id"].tolist()
    for card, row in zip(image_cards(evidence, ids), run.scores().to_dict("records"), strict=True):
        counted = {vote["isHeldOut"]: vote["num"] for vote in card["votes"]}
        trained = counted.get(False, 0)
        assert trained + counted.get(True, 0) == len(run.seeds)
        assert row["split"] == "train" or trained == 0


def test_the_probability_beside_a_vote_is_the_mean_of_the_models_that_cast_it(run, monkeypatch):
    evidence = Evidence(run, run.scores())
    stated = np.full((3, 1, 10), 0.0)
    stated[:, 0, 4], stated[:, 0, 7] = (0.7, 0.6, 0.1), (0.2, 0.3, 0.9)
    monkeypatch.setattr(evidence, "probabilities", lambda ids: stated)
    monkeypatch.setattr(evidence, "is_train", lambda ids: np.zeros((3, 1), np.bool_))
    [card] = image_cards(evidence, [0])
    [vote] = card["votes"]
    assert vote["says"] == [[4, 2, 0.65], [7, 1, 0.9]]


def test_each_digit_stands_for_a_class_that_is_shown_the_likeliest_first(run):
    for card in image_cards(Evidence(run, run.scores()), run.scores()["example_id"].tolist()[:50]):
        shares = [share for _, share in card["likeliest"]]
        assert shares == sorted(shares, reverse=True)
        assert 4 <= len(shares) <= 9
        assert all(share >= 0.01 for share in shares[4:])
        assert card["suggested"] != card["label"]


@pytest.mark.parametrize(
    ("percentile", "said"),
    [(1.0, "> 99.9 % of images"), (0.9994, "> 99.9 % of images"), (0.9951, "99.5 % of images")],
)
def test_no_image_is_more_unlike_than_all_images(run, percentile, said):
    scores = run.scores()
    scores["outlier_score"] = percentile
    [card] = image_cards(Evidence(run, scores), [int(scores["example_id"].iloc[0])])
    assert ["more unlike than", said] in card["facts"]


def test_pictures_are_those_of_the_data_set(run):
    evidence = Evidence(run, run.scores())
    ids = run.scores()["example_id"].tolist()[5:2:-1]
    for example_id, picture in zip(ids, evidence.pictures(ids), strict=True):
        [row] = run.files.images.rows([example_id])
        assert np.array_equal(picture, run.files.images.images[int(row)])


# Messages ------------------------------------------------------------------------------------------
def test_a_new_browser_gets_the_order_and_the_cards_at_its_place(run):
    deck = deck_of(run, start=45)
    header = header_of(deck_message(deck, None, None, answered=""))
    assert header["hello"]["start"] == 45
    assert len(header["hello"]["order"]) == len(deck.queue.cards)
    assert [chunk["number"] for chunk in header["chunks"]] == [2, 3]
    assert len(header["blobs"]) == 5  # two sheets a chunk, and the exemplars


@pytest.mark.parametrize(
    "asked",
    [
        "x",
        [],
        {"have": 3},
        {"turn": ["x"], "chunks": "abc"},
        {"chunks": [-1, 10**9, 1.5, True], "after": "1"},
    ],
)
def test_whatever_comes_up_from_the_browser_is_answered(run, asked):
    header = header_of(deck_message(deck_of(run), asked, None, answered=""))
    assert header["version"] == "v1"


def test_chunks_go_out_once_for_a_turn_and_four_at_most(run):
    deck = deck_of(run)
    asked = {"have": "v1", "turn": "t", "chunks": [0, 1, 2, 3, 4, 5], "classes": [1], "after": 0}
    header = header_of(deck_message(deck, asked, None, answered=""))
    assert [chunk["number"] for chunk in header["chunks"]] == [0, 1, 2, 3]
    assert [index for index, _ in header["exemplars"]["classes"]] == [1]
    again = header_of(deck_message(deck, asked, None, answered="t"))
    assert (again["chunks"], again["exemplars"], again["blobs"]) == ([], None, [])


def test_decisions_read_on_are_those_read_at_once(run):
    ids = [each for (each,) in ranked_queue(run.scores(), "mislabels", "v").cards[:4]]
    book = OpinionBook(run.files)
    book.refresh()
    decide(run, ("a", ids[0], "keep", ""), ("b", ids[1], "relabel", "3"))
    book.refresh()
    first = book.sequence
    decide(run, ("c", ids[2], "drop", ""), ("d", ids[1], "undo", "b"))
    book.refresh()
    whole = OpinionBook(run.files)
    whole.refresh()
    pd.testing.assert_frame_equal(book.opinions, whole.opinions)
    pd.testing.assert_frame_equal(book.decided, whole.decided)
    assert sorted(book.changed_after(first)) == sorted([[ids[1], []], [ids[2], [[WHO, "drop", "", ""]]]])
    assert [each[0] for each in book.undo_stack(WHO)] == ["a", "c"]
    assert book.undo_stack("bob") == []


def test_a_merge_is_no_step_of_the_undo_key(run):
    merge_classes(run.files, "3", "8", reviewer=WHO)
    book = OpinionBook(run.files)
    book.refresh()
    assert book.undo_stack(WHO) == []


# Below the deck ------------------------------------------------------------------------------------
class Opened:
    """What the import needs of an opened run."""

    def __init__(self, run):
        self.run, self.files = run, run.files


def test_an_uploaded_file_is_imported_and_one_too_large_or_of_another_kind_is_refused(run):
    decide(run, ("a", int(run.scores()["example_id"].iloc[0]), "keep", ""))
    rows = read_reviews(run.files.workspace).assign(operation_id="from elsewhere", reviewer="bob")
    words = imported(Opened(run), "../../reviews.csv", rows.to_csv(index=False).encode())
    assert words.startswith("1 of 1 reviews are new; 1 belong")
    assert read_reviews(run.files.workspace)["reviewer"].tolist() == [WHO, "bob"]
    with pytest.raises(ConfigError, match="up to 20 MB"):
        imported(Opened(run), "a.csv", b"x" * (LARGEST_MB * 1_000_000 + 1))
    with pytest.raises(ConfigError, match="must be one of"):
        imported(Opened(run), "a.exe", b"x")


def test_the_report_says_how_many_were_right_and_how_many_were_found(run):
    flipped = run.files.labels[run.files.labels["is_flipped"]].iloc[0]
    decide(run, ("a", int(flipped["example_id"]), "relabel", run.class_names[flipped["true_label"]]))
    held = decisions_against_truth(run.files)[""]
    num_flipped = int(run.files.labels["is_flipped"].sum())
    assert truth_sentence(held) == (
        f"1 of 1 decisions were right (100 %). 1 of {num_flipped} wrong labels were found."
    )


def test_r17_a_class_is_named_by_its_index_where_a_browser_would_alter_its_name(run):
    operation = {
        "id": "a",
        "run_id": run.run_id,
        "example_id": 0,
        "decision": "relabel",
        "new_label": "\ufffd",
    }
    store_operations(run.files.workspace, [{**operation, "label_index": 3}], who=WHO)
    assert read_reviews(run.files.workspace)["new_label"].tolist() == ["3"]
    for wrong in (-1, 10, True, "3", None):
        refused = store_operations(
            run.files.workspace, [{**operation, "id": "b", "label_index": wrong}], who=WHO
        )
        assert [each for each, _ in refused.refused] == ["b"]


def test_the_index_list_is_one_click_away(open_triage, root):
    page = open_triage(root)
    [button] = page.get("download_button")
    assert button.label == "Index list without suspects"
    button.click().run()
    assert not page.exception
    assert not page.error


def test_before_any_decision_triage_and_overview_say_the_same_number_and_interval(open_page, root, run):
    progress = progress_document(deck_of(run))
    said = re.search(
        r"About \*\*([\d,]+)\*\* of .* \(95 % interval ([\d,]+) to ([\d,]+)\)", words_on(open_page(root))
    )
    num, low, high = said.groups()
    assert progress["left"] == (
        f"About {num} labels look wrong (95 %: {low} to {high}): the run's estimate. "
        "What you decide corrects it."
    )


def test_a_decision_changes_the_number_and_the_sentence_says_how(run):
    [(worst,), *_] = ranked_queue(run.scores(), "mislabels", "v").cards
    decide(run, ("a", worst, "keep", ""))
    left = progress_document(deck_of(run))["left"]
    assert "wrong labels are left" in left
    assert left.endswith("the estimate, corrected by 0 wrong among 1 looked at, 1 expected.")


def test_the_planted_truth_is_hidden_until_it_is_asked_for(open_triage, root):
    said = words_on(open_triage(root, show="planted"))
    assert "◆" not in said
    assert "flipped" not in said.replace("Against known truth: planted flips", "")


@pytest.mark.parametrize("queue", ["mislabels", "outliers", "duplicates"])
def test_r20_hostile_names_reach_the_page_as_text(open_triage, hostile_workspace, queue):
    page = open_triage(hostile_workspace, queue=queue)
    assert not page.error
    assert not page.exception
    said = words_on(page)
    assert "![run](http" not in said
    assert ":red[set]" not in said
    for picker in (each for each in page.selectbox if each.key in {"merge-source", "merge-target"}):
        assert len(picker.options) in {len(HOSTILE_CLASSES), len(HOSTILE_CLASSES) - 1}
        assert all("\u202e" not in option for option in picker.options)
