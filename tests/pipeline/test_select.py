import json

import pytest

from datadiet.errors import ConfigError, CorruptFileError, DataDietError, NotFoundError
from datadiet.pipeline.select import find_selection, read_selection, select_examples
from datadiet.selection.request import read_request


def test_a_selection_is_stored_with_the_run_and_found_by_the_start_of_its_id(own):
    made = own.select("window", score="el2n", keep_fraction=0.4, window_offset=0.5)
    num_train = int((own.scores()["split"] == "train").sum())
    assert len(made.example_ids) == round(0.4 * num_train)
    assert [each.selection_id for each in own.selections()] == [made.selection_id]
    assert find_selection(own, made.selection_id[:5]).frame.equals(made.frame)


@pytest.mark.parametrize("asked", ["", None])
def test_r5_a_selection_that_lost_its_checksums_is_named_and_not_told_as_absent(own, asked):
    made = own.select("window", score="el2n", keep_fraction=0.4, window_offset=0.5)
    folder = own.files.workspace.selection_dir(own.run_id, made.selection_id)
    (folder / "checksums.json").unlink()
    with pytest.raises(CorruptFileError, match=made.selection_id):
        find_selection(own, None if asked is None else made.selection_id[:4])
    with pytest.raises(CorruptFileError, match=made.selection_id):
        read_selection(own.files, made.selection_id)
    whole = own.select("random", keep_fraction=0.5)
    assert find_selection(own, whole.selection_id).selection_id == whole.selection_id
    with pytest.raises(CorruptFileError, match=made.selection_id):  # either may be the newest
        find_selection(own, None)


def test_a_score_of_no_method_is_called_a_score(own):
    with pytest.raises(NotFoundError, match="score"):
        own.select("hardest", score="no_such_thing", keep_fraction=0.5)


def test_the_same_request_is_the_same_selection(own):
    first, second = (own.select("hardest", score="el2n", keep_fraction=0.5) for _ in range(2))
    assert first.selection_id == second.selection_id
    assert len(own.selections()) == 1


def test_the_newest_selection_is_meant_where_none_is_named(own):
    own.select("hardest", score="el2n", keep_fraction=0.5)
    newest = own.select("random", keep_fraction=0.5)
    assert find_selection(own, None).selection_id == newest.selection_id


def test_it_says_where_it_comes_from(own):
    document = json.loads(json.dumps(own.select("easiest", score="grand", keep_fraction=0.5).headline()))
    assert document["dataset_id"] == own.files.images.dataset_id
    assert document["seeds"] == [0, 1]
    assert document["selection"]["score"] == "grand"
    assert document["counts"]["num_kept"] < document["counts"]["num_train"]


def test_a_score_at_a_step_can_be_selected_by(own):
    name = next(name for name in own.scores() if name.startswith("el2n_step") and name[-1].isdigit())
    assert own.select("hardest", score=name, keep_fraction=0.5).example_ids


@pytest.mark.parametrize("rule", ["hardest", "easiest", "window", "random", "covering"])
def test_only_training_examples_are_kept(own, rule):
    settings = {"keep_fraction": 0.5, **({"window_offset": 0.2} if rule == "window" else {})}
    train = own.scores().loc[lambda rows: rows["split"] == "train", "example_id"]
    assert set(own.select(rule, **settings).example_ids) < set(train)


def test_suspects_are_left_out_where_asked(own):
    kept = own.select("hardest", score="el2n", keep_fraction=0.5, drop_suspects=True)
    assert not set(kept.example_ids) & set(own.suspects()["example_id"])


def test_an_imported_list_becomes_a_selection(own, tmp_path):
    train = own.scores().loc[lambda rows: rows["split"] == "train", "example_id"].tolist()
    (tmp_path / "mine.txt").write_text("".join(f"{number}\n" for number in train[:7]))
    made = select_examples(own, read_request({"rule": "list"}), imported=tmp_path / "mine.txt")
    assert made.example_ids == train[:7]


@pytest.mark.parametrize(
    ("rule", "settings", "message"),
    [
        ("window", {"keep_fraction": 0.5, "window_offset": 0.75}, "it can be at most|at most 0.5"),
        ("hardest", {"keep_fraction": 0}, r"keep_fraction is 0.* in \(0, 1\]"),
        ("hardest", {"score": "el3n"}, "el3n"),
        ("hardest", {"keep_fractoin": 0.5}, "Did you mean keep_fraction"),
        ("hardset", {}, "hardest"),
        ("list", {}, "The rule list needs --list FILE"),
    ],
)  # fmt: skip
def test_what_cannot_be_selected_is_refused(tiny, rule, settings, message):
    with pytest.raises(DataDietError, match=message):
        tiny.select(rule, **settings)


def test_a_list_file_that_is_not_there_is_named(tiny, tmp_path):
    with pytest.raises(ConfigError, match=r"--list .*nowhere\.txt cannot be read"):
        select_examples(tiny, read_request({"rule": "list"}), imported=tmp_path / "nowhere.txt")


def test_an_unknown_selection_is_refused_with_those_that_are_there(tiny):
    with pytest.raises(NotFoundError, match="datadiet select"):
        find_selection(tiny, "abc")
