"""The overview under Streamlit's test driver: what is on the page, and what it says when something is off."""

import json
import re
import shutil

import pandas as pd
import pytest

from app.commands import PLACEHOLDER, WHERE
from app.state import chosen_score
from tests.app.conftest import HOSTILE_CLASSES, words_on

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def grid_headers(page):
    grids = [each for each in page.get("bidi_component") if "image_grid" in each.proto.component_name]
    blobs = [each.proto.bytes for each in grids]
    return [json.loads(blob[4 : 4 + int.from_bytes(blob[:4], "little")]) for blob in blobs]


def test_the_page_says_how_many_labels_look_wrong_and_how_well_the_models_do(digits_workspace, open_page):
    page = open_page(digits_workspace)
    assert not page.exception
    assert "labels look wrong (95 % interval" in page.header[0].value
    assert "mean ± standard error over 2 seeds" in words_on(page)
    assert "144 labels were flipped on purpose" in words_on(page)


def test_the_context_names_data_run_noise_score_and_seeds(digits_workspace, open_page):
    words = words_on(open_page(digits_workspace))
    assert re.search(r"10\.0 % symmetric noise planted · EL2N at (the last step|step \d+) · 2 seeds", words)


@pytest.mark.parametrize(
    ("screen", "query", "by"),
    [
        ("triage", {}, "planted · mislabel score · 2 seeds"),
        ("triage", {"queue": "outliers"}, "planted · outlier score · 2 seeds"),
        ("triage", {"queue": "duplicates"}, "planted · 2 seeds"),
        ("dynamics", {}, "planted · 2 seeds"),
    ],
)
def test_the_context_names_what_the_page_ranks_by(digits_workspace, open_page, screen, query, by):
    assert by in words_on(open_page(digits_workspace, screen, **query))


def test_suspects_and_hardest_images_are_sent_with_label_and_suggestion(digits_workspace, open_page):
    suspects, hardest = grid_headers(open_page(digits_workspace))
    assert suspects["look"]["label"] == "Labels that look wrong"
    assert suspects["num"] > 50
    assert "→" in suspects["sheets"][0]["tiles"][0]["caption"]
    assert hardest["sheets"][0]["tiles"][0]["note"].endswith("100.0 %")


def test_a_run_is_found_by_its_name_and_by_the_start_of_its_id(digits_workspace, open_page):
    page = open_page(digits_workspace, run="short digits")
    run_id = page.selectbox[0].value
    assert open_page(digits_workspace, run=run_id[:6]).selectbox[0].value == run_id


def test_another_score_comes_from_the_address(digits_workspace, open_page):
    page = open_page(digits_workspace, score="margin")
    assert "margin \\(AUM\\) at the last step" in words_on(page)


@pytest.mark.parametrize("score", ["../../etc/passwd", "nope", "__class__"])
def test_an_unknown_score_in_the_address_falls_back_to_el2n(digits_workspace, open_page, score):
    page = open_page(digits_workspace, score=score)
    assert not page.exception
    assert "EL2N at" in words_on(page)


@pytest.mark.parametrize("asked", ["zzz", "../../etc/passwd", ":red[x]", ""])
def test_an_unknown_run_in_the_address_gets_a_friendly_page(digits_workspace, open_page, asked):
    page = open_page(digits_workspace, run=asked)
    assert not page.exception
    assert "This workspace has no run" in page.info[0].value
    assert page.selectbox[0].value is None


def test_an_empty_workspace_says_how_to_begin(tmp_path, open_page):
    page = open_page(tmp_path / "new")
    assert not page.exception
    commands = ["datadiet demo", "datadiet audit path/to/images"]
    option = f"--workspace {PLACEHOLDER}"
    assert [each.value for each in page.code] == [f"{each} {option}" for each in commands]
    assert WHERE not in [each.value for each in page.caption]


def test_commands_that_work_in_one_folder_alone_say_which(tmp_path, open_page, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = open_page(tmp_path / "new")
    assert [each.value for each in page.code] == [
        "datadiet demo --workspace new",
        "datadiet audit path/to/images --workspace new",
    ]
    assert [each.value for each in page.caption].count(WHERE) == 1


def test_r21_a_damaged_run_shows_a_sentence_and_an_id_without_traceback_or_path(
    digits_workspace, open_page, tmp_path, caplog
):
    root = tmp_path / "damaged"
    shutil.copytree(digits_workspace, root)
    path = next(root.glob("runs/*/noise.parquet"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    page = open_page(root)
    assert not page.exception
    shown = words_on(page)
    assert "noise\u2060\\.parquet is damaged" in shown
    assert str(tmp_path) not in shown.replace("\\", "").replace("\u2060", "")
    assert "Traceback" not in shown
    error_id = page.error[0].value.rsplit("Error id ", 1)[1].rstrip(".")
    assert error_id in caplog.text
    assert "Traceback" in caplog.text


def test_r21_a_failure_of_our_own_shows_an_id_alone(digits_workspace, open_page, monkeypatch):
    from app import words

    monkeypatch.setattr(words, "accuracy_sentence", lambda _: 1 / 0)
    page = open_page(digits_workspace)
    assert not page.exception
    assert "This part of the page failed." in page.error[0].value
    assert "ZeroDivisionError" not in words_on(page)


def test_a_run_with_a_damaged_config_does_not_hide_the_others(digits_workspace, open_page, tmp_path):
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    good = next(root.glob("runs/*"))
    bad = root / "runs" / "0000000000000000"
    bad.mkdir()
    (bad / "config.json").write_text("{")
    page = open_page(root)
    assert page.selectbox[0].value == good.name
    assert "config" in open_page(root, run=bad.name).error[0].value


def test_a_run_without_a_scored_seed_says_how_to_go_on(digits_workspace, open_page, tmp_path):
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    for folder in root.glob("runs/*/seed_*"):
        shutil.rmtree(folder)
    page = open_page(root)
    assert not page.exception
    assert "No model of this run is trained and scored yet." in page.info[0].value


def test_a_run_before_triage_shows_the_scores_that_are_there(digits_workspace, open_page, tmp_path):
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    shutil.rmtree(next(root.glob("runs/*/triage")))
    page = open_page(root)
    assert not page.exception
    assert not page.error
    assert "not known yet" in page.header[0].value
    assert [header["look"]["label"] for header in grid_headers(page)] == ["Hardest images"]


def test_r20_hostile_class_names_reach_the_grid_as_text_with_hidden_characters_written_out(
    hostile_workspace, open_page
):
    page = open_page(hostile_workspace)
    assert not page.exception
    captions = " ".join(t["caption"] for h in grid_headers(page) for s in h["sheets"] for t in s["tiles"])
    assert "\u202e" not in captions
    assert "\\u202egnp.exe" in captions
    assert HOSTILE_CLASSES[0] in captions


def test_r20_no_markdown_of_the_page_holds_a_name_that_is_not_escaped(hostile_workspace, open_page):
    shown = words_on(open_page(hostile_workspace))
    for text in ("<b>", ":red[", "![run]", "http://", "<img"):
        assert text not in shown


def reliability(**split_half):
    return pd.DataFrame({"score": list(split_half), "split_half": list(split_half.values())})


def test_el2n_is_shown_at_the_step_on_which_the_seeds_agree_most():
    names = ["el2n", "grand", "el2n_step_000013"]
    table = reliability(el2n=0.5, grand=0.9, el2n_step_000013=0.7)
    assert chosen_score(names, None, table) == "el2n_step_000013"
    assert chosen_score(names, "grand", table) == "grand"


def test_with_one_seed_the_last_el2n_is_shown_and_without_any_the_first_score():
    table = reliability(el2n=float("nan"), el2n_step_000013=float("nan"))
    assert chosen_score(["grand", "el2n", "el2n_step_000013"], None, table) == "el2n"
    assert chosen_score(["grand"], None, table) == "grand"
