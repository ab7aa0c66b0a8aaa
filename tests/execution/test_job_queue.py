"""Jobs that take turns: their order, cancelling, a killed one, the same command twice."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from typer.testing import CliRunner

from datadiet.cli.app import cli
from datadiet.errors import JobError, StoreError
from datadiet.execution import job_queue
from datadiet.execution.job_queue import queue_job
from datadiet.execution.jobs import add_job, cancel_job, judged_jobs, list_jobs, read_job
from datadiet.execution.line import held_tickets, is_first, take_ticket
from datadiet.store.disk import make_folder
from datadiet.store.verify import verify
from datadiet.store.workspace import Workspace

WORK = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from datadiet.errors import TrainingError
    from datadiet.execution.jobs import running_job
    from datadiet.store.workspace import Workspace

    root, job_id, name = Path(sys.argv[1]), sys.argv[-1], sys.argv[2]
    with running_job(Workspace.open(root), job_id):
        with (root / "begun").open("a") as file:
            file.write(name + " ")
        if name == "fails":
            raise TrainingError("Seed 1 diverged.")
        while not (root / f"end {name}").exists():
            time.sleep(0.05)
        with (root / "begun").open("a") as file:
            file.write(f"/{name} ")
""")
MAKER = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    from datadiet.execution import job_queue
    from datadiet.store.workspace import Workspace

    root, work = sys.argv[1:]
    job_queue.job_command = lambda argv, job_id: [sys.executable, "-c", work, root, *argv, "--job", job_id]
    for name in ("a", "b"):
        job_queue.queue_job(Workspace.open(Path(root)), [name])
    os.kill(os.getpid(), signal.SIGKILL)
""")


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """Return a workspace whose jobs write their name as they begin, and end when a file says so."""
    root = tmp_path / "w"
    monkeypatch.setattr(
        job_queue,
        "job_command",
        lambda argv, job_id: [sys.executable, "-c", WORK, str(root), *argv, "--job", job_id],
    )
    workspace = Workspace.open(root)
    yield workspace
    for job in list_jobs(workspace):
        (root / f"end {job.argv[0]}").touch()
    until(lambda: not held_tickets(workspace))


def until(is_so, seconds=60.0):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def begun(workspace):
    path = workspace.root / "begun"
    return path.read_text().split() if path.exists() else []


def finish(workspace, *names):
    for name in names:
        (workspace.root / f"end {name}").touch()


def ended(workspace, job_id):
    return read_job(workspace, job_id).state not in {"queued", "running"}


def test_jobs_take_turns_in_the_order_in_which_they_were_asked_for(workspace):
    first, second, third = (queue_job(workspace, [name]) for name in ("a", "b", "c"))
    assert [each.num_before for each in (first, second, third)] == [0, 1, 2]
    until(lambda: begun(workspace) == ["a"])
    finish(workspace, "c", "b", "a")  # whoever began could end
    until(lambda: ended(workspace, third.job_id))
    assert begun(workspace) == ["a", "/a", "b", "/b", "c", "/c"]
    assert [job.state for job in list_jobs(workspace)] == ["done"] * 3


def test_a_waiting_job_is_queued_alive_and_knows_who_is_before_it(workspace):
    queue_job(workspace, ["a"], asked_by="ada")
    waiting = queue_job(workspace, ["b"], asked_by="Zoë")
    until(lambda: read_job(workspace, waiting.job_id).heartbeat)
    job = read_job(workspace, waiting.job_id)
    assert (job.state, job.num_before, job.asked_by, job.started_at) == ("queued", 1, "Zoë", "")
    assert not any(job.is_lost for job in judged_jobs(workspace))
    listed = CliRunner().invoke(cli, ["jobs", "--workspace", str(workspace.root)])
    assert f"{waiting.job_id}  queued behind 1" in listed.stdout


def test_a_job_is_cancelled_before_its_turn_and_the_next_takes_its_place(workspace):
    queue_job(workspace, ["a"])
    cancelled, last = queue_job(workspace, ["b"]), queue_job(workspace, ["c"])
    cancel_job(workspace, cancelled.job_id)
    until(lambda: ended(workspace, cancelled.job_id))
    job = read_job(workspace, cancelled.job_id)
    assert (job.state, job.started_at) == ("cancelled", "")
    assert job.ended_at
    until(lambda: read_job(workspace, last.job_id).num_before == 1)
    finish(workspace, "a", "c")
    until(lambda: ended(workspace, last.job_id))
    assert begun(workspace) == ["a", "/a", "c", "/c"]


def test_the_next_begins_where_the_one_before_was_killed(workspace):
    first = queue_job(workspace, ["a"])
    until(lambda: begun(workspace) == ["a"])
    second = queue_job(workspace, ["b"])
    until(lambda: read_job(workspace, second.job_id).heartbeat)
    os.kill(read_job(workspace, first.job_id).pid, signal.SIGKILL)
    until(lambda: begun(workspace) == ["a", "b"])
    assert read_job(workspace, first.job_id).state == "running"  # lost, as its heart says


def test_the_line_goes_on_where_the_process_that_made_it_was_killed(workspace):
    command = [sys.executable, "-c", MAKER, str(workspace.root), WORK]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL
    finish(workspace, "a", "b")
    until(lambda: begun(workspace) == ["a", "/a", "b", "/b"])


def test_the_next_begins_where_the_one_before_failed_or_was_cancelled(workspace):
    queue_job(workspace, ["fails"])
    stopped, last = queue_job(workspace, ["a"]), queue_job(workspace, ["b"])
    until(lambda: read_job(workspace, stopped.job_id).state == "running")
    cancel_job(workspace, stopped.job_id)
    until(lambda: begun(workspace) == ["fails", "a", "b"])
    finish(workspace, "b")
    until(lambda: ended(workspace, last.job_id))
    assert [job.state for job in list_jobs(workspace)] == ["failed", "cancelled", "done"]


def test_the_same_command_asked_for_twice_is_one_job(workspace):
    queue_job(workspace, ["a"])
    first, again = queue_job(workspace, ["b"]), queue_job(workspace, ["b"])
    assert (again.job_id, again.num_before, again.is_new) == (first.job_id, 1, False)
    assert len(list_jobs(workspace)) == 2


def test_a_command_that_runs_already_waits_for_its_turn_again(workspace):
    first = queue_job(workspace, ["a"])
    until(lambda: read_job(workspace, first.job_id).state == "running")
    assert queue_job(workspace, ["a"]).is_new  # it reads what is there when it begins, decisions for instance


def test_a_command_that_was_cancelled_while_it_waited_can_be_asked_for_again(workspace):
    queue_job(workspace, ["a"])
    first = queue_job(workspace, ["b"])
    cancel_job(workspace, first.job_id)
    assert queue_job(workspace, ["b"]).job_id != first.job_id


def test_tickets_of_jobs_that_ended_are_removed_and_numbers_go_on(workspace):
    make_folder(workspace.queue_dir)
    gone, held = (take_ticket(workspace, name, asked_by="") for name in ("0a", "0b"))
    os.close(gone)
    last = take_ticket(workspace, "0c", asked_by="")
    assert [path.name for path in sorted(workspace.queue_dir.iterdir())] == [
        "000002.0b.json",
        "000003.0c.json",
    ]
    assert (is_first(workspace, "0b"), is_first(workspace, "0c")) == (True, False)
    os.close(held)
    assert is_first(workspace, "0c")
    os.close(last)
    assert not held_tickets(workspace)
    assert all(finding.is_sound for finding in verify(workspace))


def test_a_ticket_that_cannot_be_read_still_holds_its_place(workspace):
    make_folder(workspace.queue_dir)
    ticket = take_ticket(workspace, add_job(workspace, ["a"]), asked_by="ada")
    [held] = held_tickets(workspace)
    held.path.write_bytes(b"\xff{")
    assert [each.asked_by for each in held_tickets(workspace)] == [""]
    assert queue_job(workspace, ["b"]).num_before == 1
    os.close(ticket)


def test_what_is_named_like_a_ticket_and_is_no_file_holds_nobody_up(workspace):
    make_folder(workspace.queue_dir)
    os.mkfifo(workspace.queue_dir / "000001.aa.json")  # opened, it would wait for a writer
    (workspace.queue_dir / "000002.bb.json").mkdir()
    ticket = take_ticket(workspace, "cc", asked_by="ada")
    assert [each.job_id for each in held_tickets(workspace)] == ["cc"]
    assert is_first(workspace, "cc")
    os.close(ticket)


def test_a_ticket_of_any_damage_hides_no_job(workspace):
    queue_job(workspace, ["a"])
    until(lambda: (workspace.root / "begun").exists())
    held_tickets(workspace)[0].path.write_text("[" * 200_000)
    assert [job.asked_by for job in list_jobs(workspace)] == [""]


def test_a_job_that_hangs_is_silent_and_not_lost_as_it_still_holds_the_line(workspace):
    queue_job(workspace, ["a"])
    until(lambda: read_job(workspace, held_tickets(workspace)[0].job_id).state == "running")
    job = list_jobs(workspace)[0]
    os.kill(job.pid, signal.SIGSTOP)
    try:
        (found,) = judged_jobs(workspace)
        assert (found.is_lost, found.is_silent, found.is_in_line) == (False, True, True)
    finally:
        os.kill(job.pid, signal.SIGCONT)


def test_a_line_that_cannot_be_read_for_a_moment_lets_nobody_begin(workspace, monkeypatch):
    answers = iter([StoreError("no"), StoreError("no"), True])

    def look(*_):
        answer = next(answers)
        if isinstance(answer, StoreError):
            raise answer
        return answer

    monkeypatch.setattr(job_queue, "is_first", look)
    assert job_queue.wait_for_turn(workspace, add_job(workspace, ["a"]))
    assert next(answers, "none left") == "none left"


def test_a_job_that_cannot_be_started_gives_its_place_back(workspace, monkeypatch):
    monkeypatch.setattr(job_queue, "job_command", lambda argv, job_id: ["/no/such/program", *argv])
    with pytest.raises(JobError, match="cannot be started"):
        queue_job(workspace, ["a"])
    assert not held_tickets(workspace)
    assert list_jobs(workspace)[0].state == "failed"


def test_a_full_disk_leaves_no_job_that_never_comes(workspace, monkeypatch):
    monkeypatch.setattr(job_queue, "take_ticket", refuse)
    with pytest.raises(StoreError, match="No space"):
        queue_job(workspace, ["a"])
    [job] = list_jobs(workspace)
    assert (job.state, job.message) == ("failed", "No space left.")


def refuse(*_, **__):
    raise StoreError("No space left.")


def test_a_job_that_is_refused_before_its_work_begins_says_why(workspace):
    job_id = add_job(workspace, ["sweep", "gone"])
    result = CliRunner().invoke(cli, ["sweep", "gone", f"--workspace={workspace.root}", "--job", job_id])
    assert result.exit_code == 1
    job = read_job(workspace, job_id)
    assert job.state == "failed"
    assert "gone" in job.message
