"""What Browse answers to any question of the browser: pictures, columns, details, decisions, lists."""

import base64
import shutil

import numpy as np
import pandas as pd
import pytest

from app import state
from app.browse import component, handover
from app.browse.columns import browse_table, place_among
from app.browse.component import answered
from app.browse.readers import open_browse
from datadiet.pipeline.labels import trains_on
from datadiet.store.reviews import read_reviews
from datadiet.store.workspace import Workspace
from tests.app.browse_wire import of_kind, unpacked

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


@pytest.fixture
def own_workspace(digits_workspace, tmp_path, monkeypatch):
    """Return a copy to write to."""
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    monkeypatch.setenv("DATADIET_WORKSPACE", str(root))
    return root


@pytest.fixture
def session(monkeypatch):
    """Return a session's state and address, empty."""
    kept, query = {}, {}
    monkeypatch.setattr(component.st, "session_state", kept)
    monkeypatch.setattr(state.st, "query_params", query)
    monkeypatch.setattr(handover.st, "session_state", kept)
    return kept, query


@pytest.fixture
def opened(own_workspace, session):
    choice = state.run_choices()[0]
    stamp = state.run_stamp(choice.run_id)
    run = state.read_scores(own_workspace, choice.run_id, stamp).run
    return open_browse(own_workspace, run, stamp)


def ask(opened, **sent):
    ask.turn = getattr(ask, "turn", 0) + 1
    up = {"version": opened.version, "turn": f"t-{ask.turn}", **sent}
    return unpacked(answered(opened, "el2n", up))


# The page -----------------------------------------------------------------------------------------


def test_ids_that_do_not_count_up_are_sent_and_groups_in_as_few_bytes_as_hold_them(opened):
    scores = opened.table.scores
    sent = browse_table(scores.assign(example_id=scores["example_id"] + 5)).columns["id"]
    assert sent.tolist()[:2] == [5, 6]
    many = pd.array(np.arange(len(scores)) + 2**15, dtype="Int64")
    assert browse_table(scores.assign(duplicate_group=many)).columns["group"].dtype == np.int32
    assert opened.table.columns["group"].dtype == np.int16


def test_the_same_question_again_gets_the_same_bytes(opened):
    up = {"version": opened.version, "turn": "t", "asked": {"sheets": [[1, 2]]}}
    assert answered(opened, "el2n", up) is not None
    first = answered(opened, "el2n", up)
    assert answered(opened, "el2n", up) == first
    assert of_kind(unpacked(first), "columns") == []


def test_sheets_hold_the_examples_asked_for_and_no_others(opened):
    header = ask(opened, asked={"sheets": [[5, 7, 5, -1, 99999999, "x", 1.0, True], "no", [10**30]]})
    assert [part["ids"] for part in of_kind(header, "sheet")] == [[5, 7]]


@pytest.mark.parametrize(
    "up",
    [None, 3, [], {}, {"asked": 3}, {"asked": {"sheets": 3, "scores": {}, "details": "x", "list": []}},
     {"operations": "x"}, {"view": 3}, {"place": [1]}, {"turn": {"a": 1}}],
)  # fmt: skip
def test_whatever_comes_up_an_answer_goes_down(opened, up):
    sent = {"version": opened.version, **up} if isinstance(up, dict) else up
    assert unpacked(answered(opened, "el2n", sent))["version"] == opened.version


def test_a_question_about_another_run_gets_the_columns_of_this_one(opened):
    header = unpacked(answered(opened, "el2n", {"version": "other", "turn": "1", "asked": {"sheets": [[1]]}}))
    assert of_kind(header, "columns")


def test_a_score_comes_with_its_values_and_percentiles(opened):
    (score,) = of_kind(ask(opened, asked={"scores": ["mislabel_score", "nope"]}), "score")
    values, percentile = (np.frombuffer(blob, np.float32) for blob in score["bytes"])
    assert np.allclose(values, opened.table.scores["mislabel_score"], equal_nan=True)
    is_train = (opened.table.scores["split"] == "train").to_numpy()
    assert percentile[np.argmax(np.where(is_train, values, -1))] > 0.999


def test_a_place_outside_train_lies_where_its_value_would():
    values = np.array([0.0, 1.0, 2.0, 1.5, np.nan])
    places = place_among(values, np.array([True, True, True, False, False]))
    assert places[:4].tolist() == [0.0, 0.5, 1.0, 0.75]
    assert np.isnan(places[4])


def test_details_agree_with_the_tables_of_the_run(opened):
    row = int(np.flatnonzero(opened.table.scores["is_flipped"])[0])
    example_id = int(opened.table.example_ids[row])
    (part,) = of_kind(ask(opened, asked={"details": [example_id]}), "detail")
    detail, record = part["detail"], opened.table.scores.iloc[row]
    assert detail["given"] == record["given_label"] != record["label"]
    near = opened.run.neighbours()
    wanted = near[near["example_id"] == example_id].sort_values("rank")["neighbour_id"].tolist()
    assert [each for each, _ in detail["neighbours"]] == wanted
    assert detail["typicalGiven"] == opened.run.exemplars(int(record["label"]), 4)
    assert detail["probabilities"] == detail["opinions"][0]["classes"]
    el2n = next(each for each in detail["scores"] if each["name"] == "el2n")
    assert (
        el2n["value"] is None if np.isnan(record["el2n"]) else el2n["value"] == pytest.approx(record["el2n"])
    )
    assert (
        el2n["error"] is None
        if np.isnan(record["el2n_se"])
        else el2n["error"] == pytest.approx(record["el2n_se"])
    )


def test_models_that_trained_on_an_image_are_told_apart_from_those_that_did_not(opened):
    labels, config = opened.run.files.labels, opened.run.files.config
    trained = np.stack([trains_on(labels, seed, config.num_folds) for seed in opened.run.seeds])
    row = int(np.flatnonzero(trained.any(axis=0) & ~trained.all(axis=0))[0])
    (part,) = of_kind(ask(opened, asked={"details": [int(opened.table.example_ids[row])]}), "detail")
    opinions = part["detail"]["opinions"]
    assert [each["isHeldOut"] for each in opinions] == [True, False]
    for each, mask in zip(opinions, (~trained[:, row], trained[:, row]), strict=True):
        seeds = np.array(opened.run.seeds)[mask]
        mean = np.mean(
            [opened.run.files.evaluation(s, "probabilities")[row].astype(float) for s in seeds], axis=0
        )
        assert each["num"] == len(seeds)
        assert [index for index, *_ in each["classes"]] == np.argsort(-mean, kind="stable").tolist()


def test_curves_and_spreads_are_those_of_each_seed(opened):
    row = int(np.flatnonzero(opened.table.scores["split"] == "train")[3])
    example_id = int(opened.table.example_ids[row])
    depth = waited_for(opened, "depths", "depth", example_id)["depth"]
    seed = opened.run.seeds[0]
    signals = opened.run.files.signals(seed)
    own = signals[signals["example_id"] == example_id].sort_values("epoch")
    curve = next((each for each in depth["curves"] if each["seed"] == seed), None)
    if own.empty:  # the fold that this seed left out
        assert curve is None
    else:
        drawn = [value for value in curve["margin"] if value is not None]  # an epoch may leave an example out
        assert drawn == pytest.approx(own["margin"].tolist(), abs=1e-3)
    last = opened.run.files.last_step
    values = [opened.run.files.score(s, "el2n", last)[row] for s in opened.run.seeds]
    low, high = depth["spreads"]["el2n"]
    assert min(values) - 1e-5 <= low <= high <= max(values) + 1e-5


def waited_for(opened, asked, kind, example_id):
    for _ in range(200):
        (part,) = of_kind(ask(opened, asked={asked: [example_id]}), kind)
        if not part.get("isPending") and not (part.get("depth") or {}).get("isPending"):
            return part
    raise AssertionError("it never came")


def test_an_original_that_cannot_be_found_says_why(opened):
    part = waited_for(opened, "originals", "original", 1)
    assert part["bytes"] == []
    assert part["reason"] == "This source has no file to find it in again."


# What is written ----------------------------------------------------------------------------------


def decision(opened, operation_id, example_id, what, new_label=""):
    return {"id": operation_id, "run_id": opened.run.run_id, "example_id": example_id, "decision": what,
            "new_label": new_label, "note": "", "queue": "browse"}  # fmt: skip


def test_a_decision_is_stored_acknowledged_and_shown(opened):
    header = ask(
        opened, operations=[decision(opened, "a-1", 5, "relabel", "3"), decision(opened, "a-2", 6, "keep")]
    )
    assert header["ack"]["stored"] == ["a-1", "a-2"]
    assert of_kind(header, "held")[0]["held"] == [[5, "relabel", 3, False], [6, "keep", "", False]]
    (part,) = of_kind(ask(opened, asked={"details": [5]}), "detail")
    assert part["detail"]["decisions"][0][1:3] == ["relabel", "3"]
    header = ask(opened, operations=[decision(opened, "a-3", 5, "undo", "a-1")])
    assert of_kind(header, "held")[0]["held"] == [[5]]
    stored = read_reviews(Workspace.open(opened.root))
    assert stored["decision"].tolist() == ["relabel", "keep", "undo"]


def test_undoing_an_undo_puts_the_decision_in_force_again(opened):
    ask(opened, operations=[decision(opened, "a-1", 5, "drop")])
    ask(opened, operations=[decision(opened, "a-2", 5, "undo", "a-1")])
    header = ask(opened, operations=[decision(opened, "a-3", 5, "undo", "a-2")])
    assert of_kind(header, "held")[0]["held"] == [[5, "drop", "", False]]


def test_the_address_follows_the_browser(opened, session):
    ask(opened, place={"score": "margin", "class": 3, "low": 0.5, "example": 7, "split": "nowhere", "x": "y"})
    assert session[1] == {"score": "margin", "class": "3", "low": "0.5", "example": "7"}
    version = ask(opened)["placeVersion"]
    session[1]["class"] = "4"  # a link, or the browser's back
    assert ask(opened)["placeVersion"] == version + 1


def test_a_view_is_saved_renewed_and_removed(opened):
    header = ask(opened, view={"name": "  odd   cats ", "place": {"class": 3, "example": 9}, "turn": "v"})
    (view,) = of_kind(header, "views")[0]["views"]
    assert (view["name"], view["query"]) == ("odd cats", {"class": "3"})
    header = ask(opened, view={"name": "odd cats", "place": {"class": 4}, "turn": "v"})
    (view,) = of_kind(header, "views")[0]["views"]
    assert view["query"] == {"class": "4"}
    header = ask(opened, view={"remove": view["id"], "turn": "v"})
    assert of_kind(header, "views")[0]["views"] == []
    assert (
        of_kind(ask(opened, view={"name": " ", "turn": "v"}), "view")[0]["problem"] == "A view needs a name."
    )


def test_an_index_list_names_the_chosen_rows_as_the_source_does(opened):
    num = len(opened.table.scores)
    bits = np.zeros(num, np.uint8)
    bits[[3, 8, num - 1]] = 1
    mask = base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode()
    (part,) = of_kind(ask(opened, asked={"list": {"mask": mask, "score": "el2n", "turn": "x"}}), "file")
    lines = [line for line in part["bytes"][0].decode().splitlines() if not line.startswith("#")]
    rows = pd.DataFrame([line.split(",") for line in lines[1:]], columns=lines[0].split(","))
    assert rows["example_id"].astype(int).tolist() == opened.table.example_ids[[3, 8, num - 1]].tolist()
    assert rows["source_key"].tolist() == opened.table.scores["source_key"].iloc[[3, 8, num - 1]].tolist()
    assert part["name"].endswith("chosen_3.csv")


@pytest.mark.parametrize("mask", ["", "?", "AAAA", 3, None])
def test_a_mask_of_another_run_lists_nothing(opened, mask):
    assert of_kind(ask(opened, asked={"list": {"mask": mask, "score": "el2n"}}), "file") == []


def test_examples_are_handed_over_by_a_token_that_this_session_knows(opened, session):
    assert handover.ids_parameter([3, 1]) == "3,1"
    token = handover.ids_parameter(range(500))
    session[1]["ids"] = token
    header = unpacked(answered(opened, "el2n", None))
    assert header["place"]["ids"] == token
    assert of_kind(header, "handed")[0]["ids"] == list(range(500))
    session[1]["ids"] = "0123456f"
    assert of_kind(unpacked(answered(opened, "el2n", None)), "handed")[0]["ids"] is None
