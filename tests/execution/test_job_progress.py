"""What a job tells of its progress, as another process reads it."""

import pytest

from datadiet.execution import job_progress
from datadiet.execution.job_progress import JobProgress, ProgressWriter, Stage, read_progress
from datadiet.execution.jobs import add_job, running_job
from datadiet.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace.open(tmp_path / "w")


def test_a_job_that_told_nothing_has_no_progress(workspace):
    assert read_progress(workspace, "0a0b0c0d") == JobProgress()


def test_stages_parts_sentences_and_the_run_are_read_back(workspace):
    writer = ProgressWriter(workspace, "0a0b0c0d")
    writer.stage("Prepare digits", total=10, unit="images")
    writer.reach(10)
    writer.stage("Train", total=100, unit="%")
    writer.works_on("3f2a")
    writer.parts({"seed 0": 0.5, "seed 1": 0.0})
    writer.reach(25)
    writer.say("Two models.")
    writer.write()
    told = read_progress(workspace, "0a0b0c0d")
    assert [(each.name, each.share, each.is_over) for each in told.stages] == [
        ("Prepare digits", 1.0, True),
        ("Train", 0.25, False),
    ]
    assert (told.parts, told.said, told.run_id) == ({"seed 0": 0.5, "seed 1": 0.0}, ("Two models.",), "3f2a")


def test_a_new_stage_has_no_parts_yet(workspace):
    writer = ProgressWriter(workspace, "0a0b0c0d")
    writer.stage("Train", total=100, unit="%")
    writer.parts({"seed 0": 0.5})
    writer.stage("Triage", total=5, unit="steps")
    writer.write()
    assert read_progress(workspace, "0a0b0c0d").parts == {}


@pytest.mark.parametrize("spoilt", [b"", b"{", b"[]", b'{"stages": 3}', b"\xff"])
def test_a_spoilt_file_is_no_progress(workspace, spoilt):
    workspace.logs_dir.mkdir()
    (workspace.logs_dir / "0a0b0c0d.json").write_bytes(spoilt)
    assert read_progress(workspace, "0a0b0c0d") == JobProgress()


def test_rate_and_time_left_follow_from_what_is_done():
    stage = Stage("Train", "%", total=100, done=25, seconds=50)
    assert (stage.rate, stage.seconds_left) == (0.5, 150)


@pytest.mark.parametrize(
    "stage",
    [
        Stage("Train", "%", total=100, done=0, seconds=50),
        Stage("Train", "%", total=100, done=50, seconds=0.5),
        Stage("Train", "%", total=100, done=100, seconds=50, is_over=True),
        Stage("Train", "%", total=0, done=0, seconds=50),
    ],
)
def test_where_too_little_is_known_nothing_is_said_of_the_time(stage):
    assert stage.seconds_left is None


def test_a_disk_that_refuses_does_not_stop_the_job(workspace, monkeypatch):
    writer = ProgressWriter(workspace, "0a0b0c0d")
    monkeypatch.setattr(job_progress.Path, "write_text", refuse)
    writer.write()
    assert read_progress(workspace, "0a0b0c0d") == JobProgress()


def refuse(*_, **__):
    raise OSError(28, "No space left on device")


def test_the_last_beat_of_a_job_ends_its_stage(workspace):
    job_id = add_job(workspace, ["audit", "digits"])
    with running_job(workspace, job_id) as job:
        job.stage("Train", total=10, unit="epochs")
        job.works_on("3f2a")
    told = read_progress(workspace, job_id)
    assert told.stages[-1].is_over
    assert told.run_id == "3f2a"
