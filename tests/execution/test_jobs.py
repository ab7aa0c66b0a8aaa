import os
import subprocess
import sys
import textwrap
import time

import pytest

from datadiet.errors import JobError, NotFoundError, TrainingError
from datadiet.execution import jobs
from datadiet.execution.jobs import (
    JobWatch,
    add_job,
    cancel_job,
    judged_jobs,
    list_jobs,
    read_job,
    running_job,
    start_job,
)
from datadiet.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(jobs, "READ_SECONDS", 0.2)
    return Workspace.open(tmp_path / "w")


def test_a_job_ends_as_its_work_ends(workspace):
    good, bad = add_job(workspace, ["audit", "digits"]), add_job(workspace, ["audit", "x"])
    with running_job(workspace, good) as job:
        job.stage("Training", total=10, unit="epochs")
        job.reach(4.0)
    with pytest.raises(TrainingError), running_job(workspace, bad):
        raise TrainingError("Seed 1 diverged.")
    done, failed = list_jobs(workspace)
    assert (done.state, done.stage, done.done, done.total) == ("done", "Training (epochs)", 4.0, 10.0)
    assert (failed.state, failed.message) == ("failed", "Seed 1 diverged.")
    assert failed.argv == ("audit", "x")


def test_r9_a_beating_job_is_alive_and_a_silent_one_is_lost_whatever_its_pid(workspace):
    silent = add_job(workspace, [])
    jobs._change(workspace, silent, state="running", pid=os.getpid())
    beating = add_job(workspace, [])
    with running_job(workspace, beating):
        found = {job.job_id: job.is_lost for job in judged_jobs(workspace)}
    assert found == {silent: True, beating: False}


def test_r9_three_intervals_of_the_reader_pass_before_a_job_is_lost(workspace):
    add_job(workspace, [])
    watch = JobWatch(workspace)
    assert [watch.look()[0].is_lost for _ in range(5)] == [False, False, False, True, True]


def test_r9_a_job_that_beats_again_is_no_longer_lost(workspace):
    job_id = add_job(workspace, [])
    watch = JobWatch(workspace)
    assert [watch.look()[0].is_lost for _ in range(4)][-1]
    jobs.RunningJob(workspace, job_id).beat()
    assert not watch.look()[0].is_lost


def test_cancelling_arrives_as_an_interrupt(workspace):
    job_id = add_job(workspace, [])
    with pytest.raises(KeyboardInterrupt), running_job(workspace, job_id):
        wait_for_the_interrupt(workspace, job_id)
    assert read_job(workspace, job_id).state == "cancelled"
    with pytest.raises(JobError, match="ended already"):
        cancel_job(workspace, job_id)


def wait_for_the_interrupt(workspace, job_id):
    cancel_job(workspace, job_id)
    time.sleep(10)
    pytest.fail("no interrupt came")


def test_an_unknown_job_is_refused(workspace):
    with pytest.raises(NotFoundError, match="no job 'x'"):
        cancel_job(workspace, "x")


def test_a_job_is_a_process_of_its_own_with_a_log(workspace):
    job_id = start_job(workspace, ["no-such-command"])
    log = workspace.logs_dir / f"{job_id}.log"
    end = time.monotonic() + 60
    while not (log.exists() and log.stat().st_size):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert read_job(workspace, job_id).argv == ("no-such-command",)


def test_r9_a_killed_job_is_lost(workspace):
    job_id = add_job(workspace, [])
    script = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from datadiet.execution.jobs import running_job
        from datadiet.store.workspace import Workspace
        with running_job(Workspace.open(Path(sys.argv[1])), sys.argv[2]):
            print("runs", flush=True)
            time.sleep(60)
    """)
    command = [sys.executable, "-c", script, str(workspace.root), job_id]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.kill()
    assert read_job(workspace, job_id).state == "running"
    assert judged_jobs(workspace)[0].is_lost


def test_jobs_know_no_torch():
    command = "import sys, datadiet.execution.jobs; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
