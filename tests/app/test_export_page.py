"""The export page: each kind, what it says when something is missing, what it writes and starts."""

from __future__ import annotations

import shutil

import pytest

from app.downloads import downloads, file_name, watched, without_suspects
from app.export.kinds import KINDS, SPREADSHEET
from datadiet.errors import DataError
from datadiet.pipeline.run import open_run
from datadiet.pipeline.select import select_examples
from datadiet.selection.request import read_request
from datadiet.store.reviews import Review, append_reviews
from tests.app.conftest import words_on

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


@pytest.fixture
def root(digits_workspace, tmp_path):
    """Return a copy of the digits workspace, to be written to."""
    ignored = shutil.ignore_patterns("selections")  # other tests may have added some
    shutil.copytree(digits_workspace, tmp_path / "workspace", ignore=ignored)
    return tmp_path / "workspace"


def decide(root, decision, new_label="", row=0):
    run = open_run("short digits", workspace=root)
    example = run.files.images.examples.iloc[row]
    review = Review(
        operation_id=f"{row}", source_key=example["source_key"], image_hash=example["image_hash"],
        label_shown="0", decision=decision, new_label=new_label, run_id=run.run_id, reviewer="ann",
    )  # fmt: skip
    append_reviews(run.files.workspace, [review])
    return run


def button(page, label):
    return next(each for each in page.button if each.label == label)


def test_a_selection_that_starves_a_class_is_warned_of(root, open_page):
    run = open_run("short digits", workspace=root)
    listed = run.scores().query("split == 'train' and label > 4")["example_id"]
    path = root / "kept.csv"
    path.write_text("\n".join(["example_id", *map(str, listed)]))
    select_examples(run, read_request({"rule": "list"}), imported=path)
    page = open_page(root, "export", what="kept")
    assert any("far less of" in each.value for each in page.warning)
    run.select("random", keep_fraction=0.9)
    assert not open_page(root, "export", what="kept").warning


def order_of(page):
    return next(each for each in page.selectbox if each.label == "Order")


def test_an_order_is_chosen_by_end_score_and_stages(root, open_page):
    page = open_page(root, "export", what="order")
    assert order_of(page).value == "easiest-first"
    scores = open_run("short digits", workspace=root).scores().query("split == 'train'")
    assert f"{len(scores):,} rows" in words_on(page)
    order_of(page).set_value("paced").run()
    next(each for each in page.number_input if each.label == "Stages").set_value(3).run()
    next(each for each in page.selectbox if each.label == "By score").set_value("margin").run()
    assert not page.error
    assert (page.query_params["order"], page.query_params["by"]) == ("paced:3", "margin")
    rows = page.dataframe[1].value
    assert rows["stage"].astype(int).tolist() == [1] * 20
    easiest = scores.sort_values(["margin_percentile", "example_id"])["example_id"].head(20)
    assert rows["example_id"].astype(int).tolist() == easiest.tolist()
    assert "pools" in words_on(page)
    assert "_order_paced_3_margin.csv" in page.get("download_button")[0].proto.label


def test_an_order_stands_in_the_address(digits_workspace, open_page):
    page = open_page(digits_workspace, "export", what="order", order="hardest-first", by="el2n")
    assert not page.error
    assert order_of(page).value == "hardest-first"
    values = page.dataframe[1].value["percentile"].astype(float).tolist()
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(
    "bad", [{"order": "paced:0"}, {"order": "x"}, {"order": "paced:9999"}, {"by": "nope"}]
)
def test_a_bad_order_in_the_address_is_left_out(digits_workspace, open_page, bad):
    page = open_page(digits_workspace, "export", what="order", **bad)
    assert not page.exception
    assert not page.error
    assert order_of(page).value == "easiest-first"


@pytest.mark.parametrize("what", ["suspects", "order", "labels", "scores", "reviews", "report"])
def test_each_kind_shows_classes_before_and_after_and_its_first_rows(digits_workspace, open_page, what):
    page = open_page(digits_workspace, "export", what=what)
    classes, rows = (each.value for each in page.dataframe)
    assert classes["class"].tolist() == [str(digit) for digit in range(10)]
    assert classes["before"].sum() in {1797, 1294}
    assert list(classes)[2] in {"in the file", "decisions in the file"}
    assert len(rows) == (0 if what == "reviews" else 20)


@pytest.mark.parametrize("what", ["suspects", "labels", "scores", "reviews", "report"])
def test_each_kind_without_a_selection_is_shown_with_a_download(digits_workspace, open_page, what):
    page = open_page(digits_workspace, "export", what=what)
    assert not page.exception
    assert not page.error
    assert page.radio[0].value == what
    assert len(page.get("download_button")) == 1


def test_without_a_selection_the_page_makes_one_and_shows_what_it_keeps(root, open_page):
    page = open_page(root, "export", what="kept")
    assert "no selection yet" in page.info[0].value
    button(page, "Store this selection").click().run()
    assert not page.error
    assert any("Kept images" in each.value for each in page.subheader)
    run = open_run("short digits", workspace=root)
    (selection,) = run.selections()
    assert selection.document["selection"]["drop_suspects"]
    assert f"{len(selection.example_ids):,} rows" in words_on(page)
    assert "Subset" in words_on(page)


@pytest.mark.parametrize("what", ["kept", "dropped"])
def test_a_stored_selection_is_found_by_the_start_of_its_id(root, open_page, what):
    run = open_run("short digits", workspace=root)
    first = run.select("easiest", score="margin", keep_fraction=0.3)
    run.select("random", keep_fraction=0.5)
    page = open_page(root, "export", what=what, selection=first.selection_id[:6])
    assert not page.error
    chosen = next(each for each in page.selectbox if each.label == "Selection")
    assert chosen.value == first.selection_id


def test_digits_have_no_files_so_the_page_says_what_to_take_instead_of_a_manifest(root, open_page):
    open_run("short digits", workspace=root).select("random", keep_fraction=0.5)
    page = open_page(root, "export", what="manifest")
    assert not page.exception
    assert not page.error
    assert "no manifest to write. **Kept images** lists the same" in page.info[0].value


@pytest.mark.parametrize(
    "bad", [{"what": "x"}, {"format": "exe"}, {"selection": "zz"}, {"what": "report", "format": "csv"}]
)
def test_bad_values_in_the_address_are_left_out(root, open_page, bad):
    open_run("short digits", workspace=root).select("random", keep_fraction=0.5)
    page = open_page(root, "export", **bad)
    assert not page.exception
    assert not page.error


def test_a_run_before_triage_says_why_there_are_no_suspects(root, open_page):
    shutil.rmtree(next(root.glob("runs/*/triage")))
    page = open_page(root, "export", what="suspects")
    assert not page.exception
    assert "last stage of an audit" in page.info[0].value


def test_a_file_is_kept_in_the_workspace_and_not_replaced_unasked(root, open_page):
    page = open_page(root, "export", what="suspects")
    button(page, "Write the file").click().run()
    (kept,) = root.glob("exports/*.csv")
    assert kept.name in page.success[0].value.replace("\\", "").replace("\u2060", "")
    before = kept.stat().st_mtime_ns
    page.run()
    assert "exists already" in page.warning[0].value
    button(page, "Replace it").click().run()
    assert kept.stat().st_mtime_ns > before


def test_a_name_with_folders_does_not_leave_the_exports_folder(root, open_page):
    page = open_page(root, "export", what="suspects")
    page.text_input[0].set_value("../../../outside").run()
    button(page, "Write the file").click().run()
    assert [path.name for path in root.glob("exports/*.csv")] == ["outside.csv"]


def test_nobody_has_decided_so_there_is_no_corrected_set(digits_workspace, open_page):
    page = open_page(digits_workspace, "export", what="labels")
    assert "Nobody has decided" in words_on(page)
    assert not [each for each in page.button if each.label == "Audit the corrected set"]


def test_decisions_that_change_nothing_offer_no_new_audit(root, open_page):
    decide(root, "keep")
    page = open_page(root, "export", what="labels")
    assert "0 labels change, 0 images leave" in words_on(page)
    assert not [each for each in page.button if each.label == "Audit the corrected set"]


def test_corrected_labels_show_the_rows_that_change_before_the_first_ones(root, open_page):
    assert "No decision changes a label yet" in open_page(root, "export", what="labels").info[0].value
    decide(root, "drop", row=700)
    page = open_page(root, "export", what="labels")
    assert "The 1 row with another label" in words_on(page)
    assert "The first 20 of 1,797 rows, as in the file" in words_on(page)
    changed = next(
        each.value for each in page.dataframe if "is_changed" in each.value and len(each.value) == 1
    )
    assert changed["decision"].tolist() == ["drop"]


def test_the_corrected_set_is_audited_by_a_job(root, open_page, monkeypatch):
    started = []
    monkeypatch.setattr("app.export.corrected.put_in_line", lambda argv: started.append(argv) or "j1")
    run = decide(root, "drop")
    page = open_page(root, "export", what="labels")
    assert "1 image leaves" in words_on(page)
    assert str(root) not in words_on(page)
    button(page, "Audit the corrected set").click().run()
    assert started[0][:4] == ["audit", "digits", "--apply-reviews", run.run_id]
    assert "Job j1 is in line" in page.success[0].value


def test_the_list_without_suspects_needs_no_el2n(root):
    run = open_run("short digits", workspace=root)
    scores = run.scores()
    fewer = scores.drop(columns=[name for name in scores if str(name).startswith("el2n")])
    kept = without_suspects(run, fewer, "el2n_step_000013")
    num_suspects = int((scores["is_suspect"] & (scores["split"] == "train")).sum())
    assert len(kept.example_ids) == int((scores["split"] == "train").sum()) - num_suspects
    nothing = scores[["example_id", "split", "is_suspect"]]
    assert without_suspects(run, nothing, "el2n").example_ids == kept.example_ids


def test_every_download_of_the_overview_is_made(root):
    run = open_run("short digits", workspace=root)
    for each in downloads(run, run.scores(), "el2n"):
        assert len(each.make()) > 1000, each.title


def test_a_download_that_fails_leaves_a_sentence_for_the_page(caplog):
    failures = []

    def refused():
        raise DataError("Parquet cannot hold it.")

    make = watched(refused, failures, "Scores")
    with pytest.raises(DataError):
        make()
    assert failures[0].startswith("Parquet cannot hold it")
    assert "Error id" in failures[0]
    with pytest.raises(ZeroDivisionError):
        watched(lambda: 1 / 0, failures, "Report")()
    assert "“Report” could not be made." in failures[1]
    assert "ZeroDivisionError" not in failures[1]


def test_names_of_files_say_data_set_run_and_content(digits_workspace):
    run = open_run("short digits", workspace=digits_workspace)
    assert file_name(run, "kept.csv") == f"digits_{run.run_id[:8]}_kept.csv"


def test_only_csv_has_a_form_for_spreadsheets():
    assert all((SPREADSHEET in kind.formats) == ("csv" in kind.formats) for kind in KINDS.values())


def test_r20_hostile_names_are_letters(hostile_workspace, open_page):
    page = open_page(hostile_workspace, "export", what="suspects")
    assert not page.exception
    for text in ("<b>", ":red[", "![run]", "<img"):
        assert text not in words_on(page)
