"""New audit: the form and its command, the allowed folders, the look, the start."""

import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from app.new_audit import looks
from app.new_audit.fields import column_names
from app.new_audit.form import AuditForm, form_of, form_of_run, sentences
from app.new_audit.roots import ROOTS, allowed, contents, entries, place_words, source_roots
from datadiet.errors import SourceError
from datadiet.execution import jobs
from datadiet.execution.jobs import add_job
from datadiet.pipeline.run import open_run
from datadiet.pipeline.workspace import listing
from datadiet.store.workspace import Workspace
from tests.app.conftest import words_on

FULL = AuditForm(
    source="/data/pets",
    test_source="/data/pets_test",
    image_size=32,
    resize="pad",
    label_column="breed",
    max_skipped=0.0,
    allow_empty_class=True,
    profile="standard",
    seeds=5,
    folds=0,
    model="resnet18",
    noise="symmetric:0.1",
    noise_seed=0,
    device="cpu",
    lean=True,
    name="-x = y",
    settings=("train.lr=0.05", "data.min_side=8"),
)


@pytest.mark.parametrize("form", [AuditForm(source="digits"), FULL], ids=["usual", "full"])
def test_a_form_and_its_command_say_the_same(form, tmp_path):
    assert form_of(form.argv(tmp_path)) == form
    assert form_of(form.look_argv(tmp_path)) == form


def test_the_command_is_one_that_the_program_takes(tmp_path):
    import typer

    from datadiet.cli.app import cli

    command = typer.main.get_command(cli).commands["audit"]
    known = {option for each in command.params for option in each.opts}
    assert {word.partition("=")[0] for word in FULL.look_argv(tmp_path)[2:]} <= known


def test_a_zero_is_a_choice_too(tmp_path):
    argv = FULL.argv(tmp_path)
    assert "--folds=0" in argv
    assert "--noise-seed=0" in argv


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"source": ""}, "source", "Choose what to audit"),
        ({"name": "taken"}, "name", "belongs to another run"),
        ({"folds": 1}, "folds", "at least 2"),
        ({"noise": "symmetric:2"}, "noise", "in [0, 1]"),
        ({"settings": ("train.lrr=1",)}, "settings", "Did you mean train.lr"),
        ({"settings": ("train.lr",)}, "settings", "has no value"),
        ({"settings": ("train.lr=-1",)}, "settings", "above 0"),
        ({"settings": ("data.test_source=/etc",)}, "settings", "not set here"),
        ({"settings": ("data.data_root=/etc",)}, "settings", "not set here"),
        ({"settings": ('train.model="os:system"',)}, "settings", "not set here"),
    ],
)
def test_what_is_wrong_is_a_sentence_for_its_field(changed, field, said):
    form = form_of(AuditForm(source="digits").argv("w"))
    wrong = sentences(AuditForm(**{**form.__dict__, **changed}), ["taken"])
    assert list(wrong) == [field]
    assert said in wrong[field]


def test_fewer_epochs_are_no_mistake():
    assert sentences(AuditForm(source="digits", settings=("train.num_epochs=5",))) == {}


@pytest.fixture
def pets(tmp_path):
    """Return a root with class folders, a table and what must not be seen."""
    root = tmp_path / "pets"
    for name in ("cat", "dog"):
        (root / "images" / name).mkdir(parents=True)
        for number in range(12):
            pixels = np.random.default_rng(number).integers(0, 255, (9, 9, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / "images" / name / f"{number}.png")
    (root / "list.csv").write_text("file;breed\na.png;cat\n")
    (root / ".hidden").mkdir()
    (root / "notes.txt").write_text("x")
    (root / "out").symlink_to(tmp_path)
    return root


def test_only_folders_and_tables_under_the_roots_are_listed(pets):
    assert [each.name for each in entries(pets, [pets])] == ["images", "list.csv"]


@pytest.mark.parametrize("path", ["..", "out", "../..", "/etc", "absent"])
def test_r13_a_place_outside_the_roots_is_refused(pets, path):
    with pytest.raises(SourceError):
        allowed(pets / path, [pets])


def test_no_folder_above_a_root_is_told(pets):
    assert place_words(pets / "images" / "cat", [pets]) == "pets/images/cat"


def test_what_a_folder_holds_is_counted(pets):
    held = contents(pets / "images")
    assert (held.num_folders, held.num_pictures) == (2, 0)
    assert contents(pets / "images" / "cat").num_pictures == 12


def test_the_columns_of_a_table_are_offered(pets):
    assert column_names(pets / "list.csv") == ["file", "breed"]
    assert column_names(pets / "images") == []
    (pets / "bad.parquet").write_bytes(b"no")
    assert column_names(pets / "bad.parquet") == []


def test_roots_that_are_gone_are_left_out(pets, monkeypatch):
    monkeypatch.setenv(ROOTS, os.pathsep.join([str(pets), str(pets / "gone")]))
    assert source_roots() == [pets.resolve()]


def test_without_roots_no_folder_can_be_chosen(tmp_path, open_page, monkeypatch):
    monkeypatch.setenv(ROOTS, "")
    page = open_page(tmp_path / "w", "new_audit")
    assert "--source-root" in words_on(page)
    assert not page.exception


def test_a_folder_is_chosen_by_going_through_the_roots(pets, tmp_path, open_page, monkeypatch):
    monkeypatch.setenv(ROOTS, str(pets))
    started = []
    monkeypatch.setattr(looks, "start_job", lambda place, argv: started.append(argv) or "0a0b0c0d")
    page = open_page(tmp_path / "w", "new_audit")
    page.session_state["new-audit-kind"] = "place"
    page.run()
    page.button(key="new-audit-place-entry-0").click().run()
    assert "2 folders" in words_on(page)
    page.button(key="new-audit-place-use").click().run()
    next(each for each in page.button if each.label == "Look at it").click().run()
    assert started[0][:2] == ["audit", str(pets / "images")]
    assert started[0][-2:] == ["--dry-run", "--json"]


def looked(root, form, plan=None, state="done", message=""):
    """Return the job of a look that ended."""
    workspace = Workspace.open(root)
    job_id = add_job(workspace, form.look_argv(root))
    jobs._change(workspace, job_id, state=state, message=message)
    workspace.logs_dir.mkdir(exist_ok=True)
    text = json.dumps(plan) + "\n" if plan else ""
    (workspace.logs_dir / f"{job_id}.log").write_text(f"{{not json\n{text}")
    return job_id


@pytest.fixture
def plan(digits_workspace):
    """Return what a look at the digits finds."""
    dataset = listing(digits_workspace).datasets[0]
    return {
        "run_id": listing(digits_workspace).runs[0]["run_id"],
        "dataset_id": dataset["dataset_id"],
        "num_examples": dataset["num_examples"],
        "class_counts": {name: {"train": 130, "test": 36} for name in dataset["class_names"]},
        "image_size": 8,
        "rules": ["Grey levels were scaled."],
        "model": "quick",
        "device": "cpu",
        "num_workers": 2,
        "num_epochs": 4,
        "num_steps": 40,
        "num_seeds": 3,
        "num_seeds_left": 3,
        "estimated_seconds": 21.0,
    }


@pytest.fixture
def own(digits_workspace, tmp_path):
    root = tmp_path / "w"
    shutil.copytree(digits_workspace, root)
    return root


def test_a_look_shows_classes_pictures_time_and_the_start(own, plan, open_page, monkeypatch):
    form = AuditForm(source="digits")
    started = []
    monkeypatch.setattr(looks, "put_in_line", lambda argv: started.append(argv) or "0a0b0c0d")
    page = open_page(own, "new_audit", look=looked(own, form, plan))
    shown = words_on(page)
    assert not page.exception
    assert "1,797 images of 10 classes" in shown
    assert "About 21 s" in shown
    assert "these very settings" in shown
    assert page.dataframe[0].value["images"].tolist() == [166] * 10
    next(each for each in page.button if each.label == "Start the audit").click().run()
    assert started == [form.argv(own)]


def test_other_settings_make_the_estimate_old_and_keep_the_pictures(own, plan, open_page):
    page = open_page(own, "new_audit", look=looked(own, AuditForm(source="digits"), plan))
    page.number_input(key="new-audit-seeds").set_value(5).run()
    assert "for other settings" in words_on(page)
    assert "Estimate again" in [each.label for each in page.button]


def test_an_audit_is_lean_where_it_is_asked_to_be(own, plan, open_page, monkeypatch):
    started = []
    monkeypatch.setattr(looks, "start_job", lambda place, argv: started.append(argv) or "0a0b0c0d")
    page = open_page(own, "new_audit", look=looked(own, AuditForm(source="digits"), plan))
    switch = page.toggle(key="new-audit-lean")
    assert switch.value is False
    switch.set_value(True).run()
    next(each for each in page.button if each.label == "Estimate again").click().run()
    assert started == [AuditForm(source="digits", lean=True).look_argv(own)]


def test_a_reload_brings_back_what_was_chosen(own, plan, open_page):
    form = AuditForm(source="digits", seeds=5, noise="pair:0.2", lean=True, settings=("train.num_epochs=7",))
    page = open_page(own, "new_audit", look=looked(own, form, plan))
    assert page.toggle(key="new-audit-lean").value is True
    assert page.number_input(key="new-audit-seeds").value == 5
    assert page.number_input(key="new-audit-noise_percent").value == pytest.approx(20)
    assert page.number_input(key="new-audit-num_epochs").value == 7
    assert "for other settings" not in words_on(page)


def test_a_look_that_failed_says_why(tmp_path, open_page):
    sentence = "pets has one class, 'cat'; an audit compares labels."
    job_id = looked(tmp_path / "w", AuditForm(source="digits"), state="failed", message=sentence)
    page = open_page(tmp_path / "w", "new_audit", look=job_id)
    assert "an audit compares labels" in words_on(page)


@pytest.mark.parametrize("look", ["nothing", "../../etc", ""])
def test_an_unknown_look_is_a_fresh_page(tmp_path, open_page, look):
    page = open_page(tmp_path / "w", "new_audit", look=look)
    assert not page.exception
    assert not page.error


def test_corrected_labels_need_decisions(own, open_page):
    page = open_page(own, "new_audit", correct=listing(own).runs[0]["run_id"])
    assert "Nobody has decided" in words_on(page)


def test_corrected_labels_are_audited_as_the_run_was(own):
    run = open_run(listing(own).runs[0]["run_id"], workspace=own)
    form = form_of_run(run)
    assert (form.source, form.apply_reviews, form.seeds) == ("digits", run.run_id, 2)
    assert "train.num_epochs=4" in form.settings
    assert form.noise == ""
    assert form_of(form.argv(own)) == form


def test_a_sample_has_pictures_of_every_class():
    labels = np.repeat([0, 1, 2], [50, 3, 0])
    rows = looks.sample_rows(labels, 3)
    assert [int((labels[rows] == index).sum()) for index in range(3)] == [5, 3, 0]
    assert len(looks.sample_rows(np.arange(400) % 100, 100)) == looks.MOST_PICTURES


def test_a_look_at_what_is_audited_already_says_that_nothing_is_left(own, plan, open_page):
    form = AuditForm(source="digits")
    page = open_page(own, "new_audit", look=looked(own, form, plan | {"num_seeds_left": 0}))
    shown = words_on(page)
    assert "Nothing is left to do" in shown
    assert "3 x quick are trained and scored already" in shown
    assert "About" not in shown
