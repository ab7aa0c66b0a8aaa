"""Jobs: as cards, as the thin bar, with what can be done about each."""

import pytest

from app.jobs import cards, watch, words
from app.jobs.watch import JobView, Watcher
from app.state import run_choices
from datadiet.execution import jobs
from datadiet.execution.job_progress import JobProgress, ProgressWriter, Stage
from datadiet.execution.jobs import add_job, list_jobs
from datadiet.store.workspace import Workspace
from tests.app.conftest import words_on

ARGV = ["audit", "/somewhere/pets", "--seeds=3"]


@pytest.fixture
def workspace(tmp_path):
    return Workspace.open(tmp_path / "w")


def running(workspace, argv=ARGV):
    job_id = add_job(workspace, argv)
    jobs._change(workspace, job_id, state="running", started_at="2026-05-01T10:00:00Z")
    writer = ProgressWriter(workspace, job_id)
    writer.stage("Prepare pets", total=10, unit="images")
    writer.stage("Train and score 2 models", total=100, unit="%")
    writer.parts({"seed 0": 1.0, "seed 1": 0.3, "seed 2": 0.0})
    writer.reach(43)
    writer.say("Run 3f2a from /somewhere/pets")
    writer.write()
    return job_id


def badges(page):
    return [str(each.value) for each in page.get("markdown") if "badge" in str(each.value)]


def test_without_a_job_it_says_what_a_job_is_and_how_to_begin(workspace, open_page):
    page = open_page(workspace.root, "jobs")
    assert "No job has been started" in words_on(page)
    assert not page.exception


def test_a_running_job_shows_stage_seeds_and_cancel(workspace, open_page):
    running(workspace)
    page = open_page(workspace.root, "jobs")
    shown = words_on(page)
    assert "Audit pets" in shown
    assert "seed 0 done · seed 1 30 % · seed 2 waiting" in shown
    assert "Finished: Prepare pets" in shown
    assert [button.label for button in page.button] == ["Cancel"]
    assert "/somewhere" not in shown


def test_cancelling_asks_the_job_to_stop(workspace, open_page):
    job_id = running(workspace)
    page = open_page(workspace.root, "jobs")
    page.button(key=f"cancel-{job_id}").click().run()
    [job] = list_jobs(workspace)
    assert job.is_cancel_asked
    assert page.button(key=f"cancel-{job_id}").disabled


@pytest.mark.parametrize(
    ("state", "message", "said"),
    [
        ("failed", "Class 'cat' of pets has no train example.", "Class"),
        ("cancelled", "Stopped.", "it can go on from there"),
    ],
)
def test_a_job_that_ended_early_says_why_and_can_go_on(
    workspace, open_page, monkeypatch, state, message, said
):
    job_id = running(workspace)
    jobs._change(workspace, job_id, state=state, message=message)
    started = []
    monkeypatch.setattr(cards, "put_in_line", lambda argv: started.append(list(argv)))
    page = open_page(workspace.root, "jobs")
    assert said in words_on(page)
    page.button(key=f"go-on-{job_id}").click().run()
    assert started == [ARGV]


def test_a_job_that_was_taken_up_again_offers_nothing_more(workspace, open_page):
    first = running(workspace)
    jobs._change(workspace, first, state="cancelled")
    running(workspace)
    page = open_page(workspace.root, "jobs")
    assert "Taken up again" in words_on(page)
    assert [button.label for button in page.button] == ["Cancel"]


def test_the_bar_in_the_sidebar_is_on_every_page(workspace, open_page):
    page = open_page(workspace.root, "docs")
    assert len(page.get("progress")) == 0
    running(workspace)
    page.run()
    [bar] = page.get("progress")
    assert "Audit pets · 43 %" in bar.proto.text


def test_a_job_that_ended_is_said_once_and_leads_to_its_run(workspace, open_page):
    job_id = running(workspace)
    page = open_page(workspace.root, "docs")
    jobs._change(workspace, job_id, state="failed", ended_at="2026-05-01T10:05:00Z")
    page.run()
    assert [each.value for each in page.toast] == ["Failed: Audit pets"]
    assert "Failed: Audit pets" in words_on(page)  # not in a link, which one line of the sidebar would cut
    assert "See the job" in [each.proto.label for each in page.get("page_link")]
    page.run()
    assert not page.toast
    assert "Failed: Audit pets" in words_on(page)


def test_a_sweep_is_called_by_the_name_of_its_run(digits_workspace, monkeypatch):
    monkeypatch.setenv("DATADIET_WORKSPACE", str(digits_workspace))
    run_id = run_choices()[0].run_id
    assert words.job_title(["sweep", run_id]) == "Retrain for short digits"
    assert words.job_title(["sweep", "gone"]) == "Retrain for gone"


def test_r9_a_job_that_does_not_beat_is_lost_and_one_that_starts_has_time(workspace, monkeypatch):
    monkeypatch.setattr(jobs, "READ_SECONDS", 0.0)
    silent, starting = running(workspace), add_job(workspace, ARGV)
    watcher = Watcher(workspace)
    for _ in range(6):
        found = {job.job_id: job.is_lost for job in watcher.look()}
    assert found == {silent: True, starting: False}
    monkeypatch.setattr(watch, "START_SECONDS", 0.0)
    assert {job.job_id: job.is_lost for job in watcher.look()} == {silent: True, starting: True}


def test_a_lost_job_offers_to_go_on(workspace):
    job_id = running(workspace)
    [job] = list_jobs(workspace)
    lost = JobView(jobs.replace(job, is_lost=True), JobProgress())
    assert (lost.word, lost.is_stopped, lost.is_active) == ("lost", True, False)
    assert "stopped beating" in words.outcome_words(lost)
    assert job_id == lost.job.job_id


def test_a_log_is_shown_without_folders_and_without_control_signs(workspace):
    job_id = running(workspace)
    path = workspace.logs_dir / f"{job_id}.log"
    path.write_bytes(b'datadiet: /home/ada/pets/a.png \x1b[31m\xff\n{"run_id": "3f2a"}\n')
    [view] = [JobView(job, watch.read_progress(workspace, job_id)) for job in list_jobs(workspace)]
    text = cards.log_text(workspace.logs_dir, view)
    assert text == "Run 3f2a from pets\ndatadiet: a.png \\u001b[31m\\xff"


def test_a_name_from_the_data_is_text(workspace, open_page):
    running(workspace, ["audit", "/x/:red[x] <b>", "--name=![x](http://evil.example)"])
    page = open_page(workspace.root, "jobs")
    assert "![x](http" not in words_on(page)


def test_time_left_is_told_once_it_is_known():
    early = Stage("Train", "%", total=100, done=0.1, seconds=1)
    later = Stage("Prepare", "images", total=1000, done=250, seconds=50)
    assert words.stage_words(early) == "Train · 0 %"
    assert words.stage_words(later) == "Prepare · 250 of 1,000 images · 5 images a second · about 2 min left"
    share = Stage("Train", "%", total=100, done=25, seconds=50)
    assert words.stage_words(share) == "Train · 25 % · 30 % a minute · about 2 min left"
    fast = Stage("Train", "%", total=100, done=25, seconds=10)
    assert words.stage_words(fast) == "Train · 25 % · about 30 s left"
