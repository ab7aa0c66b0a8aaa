"""The command that audits a set again with corrected labels."""

import shutil

import pytest
from typer.testing import CliRunner

from datadiet.cli.app import cli
from datadiet.errors import NotFoundError
from datadiet.pipeline.reaudit import reaudit_arguments
from datadiet.pipeline.run import open_run
from datadiet.store.reviews import Review, append_reviews
from datadiet.store.runs import rename_run


def decide_on_first(run, decision):
    example = run.files.images.examples.iloc[0]
    review = Review(
        operation_id="first", source_key=example["source_key"], image_hash=example["image_hash"],
        label_shown="0", decision=decision, new_label="", run_id=run.run_id, reviewer="ann",
    )  # fmt: skip
    append_reviews(run.files.workspace, [review])


def test_the_command_audits_the_same_data_with_the_same_settings_and_no_flips(digits_workspace, tmp_path):
    shutil.copytree(digits_workspace, tmp_path / "w")
    run = open_run("short digits", workspace=tmp_path / "w")
    decide_on_first(run, "drop")
    arguments = reaudit_arguments(run)
    assert arguments[:2] == ["audit", "digits"]
    assert arguments[arguments.index("--name") + 1] == "short digits, 1 decision"
    found = CliRunner().invoke(cli, [*arguments, "--dry-run", "--json"])
    assert found.exit_code == 0, found.output
    assert '"num_epochs": 4' in found.output
    assert '"num_seeds": 2' in found.output
    assert '"realised_noise_fraction": 0.0' in found.output
    assert run.run_id not in found.stdout.split('"run_id": ')[1][:20]


def test_a_name_that_a_run_has_already_is_not_given_again(digits_workspace, tmp_path):
    shutil.copytree(digits_workspace, tmp_path / "w")
    run = open_run("short digits", workspace=tmp_path / "w")
    decide_on_first(run, "drop")
    other = "0" * 16
    shutil.copytree(tmp_path / "w" / "runs" / run.run_id, tmp_path / "w" / "runs" / other)
    rename_run(run.files.workspace, other, "short digits, 1 decision")
    assert "--name" not in reaudit_arguments(run)


def test_a_source_from_python_is_said_to_be_none_that_can_be_opened(tiny):
    if tiny.files.images.document["source_kind"] in {"folder", "manifest"}:
        pytest.skip("the tiny set lies in files")
    with pytest.raises(NotFoundError, match="given from Python"):
        reaudit_arguments(tiny)
