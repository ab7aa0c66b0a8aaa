"""Decisions of people: applied by a run of their own, exported, imported again."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tiny_set

from datadiet.errors import ConfigError, DataError, NotFoundError
from datadiet.export.formats import render
from datadiet.pipeline.corrections import correction
from datadiet.pipeline.export import Exported, ExportRequest, export_run, header
from datadiet.pipeline.reviews import decisions, import_reviews, merge_candidates, read_review_file
from datadiet.pipeline.run import open_run
from datadiet.store.reviews import Review, append_reviews, read_reviews


def decide(run, row, decision, new_label="", **more):
    """Append a decision about the example in ``row``; return its operation id."""
    example = run.files.images.examples.iloc[row]
    operation = f"op {row} {decision} {new_label} {len(more)}"
    review = Review(
        operation_id=operation,
        source_key=example["source_key"],
        image_hash=example["image_hash"],
        label_shown=run.class_names[example["given_label"]],
        decision=decision,
        new_label=new_label,
        run_id=run.run_id,
        **{"reviewer": "ann", **more},
    )
    append_reviews(run.files.workspace, [review])
    return operation


def train_rows(run, num):
    return run.files.labels.index[run.files.labels["split"] == "train"][:num].tolist()


def applied(run, **settings):
    return tiny_set.audited(
        run.files.workspace.root, seeds=1, noise=None, options={"apply_reviews": run.run_id}, **settings
    )


def test_the_plan_says_what_decisions_change_and_leave_out(own):
    relabelled, dropped, kept = train_rows(own, 3)
    other = own.class_names[(own.files.labels["given_label"][relabelled] + 1) % 3]
    decide(own, relabelled, "relabel", other)
    decide(own, dropped, "drop")
    decide(own, kept, "keep")
    place = own.files.workspace
    told = correction(place, own.run_id, own.files.images).text()
    assert told == "Corrected by 3 decisions: 1 label changed, 1 image left out."


def test_applied_reviews_make_a_run_of_their_own_that_names_its_parent(own):
    relabelled, renewed, dropped, classless, kept = train_rows(own, 5)
    other = own.class_names[(own.files.labels["given_label"][relabelled] + 1) % 3]
    decide(own, relabelled, "relabel", other)
    decide(own, renewed, "new_class", "white")
    decide(own, dropped, "drop")
    decide(own, classless, "no_class")
    decide(own, kept, "keep")
    run = applied(own)
    labels = run.files.labels
    assert run.run_id != own.run_id
    assert run.files.document["reviews"]["parent"] == own.run_id
    assert run.files.document["reviews"]["num_decisions"] == 5
    assert run.class_names == [*tiny_set.CLASS_NAMES, "white"]
    assert run.class_names[labels["label"][relabelled]] == other
    assert run.class_names[labels["label"][renewed]] == "white"
    assert labels["split"][[dropped, classless]].tolist() == ["excluded", "excluded"]
    assert labels["label"][kept] == labels["given_label"][kept]
    assert labels["given_label"].equals(own.files.labels["given_label"])
    assert run.files.evaluation(0, "probabilities").shape == (90, 4)


def test_what_was_dropped_has_no_score_and_can_be_looked_at(own):
    [row] = train_rows(own, 1)
    decide(own, row, "drop")
    scores = applied(own).scores()
    assert scores.loc[row, ["split", "decision"]].tolist() == ["excluded", "drop"]
    assert scores.loc[row, ["el2n", "grand", "margin"]].isna().all()


def test_other_decisions_make_another_run(own):
    first, second = train_rows(own, 2)
    decide(own, first, "drop")
    once = applied(own, train={"num_epochs": 1, "checkpoint_epochs": [0, 1]})
    decide(own, second, "drop")
    twice = applied(own, train={"num_epochs": 1, "checkpoint_epochs": [0, 1]})
    assert once.run_id != twice.run_id


def test_a_relabel_to_a_class_of_a_corrected_run_leaves_from_its_parent(own, tmp_path):
    first, second = train_rows(own, 2)
    decide(own, first, "new_class", "white")
    child = applied(own, train={"num_epochs": 1, "checkpoint_epochs": [0, 1]})
    decide(child, second, "relabel", "white")
    decide(own, first, "drop")  # the decision that made the class no longer holds
    export_run(own, ExportRequest("labels", tmp_path / "labels.json"))
    document = json.loads((tmp_path / "labels.json").read_text())
    rows = {row["example_id"]: row["corrected_class_name"] for row in document["rows"]}
    assert rows[int(own.files.images.examples["example_id"][second])] == "white"
    assert "'white'" in document["header"]["remarks"][0]
    assert len(merge_candidates(own.files, "white")) == 1


def test_applying_no_decision_is_refused(own):
    with pytest.raises(DataError, match="has no decisions on these images yet"):
        applied(own)


def test_applying_the_reviews_of_an_unknown_run_is_refused(tmp_path):
    with pytest.raises(NotFoundError, match="no run 'zzz'"):
        tiny_set.audited(tmp_path / "w", options={"apply_reviews": "zzz"})


def test_a_decision_shows_in_the_table_at_once(own):
    own.scores()
    decide(own, 3, "unsure")
    assert own.scores()["decision"].tolist()[:5] == ["", "", "", "unsure", ""]


def test_an_undone_decision_no_longer_holds(own):
    operation = decide(own, 3, "drop")
    decide(own, 3, "undo", operation)
    assert decisions(own.files)["decision"].eq("").all()


def test_a_decision_survives_another_import_of_the_set(own):
    decide(own, 3, "drop")
    other = tiny_set.audited(
        own.files.workspace.root, seeds=1, data={"split_seed": 5, "image_size": 6},
        train={"num_epochs": 1, "checkpoint_epochs": [0, 1]},
    )  # fmt: skip
    assert other.files.images.dataset_id != own.files.images.dataset_id
    assert other.scores()["decision"][3] == "drop"


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_reviews_leave_and_come_back_the_same(own, tmp_path, ending):
    decide(own, 1, "drop", note='a "note",\nof two lines; NA')
    decide(own, 2, "new_class", "=Küste")
    undone = decide(own, 3, "keep")
    decide(own, 3, "undo", undone)
    out = tmp_path / f"reviews.{ending}"
    export_run(own, ExportRequest("reviews", out))
    fresh = tiny_set.audited(
        tmp_path / "fresh", seeds=1, train={"num_epochs": 1, "checkpoint_epochs": [0, 1]}
    )
    imported = import_reviews(fresh.files, out)
    assert (imported.num_rows, imported.num_new) == (4, 4)
    assert import_reviews(fresh.files, out).num_new == 0
    stored, sent = (read_reviews(run.files.workspace) for run in (fresh, own))
    assert stored.drop(columns="sequence").equals(sent.drop(columns="sequence"))


def test_the_undoing_of_another_data_set_stays_behind(own, tmp_path):
    decide(own, 3, "undo", decide(own, 3, "keep"))
    stranger = Review(
        operation_id="stranger", source_key="of another set", image_hash="0" * 16, label_shown="cat",
        decision="keep", new_label="", run_id=own.run_id, reviewer="ann",
    )  # fmt: skip
    append_reviews(own.files.workspace, [stranger])
    decide(own, 4, "undo", "stranger")
    export_run(own, ExportRequest("reviews", tmp_path / "reviews.csv"))
    assert [row["decision"] for row in read_review_file(tmp_path / "reviews.csv").to_dict("records")] == [
        "keep",
        "undo",
    ]


def test_r17_names_that_are_not_utf8_come_back(own, tmp_path):
    key = "p\udcff.png"
    named = {"source_key": key, "image_hash": "h", "label_shown": "dark", "decision": "keep"}
    append_reviews(own.files.workspace, [Review(operation_id="1", run_id=own.run_id, **named)])
    reviews = read_reviews(own.files.workspace)
    data = render(reviews, "csv", header(own, "reviews", Exported(reviews, {}))).data
    (tmp_path / "reviews.csv").write_bytes(data)
    assert read_review_file(tmp_path / "reviews.csv")["source_key"].tolist() == [key]


HEADER = "operation_id,source_key,image_hash,label_shown,decision,new_label,queue\n"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("r.csv", HEADER + "1,k,h,dark,burn,,import\n", "Row 1 of the reviews file: decision is 'burn'"),
        ("r.csv", HEADER + "1,k,h,dark,relabel,,import\n", "Row 1 of the reviews file: .*must name a class"),
        ("r.csv", HEADER + "1,k,h,dark,keep,,import,extra\n", "row 1 has 8 fields, the header has 7"),
        ("r.csv", HEADER + '1,k,h,"dark,keep,,import\n', "cannot be read"),
        ("r.csv", "operation_id,decision\n1,keep\n", "lacks the column source_key"),
        ("r.csv", "", "lacks the column operation_id; its columns are: none"),
        ("r.csv", "source_key;decision\nk;keep\n", "columns are: source_key;decision.*separated by commas"),
        ("r.csv", "source_key,decision,new_label,new_label\nk,keep,a,b\n", "column new_label more than once"),
        ("r.json", "{", "cannot be read"),
        ("r.json", "[" * 100_000, "nested too deeply"),
        ("r.json", "3", "cannot be read"),
        ("r.parquet", "PAR1 no", "cannot be read"),
        ("r.txt", "1", "r.txt"),
        ("gone.csv", None, "cannot be read"),
    ],
)
def test_a_file_that_holds_no_reviews_is_refused_and_appends_none(own, tmp_path, name, text, message):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=message):
        import_reviews(own.files, tmp_path / name)
    assert read_reviews(own.files.workspace).empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"decision": "relabel", "new_label": "zebra"}, "Row 2 of the reviews file: new_label is 'zebra'"),
        ({"decision": "new_class", "new_label": "  "}, "Row 2 .* more than spaces"),
        ({"decision": "new_class", "new_label": "dark "}, "Row 2 .* hard to tell from class 'dark'"),
        ({"decision": "new_class", "new_label": "owl "}, "Row 2 .* spaces around"),
        ({"decision": "undo", "new_label": "2"}, "Row 2 .* neither stored nor in a row before it"),
        ({"decision": "undo", "new_label": "3"}, "Row 2 .* neither stored nor in a row before it"),
        ({"operation_id": " "}, "Row 2 .* no operation_id"),
        ({"run_id": "../../x"}, r"Row 2 .* no id of a run"),
    ],
)
def test_a_row_that_is_no_decision_is_refused_and_none_is_appended(own, tmp_path, change, message):
    example = own.files.images.examples.iloc[4]
    named = {"source_key": example["source_key"], "image_hash": example["image_hash"], "label_shown": "dark"}
    rows = [{**named, "operation_id": str(number), "decision": "keep"} for number in (1, 2, 3)]
    rows = [{"new_label": "", "queue": "", **row} for row in rows]
    rows[1] |= change
    (tmp_path / "r.json").write_text(json.dumps(rows))
    with pytest.raises(ConfigError, match=message):
        import_reviews(own.files, tmp_path / "r.json")
    assert read_reviews(own.files.workspace).empty


def test_a_relabel_to_a_class_that_another_row_makes_is_imported(own, tmp_path):
    first, second = train_rows(own, 2)
    decide(own, first, "new_class", "white")
    decide(own, second, "relabel", "white", reviewer="bob")
    out = tmp_path / "reviews.json"
    export_run(own, ExportRequest("reviews", out))
    fresh = tiny_set.audited(
        tmp_path / "fresh", seeds=1, train={"num_epochs": 1, "checkpoint_epochs": [0, 1]}
    )
    assert import_reviews(fresh.files, out).num_new == 2
    assert decisions(fresh.files)["new_label"][[first, second]].tolist() == ["white", "white"]


def test_a_note_that_is_no_text_leaves_as_every_kind_of_table(own, tmp_path):
    (tmp_path / "r.csv").write_bytes((HEADER.strip() + ",note\n").encode() + b"1,k,h,dark,keep,,,caf\xe9\n")
    import_reviews(own.files, tmp_path / "r.csv")
    assert read_reviews(own.files.workspace)["note"].tolist() == ["caf\ufffd"]


def test_a_row_without_a_run_is_of_the_run_it_is_imported_into(own, tmp_path):
    (tmp_path / "r.csv").write_text(HEADER + "1,k,h,dark,keep,,\n")
    import_reviews(own.files, tmp_path / "r.csv")
    [row] = read_reviews(own.files.workspace).to_dict("records")
    assert (row["run_id"], row["queue"]) == (own.run_id, "import")
    assert open_run(own.run_id, workspace=own.files.workspace.root).scores()["decision"].eq("").all()


@pytest.mark.parametrize("by", ["source_key", "example_id"])
def test_a_list_of_decisions_made_by_hand_is_completed_and_imported_once(own, tmp_path, by):
    first, second = train_rows(own, 2)
    examples = own.files.images.examples
    other = own.class_names[(own.files.labels["label"][first] + 1) % 3]
    lines = [f"{by},decision,new_label"]
    lines += [f"{examples[by][first]},relabel,{other}", f"{examples[by][second]},drop,"]
    path = tmp_path / "decisions.csv"
    path.write_text("\n".join(lines) + "\n")
    imported = import_reviews(own.files, path)
    assert (imported.num_rows, imported.num_new, imported.num_matched) == (2, 2, 2)
    assert import_reviews(own.files, path).num_new == 0
    held = decisions(own.files)
    assert held["decision"][[first, second]].tolist() == ["relabel", "drop"]
    assert held["new_label"][first] == other


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("nowhere,keep,", "no example of this data set has it"),
        ("{key},relabel,zebra", "zebra"),
        ("{key},burn,", "burn"),
    ],
)
def test_a_list_that_names_nobody_or_nothing_is_refused_and_adds_nothing(own, tmp_path, row, sentence):
    key = own.files.images.examples["source_key"][0]
    path = tmp_path / "decisions.csv"
    path.write_text("source_key,decision,new_label\n" + row.format(key=key) + "\n")
    with pytest.raises(ConfigError, match=sentence):
        import_reviews(own.files, path)
    assert read_reviews(own.files.workspace).empty


@pytest.mark.parametrize("order", ["a", "ab", "aba", "abab", "abba"])
def test_of_several_rows_on_one_example_the_last_holds_and_the_file_adds_nothing_twice(own, tmp_path, order):
    [row] = train_rows(own, 1)
    key, shown = (own.files.images.examples["source_key"][row], own.files.labels["label"][row])
    others = {name: own.class_names[(shown + step) % 3] for name, step in (("a", 1), ("b", 2))}
    lines = ["source_key,decision,new_label", *(f"{key},relabel,{others[each]}" for each in order)]
    path = tmp_path / "decisions.csv"
    path.write_text("\n".join(lines) + "\n")
    assert import_reviews(own.files, path).num_new == len(order)
    assert import_reviews(own.files, path).num_new == 0
    assert decisions(own.files)["new_label"][row] == others[order[-1]]


def test_a_longer_list_holds_by_its_last_row_after_a_shorter_one(own, tmp_path):
    [row] = train_rows(own, 1)
    key, path = own.files.images.examples["source_key"][row], tmp_path / "decisions.csv"
    for rows in (["drop"], ["unsure", "drop"], ["unsure", "drop", "no_class", "drop"]):
        lines = ["source_key,decision", *(f"{key},{each}" for each in rows)]
        path.write_text("\n".join(lines) + "\n")
        import_reviews(own.files, path)
        assert decisions(own.files)["decision"][row] == rows[-1]


def test_a_row_whose_key_and_id_name_two_examples_is_refused_with_its_number(own, tmp_path):
    examples = own.files.images.examples
    keys, ids, path = examples["source_key"], examples["example_id"], tmp_path / "decisions.csv"
    rows = [f"{keys[3]},{ids[3]},drop", f"{keys[4]},,drop", f"{keys[5]},{ids[6]},drop"]
    path.write_text("\n".join(["source_key,example_id,decision", *rows]) + "\n")
    with pytest.raises(ConfigError, match=r"Row 3 of .* name two examples"):
        import_reviews(own.files, path)
    path.write_text("\n".join(["source_key,example_id,decision", *rows[:2]]) + "\n")
    assert import_reviews(own.files, path).num_new == 2


def test_a_column_that_is_twice_in_a_parquet_list_is_refused(own, tmp_path):
    columns = [pa.array([text]) for text in ("k", "drop", "dark", "grey")]
    table = pa.table(columns, names=["source_key", "decision", "new_label", "new_label"])
    pq.write_table(table, tmp_path / "r.parquet")
    with pytest.raises(ConfigError, match="column new_label more than once"):
        import_reviews(own.files, tmp_path / "r.parquet")
