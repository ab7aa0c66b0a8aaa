"""Jobs that wait in line, on the pages: listed with their place, cancelled, and asked for once."""

import os
import shutil
from contextlib import contextmanager

import pytest

from app.jobs import queue, words
from app.jobs.queue import queued_words
from app.jobs.sweeps import sweep_words
from app.jobs.watch import JobView
from app.window import jobs as window_jobs
from datadiet.execution import jobs
from datadiet.execution.job_progress import JobProgress, ProgressWriter
from datadiet.execution.job_queue import Queued
from datadiet.execution.jobs import add_job, list_jobs
from datadiet.execution.line import take_ticket
from datadiet.pipeline.run import open_run
from datadiet.pipeline.studies import Protocol
from datadiet.store.disk import make_folder
from datadiet.store.workspace import Workspace
from tests.app.conftest import words_on
from tests.app.window_study import RUN, write_study

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


@contextmanager
def in_line(workspace, *commands):
    """Put commands in line as processes would that hold their tickets; the first one works."""
    make_folder(workspace.queue_dir)
    ids = [add_job(workspace, argv) for argv in commands]
    held = [take_ticket(workspace, each, asked_by=f"ada {number}") for number, each in enumerate(ids)]
    jobs._change(workspace, ids[0], state="running", started_at="2026-05-01T10:00:00Z")
    writer = ProgressWriter(workspace, ids[0])
    writer.stage("Retrain 9 models", total=100, unit="%")
    writer.reach(25)
    writer.write()
    try:
        yield ids
    finally:
        for ticket in held:
            os.close(ticket)


def window_command(run_id, keep, offset):
    return window_jobs.window_command(window_jobs.Asked(run_id, "el2n", Protocol(), 3), keep, offset)


@pytest.fixture
def studied(digits_workspace, tmp_path, monkeypatch):
    """Return a workspace with a study, which is the dashboard's."""
    root = tmp_path / "workspace"
    shutil.copytree(digits_workspace, root)
    write_study(root)
    monkeypatch.setenv("DATADIET_WORKSPACE", str(root))
    return root


@pytest.fixture
def three(studied):
    """Return a workspace in which one window is measured and two wait, with the ids of their jobs."""
    run_id = open_run(RUN, workspace=studied).run_id
    commands = [window_command(run_id, 0.5, offset) for offset in (0.1, 0.2, 0.3)]
    with in_line(Workspace.open(studied), *commands) as ids:
        yield studied, ids


def said(page):
    return words_on(page).replace("\u2060", "").replace("\\", "")


def button(page, name):
    return next(each for each in page.button if each.label == name)


def test_jobs_lists_what_waits_in_the_order_of_its_turns(three, open_page):
    root, ids = three
    page = open_page(root, "jobs")
    shown = said(page)
    assert not page.exception
    places = [shown.index(each) for each in ("from 10 %", "from 20 %", "from 30 %")]
    assert places == sorted(places)
    assert shown.count(":material/hourglass_top: queued") == 2
    assert "next in line" in shown
    assert "2nd in line" in shown
    assert "keep 50 % from 30 % · 3 seeds · asked for by ada 2" in shown
    assert [each.key for each in page.button] == [f"cancel-{each}" for each in ids]


def test_what_waits_is_cancelled_on_jobs(three, open_page):
    root, ids = three
    open_page(root, "jobs").button(key=f"cancel-{ids[2]}").click().run()
    assert [job.is_cancel_asked for job in list_jobs(Workspace.open(root))] == [False, False, True]


def test_the_window_page_shows_the_line_where_progress_stands(three, open_page):
    root, ids = three
    page = open_page(root, "window", keep="0.5", offset="0.4")
    shown = said(page)
    assert not page.exception
    bar = next(each.proto.text for each in page.get("progress") if "from 10" in each.proto.text)
    assert "25 %" in bar
    assert (
        ":material/hourglass_top: queued] :small[keep 50 % from 20 % · 3 seeds] :small[:gray[· next" in shown
    )
    assert "It starts after 3 jobs in line." in shown
    assert not button(page, "Measure this window").disabled
    page.button(key=f"window-cancel-{ids[1]}").click().run()
    assert list_jobs(Workspace.open(root))[1].is_cancel_asked


@pytest.mark.parametrize(
    ("offset", "sentence"),
    [("0.1", "This window is being measured now."),
     ("0.3", "This window waits to be measured: 2nd in line.")],
)  # fmt: skip
def test_a_window_that_is_in_line_is_not_asked_for_again(three, open_page, offset, sentence):
    page = open_page(three[0], "window", keep="0.5", offset=offset)
    assert button(page, "Measure this window").disabled
    assert sentence in said(page)


def test_the_sidebar_counts_what_waits_and_shows_what_works(three, open_page):
    page = open_page(three[0], "docs")
    assert len(page.get("progress")) == 1
    assert "2 jobs wait in line" in said(page)
    assert "See all 3 jobs" in [each.proto.label for each in page.get("page_link")]


def test_the_minutes_of_a_budget_are_queued_behind_what_runs(three, open_page, monkeypatch):
    heard = []
    monkeypatch.setattr(window_jobs, "put_in_line", lambda argv: heard.append(list(argv)) or "job")
    page = open_page(three[0], "window")
    button(page, "Spend 20 minutes").click().run()
    assert any(word.startswith("--budget=") for word in heard[0])


def test_an_analysis_waits_where_it_was_started(studied, open_page):
    run_id = open_run(RUN, workspace=studied).run_id
    mine = ["analyse", run_id, "connectivity", f"--workspace={studied.resolve()}"]
    with in_line(Workspace.open(studied), ["audit", "digits"], mine):
        page = open_page(studied, "dynamics")
        assert button(page, "Start the connectivity analysis").disabled
        assert not button(page, "Start the NTK analysis").disabled
        assert "next in line" in said(page)


def test_a_job_that_was_cancelled_before_its_turn_can_be_queued_again(studied, open_page, monkeypatch):
    heard = []
    monkeypatch.setattr("app.jobs.cards.put_in_line", heard.append)
    workspace = Workspace.open(studied)
    job_id = add_job(workspace, ["audit", "digits"])
    jobs.end_unbegun(workspace, job_id, "cancelled", "Cancelled before its turn came.")
    page = open_page(studied, "jobs")
    assert "Cancelled before its turn came" in said(page)
    button(page, "Queue again").click().run()
    assert heard == [("audit", "digits")]


def test_a_command_is_put_in_line_with_who_asked_and_a_word_where_it_waits(studied, monkeypatch):
    heard, toasts = [], []
    monkeypatch.setattr(queue, "reviewer", lambda: "ada")
    monkeypatch.setattr(
        queue,
        "queue_job",
        lambda place, argv, asked_by: heard.append((argv, asked_by)) or Queued("0a", 1, is_new=True),
    )
    monkeypatch.setattr(queue.st, "toast", lambda text, icon: toasts.append(text))
    assert queue.put_in_line(["audit", "digits"]) == "0a"
    assert heard == [(["audit", "digits"], "ada")]
    assert toasts == ["In line behind 1 job: it starts by itself."]


def test_what_begins_at_once_needs_no_word_and_what_waits_already_is_said():
    assert not queued_words(Queued("0a", 0, is_new=True))
    assert "already" in queued_words(Queued("0a", 2, is_new=False))


@pytest.mark.parametrize(
    ("num", "place"),
    [(1, "next"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (13, "13th"), (22, "22nd")],
)
def test_places_in_line_are_counted(tmp_path, num, place):
    workspace = Workspace.open(tmp_path / "w")
    add_job(workspace, [])
    [job] = list_jobs(workspace)
    view = JobView(jobs.replace(job, num_before=num), JobProgress())
    assert (view.word, words.place_words(view)) == ("queued", f"{place} in line")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--rule=all"], "all images"),
        (["--rule=all", "--labels=trained,reviewed"], "all images before and after decisions"),
        (["--rule=random", "--keep=0.4"], "random 40 %"),
        (["--rule=hardest,input_norm", "--keep=0.2,0.4"], "hardest, input norm 20 %, 40 %"),
        (["--rule=window", "--keep=0.4", "--offsets=0:1:0.1"], "keep 40 % from 0:1:0.1"),
        (["--rule=window", "--keep=0.4"], "keep 40 %"),
    ],
)  # fmt: skip
def test_sweeps_are_told_apart(options, told):
    assert sweep_words(["sweep", "3f2a", *options, "--seeds=1"]) == f"{told} · 1 seed"
    assert not sweep_words(["audit", *options])
    assert not sweep_words([])
