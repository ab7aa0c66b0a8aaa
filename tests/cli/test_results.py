"""Results go to stdout, one JSON object where asked; messages to stderr; exit codes say how it ended."""

import json
import shutil

import pytest

from datadiet.cli.audit import without_missing
from datadiet.cli.console import printable, show_json
from datadiet.execution.jobs import add_job, running_job
from datadiet.pipeline.run import open_run
from datadiet.store.runs import list_runs
from datadiet.store.workspace import Workspace

RUN = "short digits"


def only_object(text):
    """Return the one JSON object that ``text`` is."""
    assert text.count("\n") == 1
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_show_json_has_the_estimate_and_the_run(datadiet, digits):
    shown = datadiet("show", RUN, "--workspace", digits, "--json")
    found = only_object(shown.stdout)
    assert set(found["estimate"]) >= {"num_wrong", "low", "high"}
    assert found["run_id"] == list_runs(Workspace.open(digits))[0].run_id
    assert shown.exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["list"], ["show", RUN], ["verify"], ["jobs"], ["doctor"], ["rename", RUN, RUN],
        ["score", RUN, "--method", "el2n"], ["select", RUN, "--rule", "hardest", "--keep", "0.5"],
        ["audit", "digits", "--dry-run", "--seeds", "1"],
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_json_is_one_object_on_stdout_and_words_are_words(datadiet, digits, words):
    place = [] if words[0] == "doctor" else ["--workspace", digits]
    found = datadiet(*words, *place, "--json")
    assert found.exit_code == 0, found.stderr
    assert isinstance(only_object(found.stdout), dict)
    told = datadiet(*words, *place)
    assert told.exit_code == 0
    assert told.stdout.strip()
    assert not told.stdout.startswith("{")


@pytest.mark.parametrize(
    ("stage", "total", "unit", "said"),
    [
        ("Retrain 22 models", 100, "%", "Retrain 22 models: 10 %"),
        ("Prepare digits", 40, "images", "Prepare digits (images): 25 %"),
    ],
)
def test_jobs_say_how_far_a_stage_is_and_name_percent_once(datadiet, tmp_path, stage, total, unit, said):
    workspace = Workspace.open(tmp_path / "w")
    with running_job(workspace, add_job(workspace, ["sweep", "3f2a"])) as job:
        job.stage(stage, total=total, unit=unit)
        job.reach(10.0)
    told = datadiet("jobs", "--workspace", tmp_path / "w").stdout
    assert f"  {said}  datadiet sweep 3f2a" in told


def test_exports_and_the_report_say_where_they_are(datadiet, digits, tmp_path):
    exported = datadiet("export", RUN, "scores", "--workspace", digits, "--out", tmp_path / "s.csv", "--json")
    assert only_object(exported.stdout)["num_rows"] == 1797
    report = datadiet("report", RUN, "--workspace", digits, "--out", tmp_path / "r.html", "--json")
    assert only_object(report.stdout) == {"report": str(tmp_path / "r.html")}
    told = datadiet("export", RUN, "reviews", "--workspace", digits, "--out", tmp_path / "reviews.csv")
    assert "0 rows of reviews" in told.stdout


def test_reviews_are_imported(datadiet, digits, tmp_path):
    (tmp_path / "r.csv").write_text(
        "operation_id,source_key,image_hash,label_shown,decision,new_label,queue\n1,k,h,3,keep,,\n"
    )
    words = ("reviews", "import", RUN, tmp_path / "r.csv", "--workspace", digits, "--json")
    assert only_object(datadiet(*words).stdout) == {"num_rows": 1, "num_new": 1, "num_matched": 0}


def test_a_dry_run_trains_nothing(datadiet, tmp_path):
    found = datadiet("audit", "digits", "--workspace", tmp_path / "w", "--dry-run", "--json", "--workers", 1)
    plan = only_object(found.stdout)
    assert (plan["num_seeds"], plan["model"]) == (3, "quick")
    assert plan["estimated_seconds"] > 0
    assert not (tmp_path / "w" / "runs").exists()


@pytest.mark.parametrize(
    ("seeds", "left", "said"), [(2, 0, "trained and scored already"), (3, 1, "1 of them left")]
)
def test_a_dry_run_says_what_is_left_of_an_audit(datadiet, digits, seeds, left, said):
    folds = open_run(RUN, workspace=digits).files.config.num_folds
    words = (
        "audit", "digits", "--noise", "symmetric:0.1", "--seeds", seeds, "--set", "train.num_epochs=4",
        "--set", "train.batch_size=62", "--folds", folds, "--workers", 1, "--dry-run", "--workspace", digits,
    )  # fmt: skip
    plan = only_object(datadiet(*words, "--json").stdout)
    assert plan["num_seeds_left"] == left
    assert (plan["estimated_seconds"] > 0) is bool(left)
    assert said in datadiet(*words).stdout


def test_a_dry_run_sees_any_score_that_is_not_there(datadiet, digits, tmp_path):
    root = tmp_path / "w"
    shutil.copytree(digits, root)
    run = open_run(RUN, workspace=root)
    run.files.evaluation_path(1, "features", run.files.last_step).unlink()
    words = (
        "audit", "digits", "--noise", "symmetric:0.1", "--seeds", 2, "--set", "train.num_epochs=4", "--set",
        "train.batch_size=62", "--folds", run.files.config.num_folds, "--dry-run", "--workspace", root,
    )  # fmt: skip
    assert "1 of them left" in datadiet(*words).stdout


def test_options_win_over_set_and_set_over_the_file(datadiet, tmp_path):
    (tmp_path / "settings.toml").write_text(
        'profile = "quick"\nnum_folds = 2\n[train]\nnum_epochs = 9\nmodel = "resnet18"\n'
    )
    found = datadiet(
        "audit", "digits", "--workspace", tmp_path / "w", "--dry-run", "--json", "--config",
        tmp_path / "settings.toml", "--set", "train.num_epochs=5", "--set", "num_folds=4", "--folds", 0,
        "--model", "quick", "--seeds", 7,
    )  # fmt: skip
    plan = only_object(found.stdout)
    assert (plan["num_epochs"], plan["num_folds"], plan["model"], plan["num_seeds"]) == (5, 0, "quick", 7)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["show", "zzz"], "There is no run 'zzz'."),
        (["audit", "no such source"], "Source 'no such source' does not exist."),
        (["audit", "digits", "--set", "train.lrr=1"], "Unknown setting train.lrr. Did you mean train.lr?"),
        (["audit", "digits", "--set", "train.lr"], "--set train.lr has no value"),
        (["audit", "digits", "--set", "="], "--set = has no name; write --set key=value"),
        (["audit", "digits", "--model", "resnet19"], "model is 'resnet19'; it must be quick, resnet18"),
        (["audit", "digits", "--noise", "symmetric:0"], "noise.fraction is 0, so symmetric noise"),
        (
            ["audit", "digits", "--label-column", "kind"],
            "--label-column kind (data.label_column) is not read",
        ),
        (["audit", "digits", "--noise", "symetric:0.1"], "noise is 'symetric:0.1'"),
        (["audit", "digits", "--noise", "pair:2"], "noise fraction is 2; it must be in [0, 1]."),
        (
            ["audit", "digits", "--noise", "pair:0.1", "--set", "noise.seed=1"],
            "--noise and --set noise.seed=1 each say which flips to plant",
        ),
        (["audit", "digits", "--noise-seed", "3"], "--noise-seed 3 is the seed of --noise or --noise-matrix"),
        (["audit", "digits", "--config", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["audit", "digits", "--profile", "quik"], "profile is 'quik'"),
        (["audit", "digits", "--device", "cuda9x"], "device"),
        (["audit", "digits", "--folds", "1"], "num_folds is 1"),
        (["score", RUN, "--method", "el3n"], "method is 'el3n'"),
        (["select", RUN, "--keep", "2"], "keep_fraction is 2"),
        (["select", RUN, "--rule", "windw"], "window"),
        (["export", RUN, "everything", "--out", "x.csv"], "what to export is 'everything'"),
        (
            ["export", RUN, "labels", "--out", "/no/such/folder/x.csv"],
            "the folder /no/such/folder does not exist",
        ),
        (["cancel", "zzz"], "There is no job 'zzz'"),
        (["reviews", "import", RUN, "nowhere.csv"], "nowhere.csv cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_refusal_is_one_sentence_on_stderr_and_exit_code_1(datadiet, digits, words, sentence):
    ended = datadiet(*words, "--workspace", digits)
    assert ended.exit_code == 1, ended.stderr
    assert ended.stdout == ""
    assert ended.stderr.startswith("datadiet: ")
    assert sentence in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [["adit"], ["audit"], ["audit", "digits", "--sedes", "3"], ["audit", "digits", "--seeds", "0"], ["show"]],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(datadiet, words):
    ended = datadiet(*words)
    assert (ended.exit_code, ended.stdout) == (2, "")


def test_verify_names_the_damaged_file_and_exits_with_1(datadiet, digits, tmp_path):
    import shutil

    shutil.copytree(digits, tmp_path / "w")
    path = next((tmp_path / "w").rglob("examples.parquet"))
    path.write_bytes(path.read_bytes() + b"!")
    ended = datadiet("verify", "--workspace", tmp_path / "w", "--json")
    assert ended.exit_code == 1
    assert only_object(ended.stdout)["damaged"][0]["path"] == str(path)
    assert f"damaged: {path}" in ended.stderr.replace("\n", "")


def test_deleting_asks_first(datadiet, digits, tmp_path):
    import shutil

    shutil.copytree(digits, tmp_path / "w")
    from typer.testing import CliRunner

    from datadiet.cli.app import cli

    refused = CliRunner().invoke(cli, ["delete", RUN, "--workspace", str(tmp_path / "w")], input="n\n")
    assert refused.exit_code == 1
    assert len(list_runs(Workspace.open(tmp_path / "w"))) == 1
    deleted = datadiet("delete", RUN, "--yes", "--workspace", tmp_path / "w", "--json")
    assert only_object(deleted.stdout)["num_bytes"] > 0
    assert list_runs(Workspace.open(tmp_path / "w")) == []


def test_the_workspace_comes_from_the_environment_too(datadiet, digits, monkeypatch):
    monkeypatch.setenv("DATADIET_WORKSPACE", str(digits))
    assert RUN in datadiet("list").stdout


def test_the_version_is_told(datadiet):
    assert datadiet("--version").stdout.startswith("datadiet 0.")


HOSTILE = "a\x1b[31mred\x07\r\u202egnp.exe\ttab \udcff [bold]b[/bold]"


def test_r20_hostile_names_are_escaped_on_the_terminal(datadiet, digits):
    renamed = datadiet("rename", RUN, HOSTILE, "--workspace", digits)
    listed = datadiet("list", "--workspace", digits)
    refused = datadiet("show", HOSTILE + "!", "--workspace", digits)
    back = datadiet("rename", HOSTILE, RUN, "--workspace", digits)
    assert [ended.exit_code for ended in (renamed, listed, refused, back)] == [0, 0, 1, 0]
    for text in (renamed.stdout, listed.stdout, refused.stderr):
        assert r"a\x1b[31mred\x07\r\u202egnp.exe\ttab \udcff [bold]b[/bold]" in text.replace("\\\\", "\\")
        assert not set(text) & set("\x1b\x07\r\u202e\t\udcff")


def test_printable_text_and_line_ends_stay():
    assert printable("Küste 海\nзверь 😀") == "Küste 海\nзверь 😀"


def test_what_is_no_number_is_null_in_json(capsys):
    show_json({"a": float("nan"), "b": [float("inf"), 1.5], "c": {"d": (float("-inf"),)}})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 1.5], "c": {"d": [None]}}


def test_options_that_were_not_given_are_left_out():
    assert without_missing({"a": None, "b": {"c": None}, "d": 0, "e": {"f": False}}) == {
        "d": 0,
        "e": {"f": False},
    }


@pytest.mark.parametrize(
    "words",
    [["list"], ["show", RUN], ["verify"], ["jobs"], ["score", RUN], ["delete", RUN, "--yes"]],
    ids=lambda words: words[0],
)
def test_a_mistyped_workspace_is_told_and_not_made(datadiet, tmp_path, words):
    ended = datadiet(*words, "--workspace", tmp_path / "typo")
    assert ended.exit_code == 1
    assert f"There is no workspace at {tmp_path / 'typo'}" in ended.stderr
    assert not (tmp_path / "typo").exists()
